"""What accounts have said of a case, and who may say more."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from canbao.rules import second_opinion
from canbao.rules.division import CITY
from canbao.rules.match_labels import CaseKind
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor
from canbao.rules.second_opinion import Opinion
from canbao.store.models import UNDECIDED, MatchCase, MatchCaseOpinion

# Cases of these kinds ask whether two people are one; the others are settled where the data come from.
ABOUT_IDENTITY = frozenset(
    {CaseKind.POSSIBLE_SAME, CaseKind.SHARED_NUMBER, CaseKind.INVALID_NUMBER, CaseKind.SHARED_PERSON_NO}
)
_PEOPLE = {CaseKind.LISTED_PERSON: 1}  # how many people a case is about where it is not two


class Refusal(StrEnum):
    """Why somebody may not decide a case."""

    NOT_WAITING = "NOT_WAITING"  # decided, handed on or gone
    NOT_TWO_PEOPLE = "NOT_TWO_PEOPLE"
    ALREADY_GIVEN = "ALREADY_GIVEN"
    OFFICE_ABOVE = "OFFICE_ABOVE"
    NO_RIGHT = "NO_RIGHT"
    ROW_GIVEN = "ROW_GIVEN"  # the row of a list has been found to be about another person


def given(case_id: int) -> list[MatchCaseOpinion]:
    """The opinions so far, in order."""
    return list(MatchCaseOpinion.objects.filter(case_id=case_id).order_by("number"))


def as_rules(opinions: Sequence[MatchCaseOpinion]) -> list[Opinion]:
    return [Opinion(one.account, bool(one.same)) for one in opinions if one.same is not None]


def refusal(case: MatchCase, opinions: Sequence[MatchCaseOpinion], actor: Actor) -> Refusal | None:
    """Why this actor may not decide this case, or None."""
    if not allows(actor.role, Permission.CASE_DECIDE):
        return Refusal.NO_RIGHT
    if case.state not in UNDECIDED:
        return Refusal.NOT_WAITING
    if len(case.person_ids) != _PEOPLE.get(CaseKind(case.kind), 2) or case.kind not in ABOUT_IDENTITY | _PEOPLE.keys():
        return Refusal.NOT_TWO_PEOPLE
    if any(one.account == actor.account for one in opinions):
        return Refusal.ALREADY_GIVEN
    allowed = second_opinion.may_give(
        actor.account, actor.office, opinions=as_rules(opinions), case_office=case.office_path
    )
    return None if allowed else Refusal.OFFICE_ABOVE


def may_take_back(case: MatchCase, last: MatchCaseOpinion, actor: Actor) -> bool:
    """The clerk who said it, or somebody above; the first half of a blind pair only by that clerk."""
    if last.account == actor.account:
        return True
    above = actor.office == CITY or len(actor.office) < len(case.office_path)
    return above and case.state in ("DECIDED", "NOTED")
