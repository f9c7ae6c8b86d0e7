"""Print the registration form: on record, hidden unless somebody says why it has to be in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from canbao.outside.printing import Fonts, MissingGlyph, qr, typeset
from canbao.rules.forms import EDITION, code_text, form_number
from canbao.rules.labels import FIELDS
from canbao.rules.period import HERE
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.unmasking import LISTS, Reason, is_said
from canbao.services import access, audit, letters, registry, showing
from canbao.services.forms.filling import Data, Known, filled, printed_line
from canbao.services.unmasking import NotSaid
from canbao.store.models import Card, RegistrationForm


class NotInRegister(LookupError):
    """The person is not in the register on that day: there is nothing to print."""


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
) -> bytes:
    """The two pages as a PDF. In full (masked False) only for those who may see it so, with a reason.

    Raises access.NotAllowed, access.NotFound, NotInRegister, NotPrintable, unmasking.NotSaid.
    """
    stands = registry.standing(person_id, actor=actor, need=Permission.FORM_PRINT)
    said = "" if masked else _said(reason, note, actor)
    if stands.gone:
        raise NotInRegister(person_id)
    known = _known(person_id, stands.office, masked, on, actor, at)
    number = _numbers(1, on)[0]
    RegistrationForm.objects.create(
        number=number, version=EDITION, person_id=person_id, person_version=known.view.facts["version"], masked=masked,
        reason=said, printed_by=actor.account, printed_at=at, office_path=stands.office,
    )  # fmt: skip
    audit.record(
        audit.Event.FORM_PRINTED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=said,
        detail={"number": number, "shown": "部分隐藏" if masked else "原文", "reason": said}, area=stands.office,
    )  # fmt: skip
    return _pdf([(person_id, _sheet(known, number, masked, actor, at))])


def _said(reason: Reason | None, note: str, actor: Actor) -> str:
    access.require(actor, Permission.PERSON_UNMASK)
    if reason is None or not is_said(reason, note):
        raise NotSaid
    return "：".join(filter(None, (reason.label, note.strip())))


def _known(person_id: int, office: str, masked: bool, on: date, actor: Actor, at: datetime) -> Known:
    """What is open to the reader on his screen stays hidden on paper: paper does not close by itself."""
    try:
        view = registry.view(person_id, valid_on=on, known_at=at, actor=actor, at=at, full=not masked)
    except registry.NotFound as gone:
        raise NotInRegister(person_id) from gone
    insurances = showing.insurances_of(
        view.enrolments, employers=showing.employers_of(view.enrolments), on=on, known_at=at
    )
    cards = access.within(Card.objects.filter(person_id=person_id), actor).order_by("-id")
    return Known(
        view=view,
        insurances=insurances,
        cards=list(cards.values("card_no", "card_status", "made")),
        told=letters.told(view, on=on),
        office=office,
        on=on,
        clear={} if masked else dict.fromkeys((*FIELDS, *LISTS), at),
    )


def _numbers(count: int, on: date) -> list[str]:
    """Numbers nobody else gets, as many as sheets."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('registration_form_id_seq') from generate_series(1, %s)", [count])
        return [form_number(on.year, serial) for (serial,) in cursor.fetchall()]


def _sheet(known: Known, number: str, masked: bool, actor: Actor, at: datetime) -> Data:
    return filled(known) | {
        "number": number,
        "masked": masked,
        "qr": qr(code_text(number)),
        "printed": printed_line(actor.account, at.astimezone(HERE)),
    }


def _pdf(sheets: Sequence[tuple[int, Mapping[str, Any]]]) -> bytes:
    """sheets: person and data, in the order of printing. Raises NotPrintable."""
    fonts = Fonts(modules=Path(settings.MODULES), kept=Path(settings.CANBAO_HOME) / "fonts")
    try:
        return typeset("registration", [data for _, data in sheets], version=EDITION, fonts=fonts)
    except MissingGlyph as missing:
        raise NotPrintable(sheets[missing.place][0], missing.character) from missing
