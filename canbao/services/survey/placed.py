"""Lines that lie with a town because no village was known go to the village once it is: by set, for every open round (规程第八条)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.db import connection, transaction

from canbao.bulk.sqltext import SQL, checked, sql
from canbao.rules.offices import TOWN_PATH, VILLAGE_PATH
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit, villages

REASON = "村（社区）已确定"


def work_out(*, actor: Actor, at: datetime, step: Callable[[str], None] = lambda name: None) -> None:
    """Villages of the towns that changed, and the lines of open rounds after them; nothing where another is at it, who does this too.

    Call after the register changed as a whole: a run of the matching, a reversal. step: told the name of each stage. Raises NotAllowed.
    """
    with suppress(villages.AlreadyRefreshingError):
        since = moved_since()
        villages.refresh(actor=actor, at=at, step=step)
        follow(actor=actor, at=at, since=since)


def moved_since() -> datetime | None:
    """From when on people may have moved since villages were worked out last: say so to `follow` after the next time."""
    since = villages.since_last()
    return since.at if since else None


@transaction.atomic
def follow(*, actor: Actor, at: datetime, act: int | None = None, since: datetime | None = None) -> int:
    """Give lines of the actor's area to the village of their person; says how many. They wait there to be handed down.

    Only lines that nobody has begun to visit, and only down from the town that has them. act: of the people of this act on villages;
    since: of people whose facts were recorded from then on. Raises NotAllowed.
    """
    access.require(actor, Permission.VILLAGE_VIEW)
    lowest, highest = access.people_range(actor)
    given = {"lowest": lowest, "highest": highest, "act": act, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(checked(_OF_ACT if act else _SINCE if since else _ALL), given)
        moved = cursor.fetchall()
    audit.record_all(
        (
            audit.Line(
                audit.Event.TASKS_REASSIGNED, "round", str(round_id),
                detail={"people": people, "office": audit.office_words(path), "reason": REASON}, area=path,
            )
            for round_id, path, people in moved
        ),
        actor=actor, at=at,
    )  # fmt: skip
    return sum(people for *_, people in moved)


def _follow(people: SQL) -> SQL:
    """Planned lines at a town whose person is registered in one of its villages go there; by round and village, how many."""
    return sql(
        """
        with moved as (
            update survey_task t set office_path = p.office_path from person p
            where p.id = t.person_id and t.state = 'PLANNED' and length(t.office_path) = {town} and length(p.office_path) = {village}
                and starts_with(p.office_path, t.office_path) and t.round_id in (select id from survey_round where state = 'OPEN')
                and t.office_path collate "C" between %(lowest)s and %(highest)s and {people}
            returning t.round_id, t.office_path)
        select round_id, office_path, count(*) from moved group by 1, 2 order by 1, 2""",
        town=TOWN_PATH, village=VILLAGE_PATH, people=people,
    )  # fmt: skip


_ALL = _follow(sql("true"))
_SINCE = _follow(sql("p.recorded_at >= %(since)s"))
_OF_ACT = _follow(sql("p.id in (select person_id from village_assignment where act = %(act)s)"))
