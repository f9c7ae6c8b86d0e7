"""Which target group a person belongs to (规程第三、十六条): for the whole city at once, from the enrolments alone.

Three kinds of employment and the duties that every text agrees on. What depends on occupation, age, hukou and study is in
`rules.joining`, which is asked person by person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from canbao.rules.article import article
from canbao.rules.codes import Scheme
from canbao.rules.enrolment import MEDICAL, PENSIONS
from canbao.rules.period import Period


class Employment(StrEnum):
    NONE = "NONE"  # nobody owes anything for this person
    EMPLOYER = "EMPLOYER"  # 企业职工(含机关事业单位临聘人员)
    PUBLIC_SECTOR = "PUBLIC_SECTOR"  # 机关事业单位在编职工


class Duty(StrEnum):
    MUST = "MUST"
    MAY = "MAY"

    @property
    def label(self) -> str:
        return "应参加" if self is Duty.MUST else "可参加"


class Gap(StrEnum):
    """The three target groups of the regulation, and those who lack nothing they must have."""

    NONE_AT_ALL = "NONE_AT_ALL"
    MISSING_SCHEME = "MISSING_SCHEME"
    LAPSED = "LAPSED"
    NONE = "NONE"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Gap.NONE_AT_ALL: "未参保",
    Gap.MISSING_SCHEME: "未参齐险种",
    Gap.LAPSED: "断保",
    Gap.NONE: "已参保",
}

_FIVE = frozenset(
    {
        Scheme.EMPLOYEE_PENSION,
        Scheme.EMPLOYEE_MEDICAL,
        Scheme.UNEMPLOYMENT,
        Scheme.WORK_INJURY,
        Scheme.MATERNITY,
    }
)
# Unemployment and work injury of public staff differ between civil servants and institutions, and by year: not demanded here.
_PUBLIC = frozenset({Scheme.PUBLIC_SECTOR_PENSION, Scheme.EMPLOYEE_MEDICAL, Scheme.MATERNITY})

# Since the Social Insurance Law; the public sector pension since the reform of October 2014.
_MUST: dict[Employment, tuple[tuple[Period, frozenset[Scheme]], ...]] = {
    Employment.NONE: (),
    Employment.EMPLOYER: ((Period(date(2011, 7, 1)), _FIVE),),
    Employment.PUBLIC_SECTOR: ((Period(date(2014, 10, 1)), _PUBLIC),),
}
# 国办发〔2019〕10号; the day on which Chongqing began is not confirmed.
_MATERNITY_WITHIN_MEDICAL = Period(date(2020, 1, 1))


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """active: paying or drawing; drawing: a pension is paid; elsewhere: insured in another province."""

    active: frozenset[Scheme] = frozenset()
    interrupted: frozenset[Scheme] = frozenset()
    drawing: bool = False
    employment: Employment = Employment.NONE
    elsewhere: bool = False


@article(16)
def must(employment: Employment, *, on: date) -> frozenset[Scheme]:
    """The schemes somebody owes a person of this employment on a day."""
    return next((schemes for period, schemes in _MUST[employment] if period.contains(on)), frozenset())


def missing(facts: DutyFacts, *, on: date) -> frozenset[Scheme]:
    """The schemes owed and neither active nor merely interrupted."""
    return must(facts.employment, on=on) - counted(facts.active, on) - counted(facts.interrupted, on)


def signs(facts: DutyFacts, *, on: date) -> dict[str, bool]:
    """The five yes-or-no facts the decision table asks for.

    lapsed: a pension scheme interrupted and no pension active, a medical scheme interrupted and no medical active, or an owed
    scheme interrupted and not active. Changing from one pension to another is not a lapse.
    """
    stopped, active = counted(facts.interrupted, on), counted(facts.active, on)
    return {
        "drawing": facts.drawing,
        "insured": bool(facts.active) or facts.elsewhere,
        "interrupted": bool(facts.interrupted),
        "lapsed": any(stopped & family and not active & family for family in (PENSIONS, MEDICAL))
        or bool(must(facts.employment, on=on) & stopped - active),
        "missing": bool(missing(facts, on=on)),
    }


# The first row whose signs all agree decides; as SQL, one CASE with one WHEN per row. A person counts once, so the most urgent
# thing to say wins: nobody who draws a pension owes anything; a lapse is spoken of before a scheme never joined.
DECISION_TABLE: tuple[tuple[dict[str, bool], Gap], ...] = (
    ({"drawing": True}, Gap.NONE),
    ({"insured": False, "interrupted": True}, Gap.LAPSED),
    ({"insured": False}, Gap.NONE_AT_ALL),
    ({"lapsed": True}, Gap.LAPSED),
    ({"missing": True}, Gap.MISSING_SCHEME),
    ({}, Gap.NONE),
)


@article(3, 16)
def gap(facts: DutyFacts, *, on: date) -> Gap:
    """Which target group a person belongs to on a day."""
    found = signs(facts, on=on)
    return next(answer for wanted, answer in DECISION_TABLE if wanted.items() <= found.items())


def counted(schemes: frozenset[Scheme], on: date) -> frozenset[Scheme]:
    """With maternity, which comes with employee medical since the two were joined."""
    if Scheme.EMPLOYEE_MEDICAL in schemes and _MATERNITY_WITHIN_MEDICAL.contains(on):
        return schemes | {Scheme.MATERNITY}
    return schemes
