"""The whole file of a person on one page: facts, insurances, household, cards, cases, changes, who looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from canbao.rules.answers import Fate
from canbao.rules.duty import Gap
from canbao.rules.enrolment import ACTIVE, NEVER_BOTH
from canbao.rules.labels import CASES
from canbao.rules.masking import scrub
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor
from canbao.rules.wording import basis_in_words
from canbao.services import access, audit, changes, letters, registry, showing
from canbao.services.audit.looks import Look, act_words
from canbao.services.changes import Line
from canbao.services.registry import Standing
from canbao.services.showing import Change, Fact, Insurance, PersonShown, fact
from canbao.store.models import (
    UNDECIDED,
    Card,
    EntryKind,
    FormEntry,
    FormReturn,
    Household,
    MatchCase,
    Person,
    PersonMerge,
    RegistrationForm,
    SurveyTask,
)

MOST_MEMBERS = 30
MOST_SHEETS = 20


@dataclass(frozen=True)
class Member:
    """Somebody of the same household within the reader's area."""

    person_id: int
    name: str
    relation: str
    sex: str
    birth_date: date | None
    number: str
    gap: str


@dataclass(frozen=True)
class Home:
    """The police's household. members: those in the reader's area; count: of the whole city."""

    number: Fact
    address: Fact
    count: int
    members: Sequence[Member]


@dataclass(frozen=True)
class OpenCase:
    case_id: int
    kind: str


@dataclass(frozen=True)
class Sheet:
    """A registration form that was printed for the person. returned_at: when it came back, None while it is out."""

    number: str
    printed_at: datetime
    letter: str
    returned_at: datetime | None


@dataclass(frozen=True)
class File:
    """shown None: nothing is known of the person at the two times asked for.

    identity_since: the day asked for lies before the first day of which the register has the person's facts: those are shown, and of
    the insurances what their spells say of the day.
    """

    stands: Standing
    on: date
    known_at: datetime
    shown: PersonShown | None
    insurances: Sequence[Insurance] = ()
    told: letters.Told | None = None
    cards: Sequence[Mapping[str, Any]] = ()
    home: Home | None = None
    cases: Sequence[OpenCase] = ()
    changes: Sequence[Change] = ()
    acts: Sequence[Look] = field(default_factory=tuple)
    sheets: Sequence[Sheet] = ()
    requests: Sequence[Line] = ()
    identity_since: date | None = None

    @property
    def twice(self) -> list[str]:
        """Insurances that nobody has side by side, of which this person has both."""
        held = {one.scheme for one in self.insurances if one.state in ACTIVE}
        return ["、".join(one.label for one in pair) for pair in NEVER_BOTH if set(pair) <= held]

    @property
    def gap_differs(self) -> bool:
        """Whether the target group, which is told from the insurances alone, and the rules for this person disagree."""
        if not self.shown or not self.told:
            return False
        found = self.shown.plain.facts["gap"]
        return (found == Gap.MISSING_SCHEME and not self.told.unmet) or (found == Gap.NONE and self.told.unmet > 0)

    @property
    def age(self) -> int | None:
        """In full years, on the day of the file or of death."""
        facts = self.shown.plain.facts if self.shown else {}
        born, until = facts.get("birth_date"), facts.get("death_on") or self.on
        return until.year - born.year - ((until.month, until.day) < (born.month, born.day)) if born else None


def survivor(person_id: int, *, actor: Actor) -> int | None:
    """The entry this one was made one with, where the reader may open it. Raises access.NotAllowed."""
    access.require(actor, Permission.PERSON_VIEW)
    into = registry.stands_as(person_id)
    inside = into != person_id and access.within(Person.objects.filter(pk=into), actor).exists()
    return into if inside else None


