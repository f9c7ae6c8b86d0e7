"""A case as its decider sees it: the people side by side, where they differ, the evidence in words; the look on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from canbao.bulk.matching.cases import NOBODY, SHOWN
from canbao.rules.budgets import Budget
from canbao.rules.match_labels import CaseKind
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit, registry, unmasking
from canbao.services.matching.explaining import masked
from canbao.services.matching.opinions import Refusal, given, refusal
from canbao.store.models import Enrolment, ListedSpell, MatchCase, MatchCaseRecord, Person

_NUMBERS = frozenset({"doc_number", "mother_number", "birth_certificate", "phone"})
_DAYS = ("birth_date", "death_on", "from_on", "until_on")
_INSURANCE = ("scheme", "enrol_status", "payment_status", "spell_from", "spell_to", "employer_no", "state")


@dataclass(frozen=True)
class Side:
    """A person of a case as the register has him today, or a row of an explaining list (person_id NOBODY).

    office: "" when the person is not in the register any more. facts: what the register says of death; listed: what lists say, each with
    source, from_on, until_on. clear: the items this reader sees in full just now.
    """

    person_id: int
    office: str = ""
    enrolments: Sequence[Mapping[str, Any]] = ()
    merged_into: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    listed: Sequence[Mapping[str, Any]] = ()
    clear: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseView:
    """A case and its records with the person each belongs to. differing: fields in which the people contradict each other,
    with the places that differ where numbers of one length do. refusal: why the reader may not decide it, if so."""

    case: MatchCase
    records: list[dict[str, Any]]
    differing: dict[str, list[int]]
    sides: list[Side] = field(default_factory=list)
    refusal: Refusal | None = None

    @property
    def decidable(self) -> bool:
        """Whether the case waits for a decision, if not for this reader's."""
        return self.refusal in (None, Refusal.NO_RIGHT)

    @property
    def evidence(self) -> tuple[list[str], list[str], str]:
        """For, against, and what remains to be said."""
        return evidence(self.case.reason)


@transaction.atomic
def view_case(
    case_id: int, *, actor: Actor, at: datetime, full: bool = False, follows_decision: bool = False
) -> CaseView:
    """A case with the records of each side.

    follows_decision: the desk hands it out for one that the actor has just decided. That is the work itself, which no budget stops: there
    are as many such looks as decisions, each of them on record.
    Raises access.NotAllowed, access.NotFound, audit.BudgetSpentError.
    """
    case = access.case(actor, case_id)
    if full:
        access.require(actor, Permission.PERSON_UNMASK)
    rows = records_of(case_id)
    sides = _sides(case, actor, at)
    audit.record_looks(
        [
            audit.Line(
                audit.Event.PERSON_VIEWED, "person", str(side.person_id), f"case:{case_id}",
                {"records": True, "full": full}, side.office or case.office_path,
            )
            for side in sides
            if side.person_id != NOBODY
        ],
        actor=actor, at=at, budget=Budget.CASES, count=0 if follows_decision else 1,
    )  # fmt: skip
    clear = {side.person_id: set(side.clear) for side in sides}
    shown = rows if full else [masked(row, clear=clear.get(row["person_id"], set())) for row in rows]
    return CaseView(case, shown, differing(rows), sides, refusal(case, given(case_id), actor))


def records_of(case_id: int) -> list[dict[str, Any]]:
    """The source records the case was found on, in their order: person_id, source, record_key and the shown fields."""
    return [
        {"person_id": row.person_id, "source": row.source, "record_key": row.record_key}
        | row.facts
        | {name: date.fromisoformat(row.facts[name]) if row.facts.get(name) else None for name in _DAYS}
        for row in MatchCaseRecord.objects.filter(case_id=case_id).order_by("place")
    ]


def evidence(reason: str) -> tuple[list[str], list[str], str]:
    """The sentence of a case taken apart again: for, against, the rest."""
    for_: list[str] = []
    against: list[str] = []
    rest = []
    for part in reason.split("；"):
        if part.startswith("支持："):
            for_ = _sentences(part.removeprefix("支持："))
        elif part.startswith("反对："):
            against = _sentences(part.removeprefix("反对："))
        else:
            rest.append(part)
    return for_, against, "；".join(rest)


def _sentences(text: str) -> list[str]:
    """One of them has the mark that parts the others in it."""
    whole = text.replace("电话、住址", "电话,住址").split("、")
    return [words.replace(",", "、") for words in whole if words != "无"]


_OF_DEATH = ("death_on", "hukou_status")


def _sides(case: MatchCase, actor: Actor, at: datetime) -> list[Side]:
    people = access.within(Person.objects.filter(pk__in=case.person_ids), actor)
    stands = {row["pk"]: row for row in people.values("pk", "office_path", *_OF_DEATH)}
    insured = _rows(Enrolment, stands, _INSURANCE, "scheme", "-spell_from")
    listed = _rows(ListedSpell, stands, ("source", "from_on", "until_on"), "source", "from_on")
    list_row = [Side(NOBODY)] if case.kind == CaseKind.LISTED_PERSON else []
    return list_row + [
        Side(
            one, stands[one]["office_path"], insured.get(one, ()), facts={name: stands[one][name] for name in _OF_DEATH},
            listed=listed.get(one, ()), clear=unmasking.active(one, actor=actor, at=at),
        )
        if one in stands
        else Side(one, merged_into=registry.merged_into(one))
        for one in case.person_ids
    ]  # fmt: skip


def _rows(
    model: type[Enrolment | ListedSpell], people: Iterable[int], names: Sequence[str], *order: str
) -> dict[int, list[dict[str, Any]]]:
    """What a table has of each of the people."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in model._default_manager.filter(person_id__in=list(people)).order_by(*order).values("person_id", *names):
        found.setdefault(row.pop("person_id"), []).append(row)
    return found


def differing(rows: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """Fields of which no value is shared by all sides that have one; for numbers of one length the places that differ."""
    found = {}
    for name in SHOWN:
        sides: dict[Any, set[Any]] = {}
        for row in rows:
            if (value := row.get(name)) is not None:
                sides.setdefault(row["person_id"], set()).add(value)
        if len(sides) > 1 and not set.intersection(*sides.values()):
            found[name] = _places([value for values in sides.values() for value in values]) if name in _NUMBERS else []
    return found


def _places(values: Sequence[Any]) -> list[int]:
    if len(values) != 2 or len({len(str(value)) for value in values}) != 1:
        return []
    return [place for place, (a, b) in enumerate(zip(*map(str, values), strict=True), 1) if a != b]
