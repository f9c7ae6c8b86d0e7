"""The town's side of people found: each with those alike beside him; known, refused, or on to the entry desk (规程第九条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor
from canbao.rules.survey import Move, TaskState, may
from canbao.rules.twins import Likeness
from canbao.services import access, audit
from canbao.services.showing import Fact, fact, facts_of
from canbao.services.survey import known_elsewhere, reaching
from canbao.services.survey.finding import Traits, Twin, alike
from canbao.store.models import FoundPerson, FoundState, Person, SurveyRound, SurveyTask

PAGE: Final = 40
ELSEWHERE: Final = 50
_SHOWN: Final = (
    "name", "sex", "birth_date", "doc_type", "doc_number", "ethnicity", "hukou_address", "home_address", "phone",
)  # fmt: skip


class NotWaiting(Exception):
    """Somebody has settled it meanwhile."""


class NoReason(Exception):
    """A refusal needs a reason in writing."""


class NotAlike(Exception):
    """Nobody alike has this number of the register: look again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; alike: how many were alike when he was reported; certain: one of them by number."""

    found_id: int
    name: str
    birth: str
    village: str
    state: FoundState
    alike: int
    certain: bool
    found_by: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class FoundPage:
    round: SurveyRound
    rows: list[Row]
    after: int | None
    counts: dict[FoundState, int]
    elsewhere: list[Row]  # registered in the own area and met elsewhere


@dataclass(frozen=True, slots=True)
class Beside:
    """Somebody alike. facts: hidden by default, none where he is registered outside the area. told: name, place and reasons stand
    here; they do for the own area, and elsewhere only where `rules.twins.may_be_told`. may_be: whether it can be said that it is he.
    """

    likeness: Likeness
    why: tuple[str, ...]
    name: str
    where: str
    facts: Mapping[str, Fact]
    person_id: int | None
    ours: bool
    told: bool

    @property
    def may_be(self) -> bool:
        return self.told and self.person_id is not None


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """line: of the person found; entry: whether his form can be entered now."""

    found: FoundPerson
    round: SurveyRound
    name: str
    facts: Sequence[Fact]
    note: str
    settled_reason: str
    village: str
    found_by: str
    settled_by: str
    beside: list[Beside]
    line: SurveyTask | None
    entry: bool
    waits: bool
    responsible: str  # the office that answers for him where it is another and his line is still open here


def found_people(actor: Actor, round_id: int, *, state: str = "", after: int = 0, on: date, at: datetime) -> FoundPage:
    """The people found in the actor's area, the newest first, on record. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id)
    rows = access.within(FoundPerson.objects.filter(round_id=round_id), actor)
    counted = rows.order_by().values("state").annotate(n=Count("pk"))
    counts = {FoundState(row["state"]): row["n"] for row in counted}
    wanted = rows.filter(state=state) if state in FoundState.values else rows
    found = list((wanted.filter(pk__lt=after) if after else wanted).order_by("-pk")[: PAGE + 1])
    elsewhere = [] if after or state else _rows(_met_elsewhere(actor, round_id), on)
    _note_list(actor, round_id, len(found[:PAGE]) + len(elsewhere), at)
    return FoundPage(
        round_, _rows(found[:PAGE], on), found[PAGE - 1].pk if len(found) > PAGE else None, counts, elsewhere
    )


def _note_list(actor: Actor, round_id: int, rows: int, at: datetime) -> None:
    audit.record_look(
        audit.Event.TASKS_LISTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"rows": rows}, area=actor.office,
    )  # fmt: skip


def _met_elsewhere(actor: Actor, round_id: int) -> list[FoundPerson]:
    """Registered in the actor's area and met in another: the office that answers for them is told here."""
    ours = access.within(Person.objects.filter(pk=OuterRef("person_id")), actor)
    with access.for_twins(actor, need=Permission.SURVEY_VIEW):
        met = FoundPerson.objects.filter(Exists(ours), round_id=round_id, state=FoundState.KNOWN)
        return list(met.exclude(office_path__startswith=actor.office).order_by("-pk")[:ELSEWHERE])


def _rows(found: Sequence[FoundPerson], on: date) -> list[Row]:
    names = audit.real_names({one.found_by for one in found})
    return [
        Row(
            one.pk, fact("name", one.name, on=on).text, fact("birth_date", one.birth_date, on=on).text,
            audit.office_words(one.office_path), FoundState(one.state), len(one.alike),
            any(twin.get("likeness") == Likeness.SAME for twin in one.alike), names.get(one.found_by, one.found_by),
            one.found_at,
        )
        for one in found
    ]  # fmt: skip


@transaction.atomic
def sheet(found_id: int, *, actor: Actor, on: date, at: datetime) -> FoundSheet:
    """One person found and people alike, looked for anew by those who decide; on record. Raises NotAllowed, NotFound."""
    found = access.fetch(FoundPerson.objects.all(), actor, need=Permission.SURVEY_VIEW, pk=found_id)
    round_ = reaching.round_of(actor, found.round_id)
    line = access.within(SurveyTask.objects.filter(found_id=found.pk), actor).first()
    names = audit.real_names({found.found_by, found.settled_by} - {""})
    audit.record_look(
        audit.Event.TASK_VIEWED,
        actor=actor,
        at=at,
        target_kind="found",
        target_id=str(found.pk),
        area=found.office_path,
    )
    other = known_elsewhere.responsible(found, line, actor) if allows(actor.role, Permission.SURVEY_ENTER) else ""
    return FoundSheet(
        found=found, round=round_, name=fact("name", found.name, on=on).text,
        facts=facts_of({name: getattr(found, name) for name in _SHOWN}, _SHOWN, on=on),
        note=fact("note", found.note, on=on).text, settled_reason=fact("note", found.settled_reason, on=on).text,
        village=audit.office_words(found.office_path), found_by=names.get(found.found_by, found.found_by),
        settled_by=names.get(found.settled_by, found.settled_by), beside=_beside(found, actor, on, at), line=line,
        entry=line is not None and not other and TaskState(line.state) in may(Move.ENTER),
        waits=found.state == FoundState.PROVISIONAL, responsible=other,
    )  # fmt: skip