@transaction.atomic
def open_file(
    person_id: int, *, valid_on: date | None, known_at: datetime | None, today: date, actor: Actor, at: datetime
) -> File:
    """The file as of a day and a state of knowledge; without a day, today, or the last day of an entry that ended.

    Raises access.NotAllowed, access.NotFound.
    """
    stands = registry.standing(person_id, actor=actor)
    on = valid_on or (min(stands.ended_on - timedelta(days=1), today) if stands.ended_on else today)
    known = known_at or at
    area = access.people_range(actor)
    first = _first_day(person_id, known, area)
    before = first if first and on < first else None
    try:
        shown = showing.show(person_id, valid_on=before or on, known_at=known, actor=actor, at=at)
    except registry.NotFound:
        _note_empty(stands, on, known, actor, at)
        return File(stands, on, known, None)
    if before and (born := shown.plain.facts.get("birth_date")) and on < born:
        return File(stands, on, known, None)
    past = registry.enrolments_in_full(person_id, area)
    held = showing.in_force(shown.plain.enrolments, on) if before else shown.plain.enrolments
    return File(
        stands=stands,
        on=on,
        known_at=known,
        shown=shown,
        insurances=showing.insurances_of(
            held,
            employers=showing.employers_of([*shown.plain.enrolments, *past]),
            past=past,
            on=on,
            known_at=known,
        ),
        told=None if before else letters.told(shown.plain, on=on),
        identity_since=before,
        cards=_cards(shown, actor),
        home=_home(shown, actor),
        cases=_cases(person_id, actor),
        changes=showing.changes_of(registry.versions_in_full(person_id, area), on=on, clear=shown.clear),
        acts=sorted([*_acts(person_id), *_entries(person_id, actor)], key=lambda act: act.at, reverse=True),
        sheets=_sheets(person_id, actor),
        requests=changes.of_person(actor, person_id, on=on) if allows(actor.role, Permission.CHANGE_VIEW) else (),
    )


def _first_day(person_id: int, known: datetime, area: tuple[str, str]) -> date | None:
    """The first day of which the register had the person's facts, as it was known at an instant."""
    versions = registry.versions_in_full(person_id, area)
    held = (
        row for row in versions if row["known_from"] <= known and (row["known_to"] is None or row["known_to"] > known)
    )
    return min((row["valid_from"] for row in held), default=None)


_ACTS = ("PERSON_RECORDED", "PERSON_CORRECTED", "PERSON_ENDED", "PERSONS_MERGED", "PERSONS_UNMERGED")
_ACT_WORDS = frozenset(map(act_words, _ACTS))


def looks(
    person_id: int, *, since: datetime | None, until: datetime | None, actor: Actor, at: datetime
) -> tuple[Fact, Fact, list[Look]]:
    """Name, number and everything that was looked up or done: what the person may be given on paper; on record.

    Raises access.NotAllowed, access.NotFound.
    """
    stands = registry.standing(person_id, actor=actor, need=Permission.LOOKS_VIEW)
    audit.record_look(
        audit.Event.LOOKS_PRINTED,
        actor=actor,
        at=at,
        target_kind="person",
        target_id=str(person_id),
        area=stands.office,
    )
    person = access.within(Person.objects.filter(pk=person_id), actor).first()
    on = day_of(at)
    name = fact("name", person.name if person else None, on=on)
    number = fact("doc_number", person.doc_number if person else None, on=on)
    merged = PersonMerge.objects.filter(into_person_id=person_id, unmerged_at__isnull=True)
    numbers = [person_id, *merged.values_list("from_person_id", flat=True)]
    found = [_in_words(look) for one in numbers for look in audit.looks_at(one, since=since, until=until)]
    return name, number, sorted(found, key=lambda look: look.at, reverse=True)


@dataclass(frozen=True, slots=True)
class Looks:
    """The same look by the same post on one day, however often: first and last are its times."""

    look: Look
    first: datetime
    last: datetime
    count: int


def grouped(found: Sequence[Look]) -> list[Looks]:
    """Repeated looks of a day together, the newest first; what was done stands by itself. found: as `looks` gives them."""
    together: dict[tuple[object, ...], list[Look]] = {}
    for place, look in enumerate(found):
        own = place if look.act in _ACT_WORDS else None
        together.setdefault((day_of(look.at), look.office, look.post, look.act, look.purpose, own), []).append(look)
    return [Looks(same[0], same[-1].at, same[0].at, len(same)) for same in together.values()]


def _in_words(look: Look) -> Look:
    """A purpose that is a reference of the product's own is told as what it means; numbers in what was written are hidden."""
    return replace(look, purpose=scrub(basis_in_words(look.purpose)))


