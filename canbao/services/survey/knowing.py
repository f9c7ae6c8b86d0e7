"""What is known of a line of the list when its form is entered: the register, what was said on the visit, the paper that came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from canbao.rules import checks, entry
from canbao.rules.answers import BY_NAME, DECLARED_ITEMS, ITEMS, PERSON_ITEMS, Kept
from canbao.rules.enrolment import ACTIVE
from canbao.rules.offices import scope_range
from canbao.rules.period import day_of
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome
from canbao.services import access, audit, registry
from canbao.services.showing import Fact, fact
from canbao.services.survey.reported import COUNTS
from canbao.store.models import (
    Declaration,
    Enrolment,
    FormEntry,
    FormReturn,
    FoundPerson,
    Person,
    RegistrationForm,
    SurveyTask,
    SurveyVisit,
)

MUST_HAVE = frozenset({"name", "sex", "birth_date"})  # of somebody who is registered here for the first time
_CHANGES = 100_000  # more than anybody's facts go through
_STATES = frozenset(state.value for state in ACTIVE)


class Gone(Exception):
    """The person is no longer in the actor's area: moved to another office, ended, or made one with somebody elsewhere."""


@dataclass(frozen=True)
class Knows:
    """facts: of the form's items, as the register has them, {} for somebody found; visit: the last report from the door."""

    task: SurveyTask
    person: Person | None
    found: FoundPerson | None
    facts: Mapping[str, Any]
    visit: SurveyVisit | None
    sheet: FormReturn | None
    insured: bool = False
    by_employer: bool = False

    @property
    def version(self) -> int:
        """Of who it is, his facts and his declarations together; 0 for somebody found. Any change changes it, being made one with another too."""
        if self.person is None:
            return 0
        return self.person.pk * _CHANGES + self.person.version + int(self.facts.get("_declared", 0))

    @property
    def number(self) -> str:
        """Of the sheet, "" for one without."""
        return (self.sheet.form_number if self.sheet else "") or self.task.form_number

    @property
    def basis(self) -> str:
        return f"form:{self.number}" if self.number else f"line:{self.task.pk}"

    def shown(self, item: str, at: datetime) -> Fact:
        """What the register says, hidden as everywhere."""
        return fact(item, self.facts.get(item), on=day_of(at), label=BY_NAME[item].label if item in BY_NAME else "")


def of(task: SurveyTask, *, actor: Actor) -> Knows:
    """Raises Gone."""
    visit = SurveyVisit.objects.filter(task_id=task.pk, withheld__in=COUNTS).order_by("-pk").first()
    sheet = FormReturn.objects.filter(task_id=task.pk).order_by("-pk").first()
    if task.person_id is None:
        found = access.within(FoundPerson.objects.filter(pk=task.found_id or 0), actor).first()
        return Knows(task, None, found, {}, visit, sheet)
    person = access.within(Person.objects.filter(pk=registry.stands_as(task.person_id)), actor).first()
    if person is None:
        raise Gone(task.pk)
    declared = access.within(Declaration.objects.filter(pk=person.pk), actor).first()
    enrolled = list(access.within(Enrolment.objects.filter(person_id=person.pk, state__in=_STATES), actor))
    facts = {name: getattr(person, name) for name in (*PERSON_ITEMS, "death_on", "hukou_status")}
    facts |= {name: getattr(declared, name, None) for name in DECLARED_ITEMS}
    facts["_declared"] = declared.version if declared else 0
    by_employer = any(
        one.source == "public_pension" or (one.source == "employee" and one.employer_no) for one in enrolled
    )
    return Knows(task, person, None, facts, visit, sheet, bool(enrolled), by_employer)


def for_checks(knows: Knows, answers: Mapping[str, str], actor: Actor) -> checks.Known:
    """What the checks look at beside the answers."""
    outcome = knows.task.outcome
    return checks.Known(
        facts=knows.facts,
        insured=knows.insured,
        by_employer=knows.by_employer,
        shares_phone=_sharing(knows.task, answers.get("phone", ""), actor),
        has_mandate=bool(knows.sheet and knows.sheet.has_mandate),
        needs_form=not outcome or Outcome(outcome).has_form,
        outcome=outcome,
        must_have=MUST_HAVE if knows.person is None else frozenset(),
        has_sheet=bool(knows.number),
        printed_on=_printed_on(knows.number, actor),
    )


def _printed_on(number: str, actor: Actor) -> date | None:
    sheet = access.within(RegistrationForm.objects.filter(number=number), actor).only("printed_at").first()
    return day_of(sheet.printed_at) if sheet else None


def _sharing(task: SurveyTask, phone: str, actor: Actor) -> int:
    """People of other households of the town, in this round, with the same number: on the list or on a form that was entered."""
    if not phone:
        return 0
    town = scope_range(task.office_path[:15])
    lines = access.within(SurveyTask.objects.filter(round_id=task.round_id, office_path__range=town), actor)
    forms = FormEntry.objects.filter(round_id=task.round_id, office_path__range=town, done_at__isnull=False)
    entered = access.within(forms.filter(answers__phone=phone), actor).values("task_id")
    others = lines.filter(Q(phone=phone) | Q(pk__in=entered)).exclude(pk=task.pk)
    if task.household_no:
        others = others.exclude(household_no=task.household_no)
    return others.count()


def first_answers(knows: Knows) -> dict[str, str]:
    """What data entry begins with: what was said on the visit, what a found person gave, who signed."""
    said: dict[str, Any] = {}
    if knows.found:
        names = {item.name for item in ITEMS if item.kept is Kept.PERSON}
        said |= {name: getattr(knows.found, name, None) for name in names}
    if knows.visit:
        said |= knows.visit.answers if isinstance(knows.visit.answers, dict) else {}
        said.setdefault("surveyor", audit.real_names({knows.visit.account}).get(knows.visit.account, ""))
    if knows.sheet and knows.sheet.signer:
        said["signer"] = knows.sheet.signer
    values, wrong = entry.read_all(said)
    return {name: value for name, value in values.items() if name not in wrong}
