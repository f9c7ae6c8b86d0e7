"""The visiting list of a round: from the register in one transaction, the same however often it is begun (规程第八条)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction

from canbao.bulk.sqltext import SQL, checked, identifier, sql
from canbao.rules.circumstances import Occupation, circumstances_of
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import VisitReason
from canbao.rules.text import search_form
from canbao.rules.visiting import Open, still_open
from canbao.services import audit
from canbao.services.letters import away_schemes
from canbao.services.survey import explaining, picking, reaching
from canbao.store.models import RoundState, SurveyRound, SurveyTask

AT_ONCE: Final = 10_000  # kinds of people held in memory
PICK, ASK, EXPLAIN, WRITE, COUNT = STEPS = (
    "从登记库选出人员", "按规则核对应参加、可参加险种", "与其他名单比对", "写入名单", "统计人数"
)  # fmt: skip
Step = Callable[[str], None]


class NotBuilding(Exception):
    """The list is not being made: it is there already, or the round was given up."""


@transaction.atomic
def build(round_id: int, *, actor: Actor, at: datetime, step: Step = lambda name: None) -> SurveyRound:
    """Make the list of a round, of everybody registered now, and open the round; all of it or nothing.

    step: told the name of each step, and again while one goes on. Raises NotAllowed, NotFound, NotBuilding.
    """
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_OPEN, lock=True)
    if round_.state != RoundState.BUILDING:
        raise NotBuilding(round_id)
    SurveyTask.objects.filter(round_id=round_id).delete()
    counts = _write(round_, on=day_of(at), step=step)
    round_.state, round_.built_at, round_.counts = RoundState.OPEN, at, counts
    round_.save(update_fields=["state", "built_at", "counts"])
    audit.record(
        audit.Event.ROUND_BUILT, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"people": counts["people"], "counts": counts}, area=round_.office,
    )  # fmt: skip
    return round_


@transaction.atomic
def give_up(round_id: int, *, actor: Actor, at: datetime) -> None:
    """The list could not be made, or is not wanted any more: nothing of it is left, and the round says so.

    Raises NotAllowed, NotFound.
    """
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_OPEN, lock=True)
    if round_.state != RoundState.BUILDING:
        return
    round_.state, round_.closed_by, round_.closed_at = RoundState.CANCELLED, actor.account, at
    round_.save(update_fields=["state", "closed_by", "closed_at"])
    audit.record(
        audit.Event.ROUND_CLOSED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"reason": "名单没有生成"}, area=round_.office,
    )  # fmt: skip


def _write(round_: SurveyRound, *, on: date, step: Step) -> dict[str, int]:
    given = picking.parameters(round_, on=on)
    step(PICK)
    _run(sql("set local work_mem = '256MB'"), given)
    _run(picking.pick(round_), given)
    step(ASK)
    _ask_the_rules(on, step)
    step(EXPLAIN)
    explaining.tell(on=on)
    step(WRITE)
    _write_addresses()
    _run(picking.INSERT, given)
    for table in picking.TABLES:
        _run(sql("drop table if exists pg_temp.{table}", table=identifier(table)), {})
    step(COUNT)
    with connection.cursor() as cursor:
        cursor.execute(checked(picking.COUNT), given)
        found = dict(cursor.fetchall())
    order = ("people", *VisitReason, "suggested", "no_village")
    return {str(name): found[name] for name in order if name in found}


def _run(statement: SQL, given: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(checked(statement), given)


def _ask_the_rules(on: date, step: Step) -> None:
    """Table asked: what each kind of people must and may join; the kinds are streamed, so memory does not grow with them."""
    for statement in picking.ASKED:
        _run(statement, {})
    with connection.chunked_cursor() as kinds:
        kinds.execute("select distinct kind::text from picked")
        while rows := kinds.fetchmany(AT_ONCE):
            _copy_answers((kind for (kind,) in rows), on)
            step(ASK)
    _run(sql("analyze asked"), {})


def _copy_answers(kinds: Iterator[str], on: date) -> None:
    with connection.cursor() as cursor, cursor.copy("copy asked (kind, must, may, is_reason, work) from stdin") as copy:
        for kind in kinds:
            found = _open_to(json.loads(kind), on)
            copy.write_row((kind, list(found.must), list(found.may), found.is_reason, found.asks_occupation))


def _write_addresses() -> None:
    """Table odd_address: the normal form of the addresses that are not their own, streamed as the kinds are."""
    _run(picking.ODD_ADDRESS, {})
    with connection.chunked_cursor() as odd:
        odd.execute(checked(picking.odd_addresses()))
        while rows := odd.fetchmany(AT_ONCE):
            with connection.cursor() as cursor, cursor.copy("copy odd_address (address, written) from stdin") as copy:
                for (address,) in rows:
                    copy.write_row((address, search_form(address)))
    _run(sql("analyze odd_address"), {})


def _open_to(kind: list[Any], on: date) -> Open:
    """The answer of the rules for the facts that `picking` put together."""
    facts = dict(zip(picking.FACTS, kind, strict=False)) | {"birth_date": _day(kind[0]), "death_on": _day(kind[7])}
    occupation, away, enrolled = kind[len(picking.FACTS) :]
    rows = [dict(zip(picking.ENROLLED, row, strict=True)) for row in enrolled or ()]
    for row in rows:
        row["first_enrolled_on"], row["pension_since"] = _day(row["first_enrolled_on"]), None
    person = circumstances_of(
        facts, rows, on=on, occupation=Occupation(occupation) if occupation else None, elsewhere=away_schemes(away)
    )
    return still_open(person, on=on)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