def _note_empty(stands: Standing, on: date, known: datetime, actor: Actor, at: datetime) -> None:
    audit.record_look(
        audit.Event.PERSON_VIEWED, actor=actor, at=at, target_kind="person", target_id=str(stands.person_id),
        detail={"on": on.isoformat(), "known": known.isoformat(), "full": False, "empty": True}, area=stands.office,
    )  # fmt: skip


def _cards(shown: PersonShown, actor: Actor) -> list[dict[str, Any]]:
    rows = access.within(Card.objects.filter(person_id=shown.person_id), actor).order_by("id")
    return [
        {
            "number": fact("card_no", row.card_no, on=shown.on, clear=shown.clear, item="cards", label="社会保障卡号"),
            "status": fact("card_status", row.card_status, on=shown.on, label="状态"),
        }
        for row in rows
    ]


def _home(shown: PersonShown, actor: Actor) -> Home | None:
    number = shown.plain.facts.get("household_no")
    raw = access.within(Person.objects.filter(pk=shown.person_id), actor).values_list("household_no", flat=True).first()
    if not number or not raw:
        return None
    home = access.within(Household.objects.filter(pk=raw), actor).first()
    people = access.within(Person.objects.filter(household_no=raw), actor).exclude(pk=shown.person_id)
    on, clear = shown.on, shown.clear
    return Home(
        number=fact("household_no", raw, on=on, clear=clear),
        address=fact(
            "address", home.address if home else None, on=on, clear=clear, item="hukou_address", label="户籍地址"
        ),
        count=home.members if home else 0,
        members=[_member(one, on) for one in people.order_by("birth_date", "id")[:MOST_MEMBERS]],
    )


def _member(person: Person, on: date) -> Member:
    text = {
        name: fact(name, getattr(person, name), on=on).text for name in ("relation_to_head", "sex", "doc_number", "gap")
    }
    return Member(
        person.pk,
        person.name,
        text["relation_to_head"],
        text["sex"],
        person.birth_date,
        text["doc_number"],
        text["gap"],
    )


def _cases(person_id: int, actor: Actor) -> list[OpenCase]:
    if not allows(actor.role, Permission.CASE_VIEW):
        return []
    rows = access.within(MatchCase.objects.filter(person_ids__contains=[person_id], state__in=UNDECIDED), actor)
    return [OpenCase(pk, CASES.get(kind, kind)) for pk, kind in rows.order_by("id").values_list("id", "kind")]


def _sheets(person_id: int, actor: Actor) -> list[Sheet]:
    """The latest forms, those of the rounds among them."""
    rows = access.within(RegistrationForm.objects.filter(person_id=person_id), actor)
    found = list(rows.order_by("-pk")[:MOST_SHEETS])
    back = access.within(FormReturn.objects.filter(form_number__in=[one.number for one in found]), actor)
    returned = dict(back.values_list("form_number", "returned_at"))
    return [Sheet(one.number, one.printed_at, one.letter, returned.get(one.number)) for one in found]


def _entries(person_id: int, actor: Actor) -> list[Look]:
    """The forms of the household survey that were entered for the person."""
    lines = access.within(SurveyTask.objects.filter(person_id=person_id), actor).values("pk")
    rows = access.within(
        FormEntry.objects.filter(task_id__in=lines, done_at__isnull=False, kind=EntryKind.FIRST), actor
    )
    return [
        Look(
            one.done_at, audit.office_words(one.office_path[:15]), "", "录入入户调查登记表",
            "，".join(filter(None, (f"表号 {one.form_number}" if one.form_number else "", _brought(one.fates)))),
        )
        for one in rows.order_by("-done_at")[:MOST_SHEETS]
        if one.done_at
    ]  # fmt: skip


def _brought(fates: Mapping[str, str]) -> str:
    written = sum(one in (Fate.NEW, Fate.STATED) for one in fates.values())
    asked = sum(one == Fate.CONTRADICTS for one in fates.values())
    return "，".join(
        filter(None, (f"{written} 项写入登记库" if written else "", f"{asked} 项转变更申请" if asked else ""))
    )


def _acts(person_id: int) -> list[Look]:
    """What was done, not who looked."""
    return [_in_words(look) for look in audit.looks_at(person_id) if look.act in _ACT_WORDS]
