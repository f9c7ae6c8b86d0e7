"""The session engine: Django's database sessions in a table that also knows whose they are."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from canbao.store.models import Session

KEPT = ["session_data", "expire_date", "account_id"]


def digest(key: str) -> str:
    """What the table keeps of a key: whoever reads the table cannot use it as a cookie."""
    seal = Hash(SM3())
    seal.update(key.encode())
    return seal.finalize().hex()[:40]


class SessionStore(DatabaseStore):
    """Named in settings.SESSION_ENGINE. ended_why: set when the cookie's session was ended."""

    ended_why = ""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key
        row = Session.objects.filter(pk=digest(key), expire_date__gt=timezone.now()).first() if key else None
        if row is None or row.ended_at:
            self._session_key = None
            self.ended_why = row.ended_why if row else ""
            return None
        return row

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(pk=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        account = data.get(SESSION_KEY)
        return Session(
            session_key=digest(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            account_id=int(account) if account else None,
        )

    def save(self, must_create: bool = False) -> None:
        """Django's own would write every column, and forget where and when the session began."""
        if self.session_key is None or must_create:
            super().save(must_create)
            return
        row = self.create_model_instance(self._get_session(no_load=False))  # type: ignore[attr-defined]
        changed = Session.objects.filter(pk=row.pk, ended_at=None).update(**{name: getattr(row, name) for name in KEPT})
        if not changed:
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(pk=digest(key)).delete()
