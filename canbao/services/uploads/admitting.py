"""Whether an upload may begin: its size, what the account sends at the same time and on the same day, and the room on the disk."""

from __future__ import annotations

import fcntl
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from django.db import connection

from canbao.rules.period import day_of
from canbao.rules.roles import Actor
from canbao.rules.uploads import COPIES, KEPT_FREE, UploadAllowance
from canbao.services import access, audit
from canbao.services.uploads import places

_ONE_AT_A_TIME = threading.Lock()  # the lock of the file keeps processes apart, not threads


class Reason(StrEnum):
    """Why an upload may not begin."""

    TOO_LARGE = "TOO_LARGE"
    TOO_MANY = "TOO_MANY"
    BUSY = "BUSY"
    DAY_SPENT = "DAY_SPENT"
    DISK_FULL = "DISK_FULL"
    NO_LENGTH = "NO_LENGTH"
    CUT_SHORT = "CUT_SHORT"
    UNREADABLE = "UNREADABLE"

    @property
    def label(self) -> str:
        return {
            "TOO_LARGE": "内容过大", "TOO_MANY": "同时上传过多", "BUSY": "系统正忙", "DAY_SPENT": "当日上传量已用完", "DISK_FULL": "磁盘空间不足",
            "NO_LENGTH": "没有说明长度", "CUT_SHORT": "没有传完", "UNREADABLE": "格式不对",
        }[self.value]  # fmt: skip


class UploadRefusedError(Exception):
    """Nothing of the upload was read."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def admitted(
    size: int, *, allowance: UploadAllowance, page: str, terminal: str, actor: Actor, at: datetime
) -> Iterator[None]:
    """The upload is on its way for as long as the block lasts, and counts among the account's own.

    size: bytes, as the request announces them; page: its address; terminal: where the request comes from.
    Raises UploadRefusedError, which is on record.
    """
    try:
        if size > allowance.a_request:
            raise UploadRefusedError(Reason.TOO_LARGE)
        with on_its_way(size, at_once=allowance.at_once, actor=actor):
            _count(size, allowance, actor, at)
            yield
    except UploadRefusedError as error:
        note_refused(error.reason, size=size, page=page, terminal=terminal, actor=actor, at=at)
        raise


@contextmanager
def on_its_way(size: int, *, at_once: int, actor: Actor) -> Iterator[None]:
    """The body counts among the account's own in all processes for as long as the block lasts; each holds a thread meanwhile.

    size: bytes; at_once: as many of the account at most. Raises UploadRefusedError, which the caller puts on record.
    """
    mark = _taken_up(size, at_once, actor)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def note_refused(reason: Reason, *, size: int, page: str, terminal: str, actor: Actor, at: datetime) -> None:
    """What an account sent was refused: on record, in a transaction of its own, as the request has none yet.

    Anybody who is not signed in leaves no line: anybody could fill the journal.
    """
    with access.acting_as(actor), audit.came_from(terminal=terminal, request_id=""):
        audit.record(
            audit.Event.UPLOAD_REFUSED, actor=actor, at=at, target_kind="page", target_id=page[:100],
            detail={"reason": reason.label, "bytes": size},
        )  # fmt: skip


def _taken_up(size: int, at_once: int, actor: Actor) -> Path:
    """A file that says who sends how much, counted and written while nobody else does the same."""
    own = sha256(actor.account.encode()).hexdigest()[:16]
    with _locked() as opened:
        places.sweep()
        there = [(path.name.partition("-")[0], _size(path)) for path in opened.glob("*-*-*-*")]
        if sum(whose == own for whose, _ in there) >= at_once:
            raise UploadRefusedError(Reason.TOO_MANY)
        announced = COPIES * (size + sum(other for _, other in there))
        if shutil.disk_usage(opened).free - announced < KEPT_FREE:
            raise UploadRefusedError(Reason.DISK_FULL)
        mark = opened / f"{own}-{places.process_mark()}-{secrets.token_hex(8)}"
        mark.write_text(str(size))
    return mark


@contextmanager
def _locked() -> Iterator[Path]:
    opened = places.folder() / places.OPEN
    opened.mkdir(mode=0o700, exist_ok=True)
    with _ONE_AT_A_TIME, (opened / "lock").open("ab") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield opened


def _size(path: Path) -> int:
    """As announced; one that has ended meanwhile needs nothing."""
    try:
        return int(path.read_text() or "0")
    except FileNotFoundError:
        return 0


def _count(size: int, allowance: UploadAllowance, actor: Actor, at: datetime) -> None:
    """Add to the account's day in one statement, so that two at once do not both find room."""
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into upload_use as u (account, "on", size, uploads) values (%s, %s, %s, 1)'
            ' on conflict (account, "on") do update set size = u.size + excluded.size, uploads = u.uploads + 1'
            " where u.size + excluded.size <= %s returning size",
            [actor.account, day_of(at), size, allowance.a_day],
        )
        if cursor.fetchone() is None:
            raise UploadRefusedError(Reason.DAY_SPENT)
