"""What of a person decides which schemes he must or may join, and how the register's rows tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from canbao.rules.codes import Scheme, label
from canbao.rules.enrolment import ACTIVE, PENSIONS, EnrolmentState


class Occupation(StrEnum):
    """The boxes of 当前职业 on the back of the form, by their codes; and what the register alone can tell."""

    EMPLOYEE = "E01"
    ASSOCIATION_STAFF = "E02"
    SOLDIER = "E03"
    CIVIL_SERVANT = "E04"
    INSTITUTION_STAFF = "E05"
    FLEXIBLE_WORKER = "E06"
    EMPLOYING_OWNER = "E07"
    OWNERS_EMPLOYEE = "E08"
    SOLE_PROPRIETOR = "E09"
    AWAY_INSURED = "X01"
    AWAY_UNINSURED = "X02"
    STUDENT = "N01"
    RETIRED = "N02"
    NOT_WORKING = "N03"
    PUBLIC_SECTOR = "PUBLIC"  # no box: in the public sector pension, state organ or institution not known

    @property
    def label(self) -> str:
        return "机关事业单位在编职工" if self is Occupation.PUBLIC_SECTOR else label("occupation", self)


class Origin(StrEnum):
    LOCAL = "LOCAL"  # 本市户籍
    ELSEWHERE = "ELSEWHERE"  # 外地户籍, or hukou not known
    HK_MACAO_TAIWAN = "HK_MACAO_TAIWAN"
    PERMANENT_FOREIGNER = "PERMANENT_FOREIGNER"  # 持外国人永久居留证
    FOREIGNER = "FOREIGNER"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """As of one day.

    resident: lives here (常住, 持居住证). active: paying or drawing. by_employer: of these, for an employer who is named. stopped: interrupted.
    retired_from: pensions granted, paid now (drawing) or suspended; since: from which month. elsewhere: declared as insured outside
    the city. joined_on: first enrolled in the employee pension. declared: the occupation is what the person said.
    """

    occupation: Occupation = Occupation.NOT_WORKING
    born: date | None = None
    sex: str | None = None
    origin: Origin = Origin.LOCAL
    resident: bool = False
    newborn: bool = False
    dead: bool = False
    active: frozenset[Scheme] = frozenset()
    by_employer: frozenset[Scheme] = frozenset()
    stopped: frozenset[Scheme] = frozenset()
    retired_from: frozenset[Scheme] = frozenset()
    drawing: bool = False
    since: date | None = None
    elsewhere: frozenset[Scheme] = frozenset()
    joined_on: date | None = None
    declared: bool = False


ONLY_BY_EMPLOYER = frozenset({Scheme.UNEMPLOYMENT, Scheme.WORK_INJURY, Scheme.MATERNITY, Scheme.PUBLIC_SECTOR_PENSION})
_ALONE = frozenset({Scheme.EMPLOYEE_PENSION, Scheme.EMPLOYEE_MEDICAL})
_HK_MACAO_TAIWAN = (frozenset({"04", "05", "06", "17"}), frozenset({"30", "31", "32", "33"}))
_PERMANENT = (frozenset({"07"}), frozenset({"42"}))
_FOREIGN = (frozenset({"08", "11", "12", "13"}), frozenset({"40", "41"}))

Row = Mapping[str, Any]


def circumstances_of(
    facts: Row,
    enrolments: Iterable[Row],
    *,
    on: date,
    occupation: Occupation | None = None,
    elsewhere: frozenset[Scheme] = frozenset(),
) -> Circumstances:
    """From a person's facts and enrolments as of a day, as the register's tables name them.

    occupation, elsewhere: what the person declared on the form; without, the enrolments tell as much as they can. Who says that
    he is insured outside the city and not in what counts as insured in everything that employees have.
    """
    if occupation is Occupation.AWAY_INSURED and not elsewhere:
        elsewhere = ONLY_BY_EMPLOYER - {Scheme.PUBLIC_SECTOR_PENSION} | _ALONE
    rows = [(Scheme(row["scheme"]), EnrolmentState(row["state"]), row) for row in enrolments]
    active = frozenset(scheme for scheme, state, _ in rows if state in ACTIVE)
    by_employer = frozenset(
        scheme
        for scheme, state, row in rows
        if state in ACTIVE
        and (row["source"] == "public_pension" or (row["source"] == "employee" and row["employer_no"]))
    )
    alone = any(state in ACTIVE and row["source"] == "employee" and not row["employer_no"] for _, state, row in rows)
    drawn = [(scheme, row) for scheme, state, row in rows if state is EnrolmentState.DRAWING and scheme in PENSIONS]
    firsts = [row["first_enrolled_on"] for scheme, _, row in rows if scheme is Scheme.EMPLOYEE_PENSION]
    return Circumstances(
        occupation=occupation or _occupation(by_employer, alone=alone),
        born=facts["birth_date"],
        sex=facts["sex"],
        origin=_origin(facts),
        resident=facts["residence"] == "RESIDENT",
        newborn=facts["scope"] == "UNREGISTERED_NEWBORN",
        dead=facts["death_on"] <= on if facts["death_on"] else facts["hukou_status"] == "DECEASED",
        active=active,
        by_employer=by_employer,
        stopped=frozenset(scheme for scheme, state, _ in rows if state is EnrolmentState.INTERRUPTED) - active,
        retired_from=frozenset(
            scheme
            for scheme, state, _ in rows
            if state in (EnrolmentState.DRAWING, EnrolmentState.DRAWING_SUSPENDED) and scheme in PENSIONS
        ),
        drawing=bool(drawn),
        since=_since(drawn),
        elsewhere=elsewhere,
        joined_on=min((day for day in firsts if day), default=None),
        declared=occupation is not None,
    )


def _occupation(by_employer: frozenset[Scheme], *, alone: bool) -> Occupation:
    """As `bulk.registry.covering` tells who is employed; who is in the employees' system without an employer works flexibly."""
    if Scheme.PUBLIC_SECTOR_PENSION in by_employer:
        return Occupation.PUBLIC_SECTOR
    if by_employer:
        return Occupation.EMPLOYEE
    return Occupation.FLEXIBLE_WORKER if alone else Occupation.NOT_WORKING


def _origin(facts: Row) -> Origin:
    if facts["hukou_status"] == "NORMAL":  # the police list is that of this city
        return Origin.LOCAL
    document, kind = facts["doc_type"], facts["hukou_type"]
    for origin, (documents, kinds) in (
        (Origin.HK_MACAO_TAIWAN, _HK_MACAO_TAIWAN),
        (Origin.PERMANENT_FOREIGNER, _PERMANENT),
        (Origin.FOREIGNER, _FOREIGN),
    ):
        if document in documents or kind in kinds:
            return origin
    return Origin.ELSEWHERE


def _since(drawn: list[tuple[Scheme, Row]]) -> date | None:
    """The month that counts: where a resident pension is drawn beside another, it is the one that ends (衔接暂行办法第八条)."""
    months = [
        (scheme is Scheme.RESIDENT_PENSION, row["pension_since"]) for scheme, row in drawn if row["pension_since"]
    ]
    return min(months)[1] if months else None
