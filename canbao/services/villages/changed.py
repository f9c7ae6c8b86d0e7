"""Which towns have changed since villages were worked out last: what a change costs is the towns it touches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from canbao.bulk.sqltext import checked, sql
from canbao.store.models import VillageRun


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where changes were read: the last row of the people's history, of the enrolments', and a moment."""

    history: int
    enrolment: int
    at: datetime


def mark_now(at: datetime) -> Mark:
    """Where the changes end at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select (select coalesce(max(history_id), 0) from person_history), (select coalesce(max(history_id), 0) from enrolment_history)"
        )
        history, enrolment = cursor.fetchone() or (0, 0)
        return Mark(int(history), int(enrolment), at)


def last_mark() -> Mark | None:
    """From where on changes have to be read: from before the last but one, so that what was being written then is read again."""
    runs = list(VillageRun.objects.order_by("-pk")[:2])
    if not runs:
        return None
    return Mark(*(min(getattr(run, name) for run in runs) for name in ("history_mark", "enrolment_mark", "began_at")))


def changed_towns(since: Mark) -> list[str]:
    """The towns of everybody who changed since: where they are and were responsible, and where they live and are registered.

    What the working out moved itself is no news. Of people known no nearer than a district it is the towns of the whole
    district: their address may name any.
    """
    with connection.cursor() as cursor:
        cursor.execute(checked(_CHANGED), {"history": since.history, "enrolment": since.enrolment, "at": since.at})
        found = [str(code) for (code,) in cursor.fetchall() if code]
    return sorted(found)


_CHANGED = sql("""
    with changed as (
        select office_path, hukou_division, home_division from person where recorded_at > %(at)s and basis not like 'village:%%'
        union all
        select office_path, hukou_division, home_division from person_history
            where history_id > %(history)s and closed_basis not like 'village:%%'
        union all
        select p.office_path, p.hukou_division, e.enrolment_division from enrolment e join person p on p.id = e.person_id
        where e.recorded_at > %(at)s
        union all
        select p.office_path, p.hukou_division, e.enrolment_division from enrolment_history e join person p on p.id = e.person_id
        where e.history_id > %(enrolment)s
    )
    select distinct code from changed, lateral (values
        (case when length(office_path) >= 15 then substr(office_path, 7, 9) when length(office_path) = 6 then office_path end),
        (case when length(hukou_division) >= 9 then left(hukou_division, 9) end),
        (case when length(home_division) >= 9 then left(home_division, 9) end)) as t(code)""")
