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
from psycopg.errors import LockNotAvailable

from canbao.rules.roles import Actor
from canbao.services.evidence import refusing
from canbao.services.evidence.refusing import PausedError

WAIT: Final = "1s"  # for a page of the same account that is being drawn
PAUSE: Final = timedelta(minutes=5)
MOST_HEAVY: Final = 2  # papers beyond the limits within PAUSE


class OneAtATimeError(Exception):
    """Another paper of the account is being opened at this moment."""


@contextmanager
def own_turn(target_kind: str, target_id: str, *, area: str, actor: Actor, at: datetime) -> Iterator[None]:
    """The account's turn to have papers opened in the block, to the end of the transaction; what is refused goes on record.

    target_kind, target_id: the line of a survey or the paper that it is about; area: the office responsible for it.
    Raises PausedError, OneAtATimeError, and what the block raises.
    """
    try:
        _check_pause(actor)
        _take_turn(actor)
        yield
    except Exception as error:
        refusing.note(error, target_kind, target_id, area=area, actor=actor, at=at)
        raise


def _check_pause(actor: Actor) -> None:
    """Of the account at whatever office: it may have chosen another post meanwhile. Raises PausedError."""
    with connection.cursor() as cursor:
        cursor.execute("select papers_too_heavy(%s, %s)", [actor.account, int(PAUSE.total_seconds())])
        (last,) = cursor.fetchone()
    if len(last) >= MOST_HEAVY:
        raise PausedError(last[0] + PAUSE)


def _take_turn(actor: Actor) -> None:
    """A lock of the transaction, so that a killed process leaves none. Raises OneAtATimeError.

    Waited for and not tried: locks that are only tried are not for the web's login (config.database_roles).
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [WAIT])
            (before, _) = cursor.fetchone()
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"canbao.paper {actor.account}"])
            cursor.execute("select set_config('lock_timeout', %s, true)", [before])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise OneAtATimeError from error
        raise
