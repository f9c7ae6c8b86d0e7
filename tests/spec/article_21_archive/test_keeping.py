"""第二十一条: the archive class of a paper and how long it is kept (人社部、国家档案局令第3号: 100 years from 1 January of the next year)."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules.evidence import ArchiveClass, EvidenceKind, archive_class, kept_from, kept_until


@pytest.mark.parametrize("kind", EvidenceKind)
def test_every_paper_beside_a_form_is_registration_material_of_the_insured_for_a_hundred_years(
    kind: EvidenceKind,
) -> None:
    filed = archive_class(kind)
    assert filed.label == "参保人员登记材料"
    assert filed.years == 100


@pytest.mark.parametrize(
    ("filed", "years"),
    [
        (ArchiveClass.EMPLOYERS, None),
        (ArchiveClass.REGISTRATION, 100),
        (ArchiveClass.ACCOUNTS, 100),
        (ArchiveClass.CERTIFICATES, 10),
        (ArchiveClass.CARDS, 50),
        (ArchiveClass.ELIGIBILITY, 50),
    ],
)
def test_the_periods_of_the_list(filed: ArchiveClass, years: int | None) -> None:
    assert filed.years == years


@pytest.mark.parametrize(
    ("arose_on", "years", "begins", "ends"),
    [
        (date(2026, 1, 1), 100, date(2027, 1, 1), date(2127, 1, 1)),
        (date(2026, 12, 31), 100, date(2027, 1, 1), date(2127, 1, 1)),
        (date(2027, 1, 1), 10, date(2028, 1, 1), date(2038, 1, 1)),
        (date(2026, 6, 1), None, date(2027, 1, 1), None),
    ],
)
def test_years_count_from_the_first_day_of_the_next_year(
    arose_on: date, years: int | None, begins: date, ends: date | None
) -> None:
    assert kept_from(arose_on) == begins
    assert kept_until(arose_on, years) == ends
