"""What was learnt and decided goes into its tables, and people to their villages: only what differs is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, checked, columns, each, parquet, sql
from canbao.rules.division import CITY
from canbao.rules.village_choice import BY_CLERK, PLACED, RULE_VERSION
from canbao.services import registry
from canbao.services.registry.copying import copy_in
from canbao.services.villages.gathering import BASE, Part
from canbao.services.villages.resuming import KEPT
from canbao.store.models import VillageTrial

BASIS = f"{registry.BY_ADDRESS}{RULE_VERSION}"
_DECIDED = ("base_path", "town", "village", "village_path", "rule", "people", "in_village", "share", "state")


def write_learnt(engine: DuckEngine, folder: Path, part: Part) -> None:
    """The signs of these towns, as they stand for villages now."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.learnt")
        cursor.execute("create temp table learnt (like village_sign) on commit drop")
        copy_in(
            engine,
            sql("select town, sign, left(text, 40), village, sum(people)::integer from {f} group by 1, 2, 3, 4",
                f=parquet(folder / "learnt.parquet")),
            table="learnt", names=("town", "sign", "text", "village", "people"),
        )  # fmt: skip
        cursor.execute("analyze learnt")
        given = {"towns": list(part.towns)}
        cursor.execute(_FORGET_SIGNS, given)
        cursor.execute(_KEEP_SIGNS, given)


_FORGET_SIGNS = (
    "delete from village_sign s where s.town = any(%(towns)s)"
    " and not exists (select from learnt l where (l.town, l.sign, l.text, l.village) = (s.town, s.sign, s.text, s.village))"
)
_KEEP_SIGNS = (
    "insert into village_sign as s (town, sign, text, village, people) select town, sign, text, village, people from learnt"
    " on conflict (town, sign, text, village) do update set people = excluded.people where s.people <> excluded.people"
)


def write_trials(towns: Sequence[str], rows: Iterable[tuple[str, str, str, int, int]]) -> None:
    """(town, rule, band, people, right) of these towns, or of the whole city (CITY), in the place of what stood there."""
    VillageTrial.objects.filter(town__in=list(towns)).delete()
    VillageTrial.objects.bulk_create(
        (VillageTrial(town=t, rule=rule, band=band, people=n, was_right=right) for t, rule, band, n, right in rows),
        batch_size=5000,
    )


def city_trials() -> dict[tuple[str, str], tuple[int, int]]:
    """What the whole city taught at last: (rule, band) to right and people."""
    rows = VillageTrial.objects.filter(town=CITY).values_list("rule", "band", "was_right", "people")
    return {(rule, band): (right, people) for rule, band, right, people in rows}


def apply(engine: DuckEngine, answers: SQL, part: Part, *, actor: str, at: datetime) -> Mapping[str, int]:
    """Bring the assignments of these towns, and the offices of their people, to the answers; says what was written.

    Call inside a transaction, with the answers of `keeping.answers`.
    """
    given: dict[str, Any] = {
        "towns": list(part.towns), "agencies": list(part.agencies), "by_clerk": list(BY_CLERK), "placed": list(PLACED),
        "version": RULE_VERSION, "actor": actor, "at": at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(checked(_STAGE_DROP))
        cursor.execute(checked(_STAGE))
        copy_in(engine, answers, table="answer", names=("person_id", *_DECIDED))
        cursor.execute("create index on answer (person_id)")
        cursor.execute("analyze answer")
        for statement in (_SCOPE_DROP, _SCOPE):
            cursor.execute(checked(statement), given)
        registry.stage_moves()
        cursor.execute(checked(_RETURN), given)
        for statement in (_KEEP_ENDED, _END):
            cursor.execute(checked(statement), given)
        ended = cursor.rowcount
        cursor.execute(checked(_KEEP_CHANGED), given)
        cursor.execute(checked(_DECIDE), given)
        decided = cursor.rowcount
        cursor.execute(checked(_MOVE), given)
        moved = registry.place(basis=BASIS, at=at, plain=True)
        cursor.execute("drop table pg_temp.answer, pg_temp.in_scope")
    return {"decided": decided, "ended": ended, "moved": moved}


_STAGE_DROP = sql("drop table if exists pg_temp.answer")
_STAGE = sql(
    "create temp table answer on commit drop as select person_id, {columns} from village_assignment limit 0",
    columns=columns(_DECIDED),
)
_SCOPE_DROP = sql("drop table if exists pg_temp.in_scope")
# The assignments that are looked at. is_valid: the departments still name the office that it was decided for.
_SCOPE = sql(
    """create temp table in_scope on commit drop as
    select a.person_id, a.state, a.base_path, a.village_path, p.office_path as now_at,
        coalesce({base} = a.base_path, false) as is_valid, w.person_id is not null as is_answered
    from village_assignment a left join person p on p.id = a.person_id left join answer w on w.person_id = a.person_id
    where a.town = any(%(towns)s) or a.town = '' and a.base_path = any(%(agencies)s)
        or a.person_id in (select person_id from answer)""",
    base=BASE,
)
# People in a village that nothing speaks for any more go back to where the departments have them.
_RETURN = sql(
    "insert into moving select person_id, base_path from in_scope s where s.is_valid and not s.is_answered"
    " and s.state <> all(%(by_clerk)s) and s.now_at = s.village_path and s.village_path <> ''"
)
_END = sql(
    "delete from village_assignment a using in_scope s where s.person_id = a.person_id"
    " and (not s.is_valid or not s.is_answered and s.state <> all(%(by_clerk)s))"
)
_KEEP_ENDED = sql(
    "insert into village_assignment_history ({kept}, ended, ended_at) select {of_a}, true, %(at)s from village_assignment a"
    " join in_scope s on s.person_id = a.person_id where (not s.is_valid or not s.is_answered and s.state <> all(%(by_clerk)s))"
    " and (a.state = any(%(placed)s) or a.state = any(%(by_clerk)s))",
    kept=columns(KEPT),
    of_a=columns(KEPT, "a"),
)
# Of what is decided anew the villages where people were are kept; evidence that became stronger or weaker is not.
_KEEP_CHANGED = sql(
    "insert into village_assignment_history ({kept}, ended, ended_at) select {of_a}, false, %(at)s from village_assignment a"
    " join answer w on w.person_id = a.person_id where a.state = any(%(placed)s) and a.state <> all(%(by_clerk)s)"
    " and (w.state <> all(%(placed)s) or w.village_path <> a.village_path)",
    kept=columns(KEPT),
    of_a=columns(KEPT, "a"),
)
_DECIDE = sql(
    """insert into village_assignment as a (person_id, {columns}, rule_version, reason, decided_by, decided_at, office_path)
    select person_id, {columns}, %(version)s, '', %(actor)s, %(at)s, case when state = any(%(placed)s) then village_path else base_path end
    from answer
    on conflict (person_id) do update set {new}, rule_version = excluded.rule_version, reason = '', act = null,
        decided_by = excluded.decided_by, decided_at = excluded.decided_at, office_path = excluded.office_path
    where a.state <> all(%(by_clerk)s) and ({differs})""",
    columns=columns(_DECIDED),
    new=each("{name} = excluded.{name}", _DECIDED),
    differs=each("a.{name} is distinct from excluded.{name}", _DECIDED, separator=" or "),
)
_MOVE = sql(
    """insert into moving
    select a.person_id, a.office_path from village_assignment a join person p on p.id = a.person_id
    where p.office_path <> a.office_path and (a.town = any(%(towns)s) or a.person_id in (select person_id from answer))
    on conflict do nothing"""
)
