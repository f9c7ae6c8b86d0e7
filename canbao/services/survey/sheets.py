"""From what a scanner reads to the sheet and to the line it belongs to; each way in which that can fail has its own name."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from canbao.rules.forms import is_form_number
from canbao.rules.offices import TOWN_PATH
from canbao.rules.roles import Actor
from canbao.rules.text import number_form
from canbao.services import access, audit
from canbao.store.models import RegistrationForm, RoundState, SurveyRound, SurveyTask

DIGITS = 12  # of a number


class NoSheet(Exception):
    """What was read leads to no sheet that could be taken back here; the subclasses say why."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class NotANumber(NoSheet):
    """Not twelve digits."""


class WrongDigit(NoSheet):
    """The digits do not belong together."""


class Unknown(NoSheet):
    """Nobody ever printed a sheet with this number."""


class OfAnother(NoSheet):
    """A sheet of another town; office: which."""

    def __init__(self, number: str, office: str) -> None:
        super().__init__(number)
        self.office = office


class OfAnotherRound(NoSheet):
    """The line is in another round."""

    def __init__(self, number: str, round_: SurveyRound) -> None:
        super().__init__(number)
        self.round_id, self.round_name = round_.pk, round_.name


class NotOnList(NoSheet):
    """Printed for somebody who is on no list that has come down to the office."""


def number_of(text: str) -> str:
    """The number in what was typed or scanned: number, or number and edition. Raises NotANumber, WrongDigit."""
    plain = number_form(text)
    number, _, edition = plain.partition("-")
    if len(number) != DIGITS or not number.isascii() or not number.isdigit() or not (edition or "0").isdigit():
        raise NotANumber(plain[:40])
    if not is_form_number(number):
        raise WrongDigit(number)
    return number


def find(actor: Actor, round_id: int, number: str, *, at: datetime) -> tuple[RegistrationForm, SurveyTask]:
    """The sheet and its line, which is locked. A sheet of another town is noted.

    Raises access.NotAllowed, Unknown, OfAnother, OfAnotherRound, NotOnList.
    """
    form = access.within(RegistrationForm.objects.filter(number=number), actor).first()
    if form is None:
        raise _not_here(actor, number, at)
    lines = access.within(access.handed_to(SurveyTask.objects.filter(_of(form)), actor), actor)
    task = lines.filter(round_id=round_id).select_for_update().first()
    if task is not None:
        return form, task
    raise _elsewhere(number, lines.order_by("-round_id"))


def _of(form: RegistrationForm) -> Q:
    return Q(pk=form.task_id) if form.task_id else Q(person_id=form.person_id)


def _elsewhere(number: str, lines: QuerySet[SurveyTask]) -> NoSheet:
    found = SurveyRound.objects.filter(pk__in=[line.round_id for line in lines[:20]]).order_by("-pk")
    still = next((one for one in found if one.state == RoundState.OPEN), None) or found.first()
    return OfAnotherRound(number, still) if still else NotOnList(number)


def _not_here(actor: Actor, number: str, at: datetime) -> NoSheet:
    """The town to bring it to is all that is told; that it was asked is on record there, too."""
    path = access.office_of_sheet(number, actor=actor)
    if path is None:
        note_unknown(number, actor=actor, at=at)
        return Unknown(number)
    office = audit.office_words(path[:TOWN_PATH])
    audit.record_look(
        audit.Event.FORM_OF_ANOTHER, actor=actor, at=at, target_kind="form", target_id=number,
        detail={"office": office}, area=path,
    )  # fmt: skip
    return OfAnother(number, office)


def note_unknown(number: str, *, actor: Actor, at: datetime) -> None:
    """A form number that was tried and is none here, on record; one of another installation may be read by mistake."""
    audit.record_look(
        audit.Event.NOT_IN_AREA, actor=actor, at=at, target_kind="form", target_id=number, detail={"what": "登记表"}
    )
