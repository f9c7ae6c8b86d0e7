"""Which towns have changed since villages were worked out last: what a change costs is the towns it touches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from canbao.bulk.sqltext import SQL, checked, sql
from canbao.rules.offices import AGENCY_PATH, TOWN_PATH
from canbao.store.models import VillageRun

_WAITED: Final = timedelta(hours=1)
"""So long before its transaction began to write may the moment lie with which a row is recorded."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where changes were read: the last row of the people's history, of the enrolments', the transactions, and a moment.

    oldest_open: the oldest transaction that was still writing; next_open: the next that would begin.
    """

    history: int
    enrolment: int
    oldest_open: int
    next_open: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Since:
    """From where on changes are read: rows that no transaction before oldest_open wrote, sought behind these rows and moments.

    worked_out_at: when the last working out began; enrolments recorded later were not part of it.
    """

    history: int
    enrolment: int
    oldest_open: int
    at: datetime
    worked_out_at: datetime


def mark_now(at: datetime) -> Mark:
    """Where the changes end at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        history, enrolment, oldest_open, next_open = cursor.fetchone() or (0, 0, 0, 0)
        return Mark(int(history), int(enrolment), int(oldest_open), int(next_open), at)


# Inside a transaction of the caller all that he writes is of one transaction, and open: then only rows and moments tell what is new.
# The end of a snapshot is behind the last transaction that has ended: one that is open may be later, so the next is taken.
_NOW = """
    select (select coalesce(max(history_id), 0) from person_history), (select coalesce(max(history_id), 0) from enrolment_history),
        pg_snapshot_xmin(s)::text,
        case when pg_current_xact_id_if_assigned() is null then pg_current_xact_id() else pg_snapshot_xmin(s) end::text
    from pg_current_snapshot() s"""


def since_last() -> Since | None:
    """From where on changes have to be read; None before the first working out, and where its transactions are those of another server.

    What was still being written at the last one is read again, and nothing else. Such a transaction may have taken its rows of the
    histories before: they lie behind the mark of the last working out before it began. What a run of the matching writes is recorded
    at the run's beginning, however long ago that is.
    """
    last = VillageRun.objects.order_by("-pk").first()
    if last is None or last.oldest_open > _next_transaction():
        return None
    before = VillageRun.objects.filter(next_open__lte=last.oldest_open).order_by("-pk").first()
    if before is None:
        return Since(0, 0, last.oldest_open, datetime.min.replace(tzinfo=last.began_at.tzinfo), last.began_at)
    at = before.began_at - _WAITED
    with connection.cursor() as cursor:
        cursor.execute(checked(_RUNS), {"oldest_open": last.oldest_open})
        (began,) = cursor.fetchone() or (None,)
    at = min(at, began) if began else at
    return Since(before.history_mark, before.enrolment_mark, last.oldest_open, at, last.began_at)


def _next_transaction() -> int:
    """A register that was restored from a dump has transactions that begin anew: against a mark of before no row would be new."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmax(pg_current_snapshot())::text")
        (found,) = cursor.fetchone() or (0,)
        return int(found)


def _is_new(row: SQL) -> SQL:
    """Whether a row was written by oldest_open or later: its 32 bits counted from there."""
    return sql("(({row}.xmin::text::bigint - %(oldest_open)s) & 4294967295) < 2147483648", row=row)


_RUNS = sql("select min(r.started_at) from match_run r where {new}", new=_is_new(sql("r")))


def changed_towns(since: Since) -> list[str]:
    """The towns of everybody who changed since: where they are and were responsible, and where they live and are registered.

    What the working out moved itself is no news, nor are the enrolments to which it copied the office. Of people known no nearer than
    a district it is the towns of the whole district: their address may name any.
    """
    given: dict[str, int | datetime] = {
        "history": since.history,
        "enrolment": since.enrolment,
        "oldest_open": since.oldest_open,
        "at": since.at,
        "worked_out_at": since.worked_out_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(checked(_CHANGED), given)
        found = [str(code) for (code,) in cursor.fetchall() if code]
    return sorted(found)


# The office of a moved person is copied to the enrolments in the transaction that moves the person. What was recorded after the working
# out had begun may have been read by it or not, copied or not: it is read again.
_COPIED = sql("(e.xmin = p.xmin and p.basis like 'village:%%' and e.recorded_at <= %(worked_out_at)s)")
_CHANGED = sql(
    """
    with changed as (
        select office_path, hukou_division, home_division from person p
        where recorded_at > %(at)s and {person} and basis not like 'village:%%'
        union all
        select office_path, hukou_division, home_division from person_history h
        where history_id > %(history)s and {past} and closed_basis not like 'village:%%'
        union all
        select p.office_path, p.hukou_division, e.enrolment_division from enrolment e join person p on p.id = e.person_id
        where e.recorded_at > %(at)s and {enrolment} and not {copied}
        union all
        select p.office_path, p.hukou_division, e.enrolment_division from enrolment_history e join person p on p.id = e.person_id
        where e.history_id > %(enrolment)s and {enrolment}
    )
    select distinct code from changed, lateral (values
        (case when length(office_path) >= {town} then substr(office_path, 7, 9) when length(office_path) = {agency} then office_path end),
        (case when length(hukou_division) >= 9 then left(hukou_division, 9) end),
        (case when length(home_division) >= 9 then left(home_division, 9) end)) as t(code)""",
    person=_is_new(sql("p")),
    past=_is_new(sql("h")),
    enrolment=_is_new(sql("e")),
    town=TOWN_PATH,
    agency=AGENCY_PATH,
    copied=_COPIED,
)
