"""Print the registration form: on record, hidden unless somebody says why it has to be in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from canbao.outside.printing import Fonts, MissingGlyph, qr, typeset
from canbao.rules.forms import EDITION, code_text, form_number
from canbao.rules.letters import Kind as LetterKind
from canbao.rules.period import HERE
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.unmasking import Reason, is_said
from canbao.services import access, audit, letters, registry
from canbao.services.forms.filling import Data, Known, filled, printed_line
from canbao.services.forms.knowing import known_of
from canbao.services.unmasking import NotSaid
from canbao.store.models import RegistrationForm


class NotInRegister(LookupError):
    """The person is not in the register on that day: there is nothing to print."""


class NoReasonForChoice(ValueError):
    """A text of the letter was chosen against the rules without saying why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The text of the letter that a clerk wants printed, and why it is not the one of the rules."""

    kind: LetterKind
    reason: str


class NotPrintable(Exception):
    """No font draws a character of this person: better no form than one with a hole in the name."""

    def __init__(self, person_id: int, character: str) -> None:
        super().__init__(person_id, f"U+{ord(character):04X}")
        self.person_id = person_id
        self.character = character


def may_print(person_id: int, *, actor: Actor) -> bool:
    """Whether there is a form to print for somebody of the area. Raises access.NotAllowed, access.NotFound."""
    return not registry.standing(person_id, actor=actor, need=Permission.FORM_PRINT).gone


@transaction.atomic
def print_form(
    person_id: int,
    *,
    masked: bool,
    on: date,
    actor: Actor,
    at: datetime,
    reason: Reason | None = None,
    note: str = "",
    choice: Choice | None = None,
) -> bytes:
    """The two pages as a PDF. In full (masked False) only for those who may see it so, with a reason.

    choice: the text of the letter that is printed against the rules.
    Raises access.NotAllowed, access.NotFound, NotInRegister, NotPrintable, NoReasonForChoice, unmasking.NotSaid,
    audit.BudgetSpentError.
    """
    stands = registry.standing(person_id, actor=actor, need=Permission.FORM_PRINT)
    said = "" if masked else said_for(reason, note, actor)
    if stands.gone:
        raise NotInRegister(person_id)
    known = _known(person_id, stands.office, masked, on, actor, at)
    chosen = _chosen(choice, known)
    if not masked:
        _note_unmasked(person_id, said, stands.office, actor=actor, at=at)
    number = form_numbers(1, on)[0]
    RegistrationForm.objects.create(
        number=number, version=EDITION, person_id=person_id, person_version=known.view.facts["version"], masked=masked,
        reason=said, printed_by=actor.account, printed_at=at, office_path=stands.office,
        letter=chosen.kind.value if chosen else "", letter_reason=chosen.reason.strip() if chosen else "",
    )  # fmt: skip
    detail = {"number": number, "shown": "部分隐藏" if masked else "原文", "reason": said}
    if chosen:
        detail |= {"letter": chosen.kind.label, "why": chosen.reason.strip()}
    audit.record(
        audit.Event.FORM_PRINTED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=said,
        detail=dict(detail), area=stands.office,
    )  # fmt: skip
    if chosen:
        known = replace(known, told=letters.chosen(known.told, chosen.kind, name=str(known.view.facts["name"] or "")))
    return _pdf([(person_id, _sheet(known, number, masked, actor, at))])


def _note_unmasked(person_id: int, said: str, office: str, *, actor: Actor, at: datetime) -> None:
    """A print in full shows what is hidden as much as the screen does: it counts against the same budget, and for the same alarm."""
    audit.record_look(
        audit.Event.UNMASKED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=said,
        detail={"item": "登记表全部项目", "reason": said}, area=office,
    )  # fmt: skip


def _chosen(choice: Choice | None, known: Known) -> Choice | None:
    """None where the clerk chose what the rules choose. Raises NoReasonForChoice."""
    if choice is None or choice.kind is known.told.letter.kind:
        return None
    if not is_said(Reason.OTHER, choice.reason):
        raise NoReasonForChoice
    return choice


def said_for(reason: Reason | None, note: str, actor: Actor) -> str:
    access.require(actor, Permission.PERSON_UNMASK)
    if reason is None or not is_said(reason, note):
        raise NotSaid
    return "：".join(filter(None, (reason.label, note.strip())))


def _known(person_id: int, office: str, masked: bool, on: date, actor: Actor, at: datetime) -> Known:
    try:
        view = registry.view(person_id, valid_on=on, known_at=at, actor=actor, at=at, full=not masked)
    except registry.NotFound as gone:
        raise NotInRegister(person_id) from gone
    return known_of([view], masked=masked, on=on, actor=actor, at=at, office=office)[person_id]


def form_numbers(count: int, on: date) -> list[str]:
    """Numbers nobody else gets, as many as sheets."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('registration_form_id_seq') from generate_series(1, %s)", [count])
        return [form_number(on.year, serial) for (serial,) in cursor.fetchall()]


def _sheet(known: Known, number: str, masked: bool, actor: Actor, at: datetime) -> Data:
    return filled(known) | stamped(number, masked=masked, by=actor.account, at=at)


def stamped(number: str, *, masked: bool, by: str, at: datetime) -> Data:
    """What the print adds to what is known: number, code, and by whom and when."""
    return {
        "number": number,
        "masked": masked,
        "qr": qr(code_text(number)),
        "printed": printed_line(by, at.astimezone(HERE)),
    }


def _pdf(sheets: Sequence[tuple[int, Mapping[str, Any]]]) -> bytes:
    """sheets: person and data, in the order of printing. Raises NotPrintable."""
    try:
        return typeset("registration", [data for _, data in sheets], version=EDITION, fonts=house_fonts())
    except MissingGlyph as missing:
        raise NotPrintable(sheets[missing.place][0], missing.character) from missing


def house_fonts() -> Fonts:
    return Fonts(modules=Path(settings.MODULES), kept=Path(settings.CANBAO_HOME) / "fonts")


def rules_letter(person_id: int, *, on: date, actor: Actor, at: datetime) -> letters.Told:
    """What the rules would print and why, for a clerk who may choose another text; the look is on record.

    Raises access.NotAllowed, access.NotFound, NotInRegister.
    """
    try:
        return letters.letter_of(person_id, on=on, actor=actor, at=at)
    except registry.NotFound as gone:
        raise NotInRegister(person_id) from gone
