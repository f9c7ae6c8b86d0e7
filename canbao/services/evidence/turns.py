"""Who may have a paper opened now: an account one at a time, and not for a while after papers that were far too heavy.

Opening a hostile file takes a reader and a processor for as long as its limits allow. One account must not take those of all the
others: its papers are opened one after the other, in whichever process, and two that went beyond the limits make it wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now
from psycopg.errors import LockNotAvailable

from canbao.outside import papers
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.store.models import JournalEntry

WAIT: Final = "1s"  # for a page of the same account that is being drawn
PAUSE: Final = timedelta(minutes=5)
MOST_HEAVY: Final = 2  # papers beyond the limits within PAUSE


class PausedError(Exception):
    """The account's last papers were far too heavy. until: when the next may be tried."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class OneAtATimeError(Exception):
    """Another paper of the account is being opened at this moment."""


@contextmanager
def own_turn(target_kind: str, target_id: str, *, area: str, actor: Actor, at: datetime) -> Iterator[None]:
    """The account's turn to have papers opened in the block, to the end of the transaction; one that is too heavy goes on record.

    target_kind, target_id: the line of a survey or the paper that it is about; area: the office responsible for it.
    Raises PausedError, OneAtATimeError, and what the block raises.
    """
    _check_pause(actor)
    _take_turn(actor)
    try:
        yield
    except Exception as error:
        if isinstance(error, papers.TooHeavyError) or isinstance(error.__cause__, papers.TooHeavyError):
            audit.record_look(
                audit.Event.EVIDENCE_TOO_HEAVY, actor=actor, at=at, target_kind=target_kind, target_id=target_id, area=area
            )  # fmt: skip
        raise


def _check_pause(actor: Actor) -> None:
    """Raises PausedError."""
    heavy = JournalEntry.objects.filter(
        account=actor.account, event=audit.Event.EVIDENCE_TOO_HEAVY, at__gt=Now() - PAUSE
    ).order_by("-at")
    last = list(heavy.values_list("at", flat=True)[:MOST_HEAVY])
    if len(last) == MOST_HEAVY:
        raise PausedError(last[0] + PAUSE)


def _take_turn(actor: Actor) -> None:
    """A lock of the transaction, so that a killed process leaves none. Raises OneAtATimeError."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            usual = _set_lock_timeout(cursor, WAIT)
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"canbao.paper {actor.account}"])
            _set_lock_timeout(cursor, usual)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise OneAtATimeError from error
        raise


def _set_lock_timeout(cursor: CursorWrapper, wanted: str) -> str:
    """To the end of the transaction; returns what it was."""
    cursor.execute("show lock_timeout")
    (before,) = cursor.fetchone()
    cursor.execute("select set_config('lock_timeout', %s, true)", [wanted])
    return str(before)
