"""What applies to one person, and the letter that his form would carry: from the register, by the rules (规程附件)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from canbao.rules.circumstances import Circumstances, Occupation, circumstances_of
from canbao.rules.codes import Scheme
from canbao.rules.duty import Duty
from canbao.rules.joining import Applies, duties, occupation_in_law
from canbao.rules.letters import Kind, Letter, LetterCase, by_choice, letter_for
from canbao.rules.roles import Actor
from canbao.services import registry
from canbao.services.registry import PersonView


@dataclass(frozen=True)
class Told:
    """As of a day: the schemes that apply, with the reason of each, and the letter."""

    on: date
    person: Circumstances
    duties: tuple[Applies, ...]
    letter: Letter

    @property
    def occupation(self) -> Occupation:
        """What decided: the occupation that was declared, or what the enrolments tell."""
        return occupation_in_law(self.person)

    @property
    def unmet(self) -> int:
        """How many schemes an employer owes and has not joined."""
        return sum(one.duty is Duty.MUST and one.confirmed and not one.met for one in self.duties)


@transaction.atomic
def letter_of(
    person_id: int,
    *,
    on: date,
    actor: Actor,
    at: datetime,
    occupation: Occupation | None = None,
    elsewhere: frozenset[Scheme] = frozenset(),
) -> Told:
    """The letter of somebody in the reader's area, the look on record.

    occupation, elsewhere: what the person declared on the form.
    Raises access.NotAllowed, access.NotFound, registry.NotFound.
    """
    view = registry.view(person_id, valid_on=on, known_at=at, actor=actor, at=at)
    return told(view, on=on, occupation=occupation, elsewhere=elsewhere)


def told(
    view: PersonView, *, on: date, occupation: Occupation | None = None, elsewhere: frozenset[Scheme] = frozenset()
) -> Told:
    """The same of a file that has been opened already; the look is on record there. What the register keeps as declared counts."""
    if occupation is None:
        said = view.declared.get("occupation")
        occupation = Occupation(said) if said else None
        elsewhere = elsewhere or away_schemes(view.declared.get("away_schemes"))
    person = circumstances_of(view.facts, view.enrolments, on=on, occupation=occupation, elsewhere=elsewhere)
    letter = letter_for(LetterCase(str(view.facts["name"] or ""), person, on))
    return Told(on=on, person=person, duties=duties(person, on=on), letter=letter)


_AWAY = {
    "XP": Scheme.EMPLOYEE_PENSION,
    "XM": Scheme.EMPLOYEE_MEDICAL,
    "XU": Scheme.UNEMPLOYMENT,
    "XW": Scheme.WORK_INJURY,
    "XB": Scheme.MATERNITY,
}


def away_schemes(codes: str | None) -> frozenset[Scheme]:
    """The boxes of 市外已参加 as schemes."""
    return frozenset(_AWAY[code] for code in (codes or "").split(",") if code in _AWAY)


def chosen(told: Told, kind: Kind, *, name: str) -> Told:
    """The same with the text that a clerk chose against the rules."""
    return replace(told, letter=by_choice(LetterCase(name, told.person, told.on), kind))
