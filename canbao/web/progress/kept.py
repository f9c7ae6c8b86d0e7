"""The numbers of a large round of the whole city are read once in some minutes, however many look at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.cache import cache

from canbao.rules.division import CITY
from canbao.rules.roles import Actor
from canbao.services.survey import progress, reaching
from canbao.services.survey.progress import Board, Day

LARGE = 500_000  # lines; below that a reading takes less than a second or two
SECONDS = 300

Numbers = tuple[Board, list[Day], datetime]


def numbers(actor: Actor, round_id: int, *, office: str, on: date, at: datetime) -> Numbers:
    """The board, its days, and when they were read. Raises NotAllowed, NotFound.

    Kept are counts of the whole city only, and only for those who see the whole city.
    """
    round_ = reaching.round_of(actor, round_id)
    key = f"board-{round_id}-{round_.state}-{on}"
    whole = CITY == actor.office == round_.office == (office or CITY)
    known: Any = cache.get(key) if whole else None
    if known is not None:
        return replace(known[0], round=round_), *known[1:]
    found = _read(actor, round_id, office, on, at)
    if whole and found[0].total.total >= LARGE:
        cache.set(key, found, SECONDS)
    return found


def _read(actor: Actor, round_id: int, office: str, on: date, at: datetime) -> Numbers:
    board = progress.board(actor, round_id, office=office, on=on)
    return board, progress.by_day(actor, round_id, office=board.office, on=on), at
