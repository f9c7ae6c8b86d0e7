"""Who is put on the list of a round, as far as it is a question of law: the sets of `services.survey.building` ask here (规程第三、八条)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from canbao.rules.article import article
from canbao.rules.circumstances import Circumstances
from canbao.rules.codes import Scheme
from canbao.rules.duty import Duty, Gap, counted
from canbao.rules.enrolment import MEDICAL, PENSIONS
from canbao.rules.forms import known_occupation
from canbao.rules.joining import Applies, duties, occupation_in_law
from canbao.rules.survey import Suggestion, VisitReason

# The reasons that the register has answered already, by the gap that says so.
BY_GAP: Final = {
    VisitReason.NOT_ENROLLED: Gap.NONE_AT_ALL,
    VisitReason.LAPSED: Gap.LAPSED,
    VisitReason.MISSING_SCHEME: Gap.MISSING_SCHEME,
}
NEED_SINCE: Final = frozenset({VisitReason.EXCHANGE})
ONLY_LOCAL: Final = frozenset({"hukou_address"})  # asked only of who has a hukou here

# Which list speaks for which conclusion. What has ended explains nothing any more.
EXPLAINED_BY: Final = {
    "deaths": Suggestion.DEAD,
    "elsewhere": Suggestion.ELSEWHERE,
    "soldiers": Suggestion.SOLDIER,
    "prison": Suggestion.PRISON,
    "students": Suggestion.STUDENT,
}


@dataclass(frozen=True, slots=True)
class Open:
    """What a visit can be about: schemes owed and not joined, schemes open and not joined, whether these are a reason to go; and
    whether the work has to be asked for, because neither enrolments nor an earlier form tell it."""

    must: tuple[Scheme, ...]
    may: tuple[Scheme, ...]
    is_reason: bool
    asks_occupation: bool = True


@article(3, 8)
def still_open(person: Circumstances, *, on: date) -> Open:
    """The schemes somebody must or may still join. A reason to visit (可参未参): in a medical scheme without a pension that is open
    to him, or the other way round; who is in neither is visited as not enrolled."""
    found = duties(person, on=on)
    may = _unmet(found, Duty.MAY)
    held = counted(person.active, on) | person.elsewhere
    lacks = [
        family for family, other in ((PENSIONS, MEDICAL), (MEDICAL, PENSIONS)) if held & other and not held & family
    ]
    known = known_occupation(occupation_in_law(person), declared=person.declared)
    return Open(_unmet(found, Duty.MUST), may, any(family.intersection(may) for family in lacks), not known)


def _unmet(found: Iterable[Applies], duty: Duty) -> tuple[Scheme, ...]:
    """What no text at hand confirms is never demanded."""
    return tuple(one.scheme for one in found if one.duty is duty and one.confirmed and not one.met)


@article(8)
def infant_from(on: date) -> date:
    """Born on this day or later is not a year old yet."""
    try:
        return date(on.year - 1, on.month, on.day) + timedelta(days=1)
    except ValueError:  # 29 February: a year old on 1 March
        return date(on.year - 1, 3, 1)