def _beside(found: FoundPerson, actor: Actor, on: date, at: datetime) -> list[Beside]:
    if found.state == FoundState.PROVISIONAL and allows(actor.role, Permission.SURVEY_ENTER):
        twins = _twins(found, actor, at)
    else:
        twins = [_kept(one) for one in found.alike]
    wanted = [one.person_id for one in twins if one.person_id]
    people = {row.pk: row for row in access.within(Person.objects.filter(pk__in=wanted), actor)}
    return [_side(one, people.get(one.person_id or 0), actor, on) for one in twins]


def _kept(one: Mapping[str, Any]) -> Twin:
    """As it was when he was reported."""
    return Twin(
        Likeness(one["likeness"]), tuple(one["why"]), "", one["office"], person_id=one["person_id"],
        found_id=one["found_id"], told=bool(one.get("told")),
    )  # fmt: skip


def _side(one: Twin, row: Person | None, actor: Actor, on: date) -> Beside:
    if not (one.told or access.is_inside(actor, one.office)):
        return Beside(one.likeness, (), "", "", {}, None, ours=False, told=False)
    facts = {name: fact(name, getattr(row, name), on=on) for name in _SHOWN} if row else {}
    name = fact("name", row.name if row else one.name, on=on).text
    return Beside(one.likeness, one.why, name, one.where, facts, one.person_id, ours=row is not None, told=True)


def _twins(found: FoundPerson, actor: Actor, at: datetime) -> list[Twin]:
    traits = Traits(
        found.name, found.sex or "", found.birth_date, found.doc_type or "", found.doc_number or "", found.phone or ""
    )
    if not traits.enough:
        return []
    need = Permission.SURVEY_ENTER
    return alike(traits, round_id=found.round_id, need=need, except_found=found.pk, actor=actor, at=at)


@transaction.atomic
def is_known(found_id: int, *, person_id: int, actor: Actor, at: datetime) -> FoundPerson:
    """It is somebody registered: his line is that person's from now on; a second line of one person is dropped.

    Raises NotAllowed, NotFound, RoundOver, NotWaiting, NotAlike.
    """
    found = _waiting(found_id, actor)
    twin = next((one for one in _twins(found, actor, at) if one.person_id == person_id), None)
    if twin is None or not (twin.told or access.is_inside(actor, twin.office)):
        raise NotAlike(person_id)
    line = _line_of(found, actor)
    if line:
        try:
            with transaction.atomic():
                line.person_id = person_id
                line.save(update_fields=["person_id"])
        except IntegrityError:  # he has a line in this round already
            line.person_id = None
            _drop(line)
    return _settled(found, FoundState.KNOWN, twin.where, person_id, actor=actor, at=at)


@transaction.atomic
def refuse(found_id: int, *, reason: str, actor: Actor, at: datetime) -> FoundPerson:
    """He is not registered, for a reason; his line is dropped.

    Raises NotAllowed, NotFound, RoundOver, NotWaiting, NoReason.
    """
    found = _waiting(found_id, actor)
    if not reason.strip():
        raise NoReason(found_id)
    if line := _line_of(found, actor):
        _drop(line)
    return _settled(found, FoundState.REFUSED, reason.strip()[:200], None, actor=actor, at=at)


def _waiting(found_id: int, actor: Actor) -> FoundPerson:
    found = access.fetch(FoundPerson.objects.all(), actor, need=Permission.SURVEY_ENTER, lock=True, pk=found_id)
    reaching.round_of(actor, found.round_id, need=Permission.SURVEY_ENTER, is_open=True)
    if found.state != FoundState.PROVISIONAL:
        raise NotWaiting(found_id)
    return found


def _line_of(found: FoundPerson, actor: Actor) -> SurveyTask | None:
    rows: QuerySet[SurveyTask] = SurveyTask.objects.select_for_update().filter(found_id=found.pk)
    return access.within(rows, actor).first()


def _drop(line: SurveyTask) -> None:
    if TaskState(line.state) in may(Move.DROP):
        reaching.step(line, Move.DROP)


def _settled(
    found: FoundPerson, state: FoundState, reason: str, person_id: int | None, *, actor: Actor, at: datetime
) -> FoundPerson:
    found.state, found.person_id, found.settled_reason = state, person_id, reason
    found.settled_by, found.settled_at = actor.account, at
    found.save(update_fields=["state", "person_id", "settled_reason", "settled_by", "settled_at"])
    audit.record(
        audit.Event.FOUND_SETTLED, actor=actor, at=at, target_kind="found", target_id=str(found.pk),
        detail={"decision": state.label, "reason": reason}, area=found.office_path,
    )  # fmt: skip
    return found


def own_found(actor: Actor, round_id: int, *, on: date, at: datetime) -> list[Row]:
    """Whom the actor's village has found, the newest first, on record. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_VISIT)
    rows = FoundPerson.objects.filter(round_id=round_id, office_path=actor.office)
    found = list(access.within(rows, actor).order_by("-pk")[:200])
    _note_list(actor, round_id, len(found), at)
    return _rows(found, on)


__all__ = [
    "Beside",
    "Fact",
    "FoundPage",
    "FoundSheet",
    "FoundState",
    "found_people",
    "is_known",
    "own_found",
    "refuse",
    "sheet",
]
