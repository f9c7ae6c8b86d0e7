"""The session engine: whose a session is, when it gives way to another, when it has lasted too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.utils import timezone

from canbao.store.models import Account, Session

KEPT = ("session_data", "expire_date", "account_id")
SEEN_EVERY = timedelta(minutes=1)
MOST_HALF_WAY = 3  # sessions of an account in which the password was right and the second factor is still to come


class Ended(StrEnum):
    """Why a session ended, for the client that still holds its cookie."""

    REPLACED = "REPLACED"
    IDLE = "IDLE"
    TOO_LONG = "TOO_LONG"
    BY_HOLDER = "BY_HOLDER"
    BY_ADMINISTRATOR = "BY_ADMINISTRATOR"
    PASSWORD = "PASSWORD"
    FACTOR = "FACTOR"
    DISABLED = "DISABLED"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Ended.REPLACED: "账号在别处登录",
    Ended.IDLE: "长时间没有操作",
    Ended.TOO_LONG: "超过会话最长时间",
    Ended.BY_HOLDER: "本人结束",
    Ended.BY_ADMINISTRATOR: "管理员结束",
    Ended.PASSWORD: "密码已修改",
    Ended.FACTOR: "双因素认证已重置",
    Ended.DISABLED: "账号已停用",
}


def digest(key: str) -> str:
    """What the table keeps of a key: anybody who reads the table cannot use it as a cookie."""
    seal = Hash(SM3())
    seal.update(key.encode())
    return seal.finalize().hex()[:40]


class SessionStore(DatabaseStore):
    """Named in settings.SESSION_ENGINE. row: the session as it was found; ended_why: set when it had been ended."""

    row: Session | None = None
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
        self.row = row
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
        open_row = Session.objects.filter(pk=row.pk, ended_at=None)
        if not open_row.update(**{name: getattr(row, name) for name in KEPT}):
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(pk=digest(key)).delete()


@dataclass(frozen=True)
class Terminal:
    """Where somebody sits."""

    address: str
    agent: str


def begin(store: SessionStore, account: Account, *, terminal: Terminal, rules: Mapping[str, int], at: datetime) -> None:
    """Note whose and where a new session is; a password alone ends nothing but older ones that got no further either.

    Part of signing in, which writes the journal.
    """
    store.save()
    key = digest(str(store.session_key))
    Session.objects.filter(expire_date__lt=at).delete()
    Session.objects.filter(pk=key).update(
        account_id=account.pk, seen_at=at, address=terminal.address[:45], agent=terminal.agent[:200]
    )
    _end_beyond(MOST_HALF_WAY, live(at, rules).filter(account_id=account.pk, passed_at=None), key, at)


def passed(store: SessionStore, account: Account, *, rules: Mapping[str, int], at: datetime) -> None:
    """Both factors are proved: the account's other sessions beyond the allowed number end, the oldest first.

    Part of signing in, which writes the journal.
    """
    key = digest(str(store.session_key))
    Session.objects.filter(pk=key).update(passed_at=at)
    _end_beyond(rules["sessions"], live(at, rules).filter(account_id=account.pk, passed_at__isnull=False), key, at)


def _end_beyond(most: int, rows: QuerySet[Session], this: str, at: datetime) -> None:
    others = rows.exclude(pk=this).order_by("-started_at")
    end_rows(list(others.values_list("pk", flat=True))[most - 1 :], Ended.REPLACED, at)


def note_again(store: SessionStore) -> None:
    """After its key was changed: the row of the new key takes over whose and where the session is, and since when."""
    if (row := store.row) is not None:
        kept = {
            name: getattr(row, name)
            for name in ("account_id", "started_at", "passed_at", "seen_at", "address", "agent")
        }
        Session.objects.filter(pk=digest(str(store.session_key))).update(**kept)


def overdue(store: SessionStore, rules: Mapping[str, int], at: datetime) -> Ended | None:
    """Whether the session has been idle, or has lasted, for too long."""
    row = store.row
    if row is None or row.seen_at is None:
        return None
    if at >= row.seen_at + timedelta(minutes=rules["idle_minutes"]):
        return Ended.IDLE
    return Ended.TOO_LONG if at >= row.started_at + timedelta(hours=rules["session_hours"]) else None


def touch(store: SessionStore, at: datetime) -> None:
    """Note the activity, at most once a minute."""
    row = store.row
    if row is not None and (row.seen_at is None or at >= row.seen_at + SEEN_EVERY):
        Session.objects.filter(pk=row.pk).update(seen_at=at)


def live(at: datetime, rules: Mapping[str, int]) -> QuerySet[Session]:
    """Sessions with which somebody could still act."""
    return Session.objects.filter(
        ended_at=None,
        account_id__isnull=False,
        expire_date__gt=at,
        seen_at__gt=at - timedelta(minutes=rules["idle_minutes"]),
        started_at__gt=at - timedelta(hours=rules["session_hours"]),
    )


def end_all(account_id: int, *, why: Ended, at: datetime, keep: str = "") -> int:
    """End all sessions of an account but the one with the key `keep`; part of an act that writes the journal."""
    rows = Session.objects.filter(account_id=account_id, ended_at=None)
    if keep:
        rows = rows.exclude(pk=digest(keep))
    keys = list(rows.values_list("pk", flat=True))
    end_rows(keys, why, at)
    return len(keys)


def end_rows(keys: list[str], why: Ended, at: datetime) -> None:
    """The row stays, emptied, until it expires."""
    Session.objects.filter(pk__in=keys).update(ended_at=at, ended_why=why.value, session_data="")
