"""What the chain was on a day, kept outside the database: on paper with signatures, and as a file that only grows.

Whoever holds the owner's password can rewrite entries and seals so that they agree with each other again. They cannot rewrite
a sheet in a cupboard, nor, without the key beside it, the file: each line carries an HMAC-SM3 over itself and the line before.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.chain import START, last_seal
from canbao.services.audit.journal import Event, record
from canbao.services.audit.reading import require
from canbao.store.models.journal import JournalSeal


@dataclass(frozen=True)
class Anchor:
    """number: of this anchor; seal, last_id: up to which seal and entry it reaches; entries: how many are sealed up to there."""

    number: int
    on: date
    seal: int
    entries: int
    last_id: int
    digest: str


@dataclass(frozen=True)
class Kept:
    """A line of the file; genuine: it carries the right code for its content and its place."""

    anchor: Anchor
    genuine: bool


def anchor(*, actor: Actor, at: datetime) -> Anchor:
    """Note what the chain is now, in the file and in the journal; print it and have it signed.

    Raises NotAllowed.
    """
    require(actor, Permission.JOURNAL_VERIFY)
    with transaction.atomic(), _locked() as lines:
        made = _of_now(number=len(lines) + 1, on=day_of(at))
        record(
            Event.JOURNAL_ANCHORED,
            actor=actor,
            at=at,
            target_kind="anchor",
            target_id=str(made.number),
            detail={"seal": made.seal, "digest": made.digest},
        )
        _append(made, after=lines[-1] if lines else "")
    return made


def anchors() -> list[Kept]:
    """All that were kept, oldest first."""
    kept, before = [], ""
    for line in _lines():
        kept.append(Kept(_read(line), genuine=_is_genuine(line, before)))
        before = line
    return kept


def folder() -> Path:
    """Where the file is; back it up apart from the database."""
    return Path(settings.CANBAO_HOME) / "anchors"


def _of_now(*, number: int, on: date) -> Anchor:
    last = last_seal()
    entries = JournalSeal.objects.aggregate(n=Sum("count"))["n"] or 0
    if last is None:
        return Anchor(number, on, seal=0, entries=0, last_id=0, digest=START)
    return Anchor(number, on, seal=last.pk, entries=entries, last_id=last.to_id, digest=last.digest)


def _lines() -> list[str]:
    path = folder() / "anchors.jsonl"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@contextmanager
def _locked() -> Iterator[list[str]]:
    """The lines of the file while nobody else may add one."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder() / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield _lines()
    finally:
        os.close(handle)


def _append(made: Anchor, *, after: str) -> None:
    content = asdict(made) | {"on": made.on.isoformat()}
    line = json.dumps(content | {"code": _code(content, after)})
    handle = os.open(folder() / "anchors.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read(line: str) -> Anchor:
    """A line that was spoilt altogether still counts as an anchor, of nothing."""
    try:
        content = json.loads(line)
        return Anchor(
            number=int(content["number"]),
            on=date.fromisoformat(content["on"]),
            seal=int(content["seal"]),
            entries=int(content["entries"]),
            last_id=int(content["last_id"]),
            digest=str(content["digest"]),
        )
    except (ValueError, KeyError, TypeError):
        return Anchor(number=0, on=date.min, seal=0, entries=0, last_id=0, digest=START)


def _is_genuine(line: str, before: str) -> bool:
    try:
        content = json.loads(line)
        code = content.pop("code")
    except (ValueError, KeyError, AttributeError):
        return False
    return bytes_eq(str(code).encode(), _code(content, before).encode())


def _code(content: dict[str, object], before: str) -> str:
    made = HMAC(_key(), SM3())
    made.update(json.dumps([content, before], sort_keys=True).encode())
    return made.finalize().hex()


def _key() -> bytes:
    """Made at the first anchor, kept beside the other secrets of the home: never in the database."""
    path = Path(settings.CANBAO_HOME) / "anchor_key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return bytes.fromhex(path.read_text())
