"""第三、十六条: 未参保, 未参齐险种, 断保."""

from __future__ import annotations

from datetime import date

from canbao.rules.codes import Scheme
from canbao.rules.duty import DECISION_TABLE, DutyFacts, Employment, Gap, gap, missing, must, signs

SHORT = {
    "110": Scheme.EMPLOYEE_PENSION,
    "310": Scheme.EMPLOYEE_MEDICAL,
    "210": Scheme.UNEMPLOYMENT,
    "410": Scheme.WORK_INJURY,
    "510": Scheme.MATERNITY,
    "170": Scheme.RESIDENT_PENSION,
    "390": Scheme.RESIDENT_MEDICAL,
    "120": Scheme.PUBLIC_SECTOR_PENSION,
}
TODAY = date(2026, 11, 1)


def schemes(text: str) -> frozenset[Scheme]:
    return frozenset(SHORT[code] for code in text.split())


def test_which_target_group_a_person_belongs_to(table):
    for row in table("""
        employed      | active              | interrupted | drawing | elsewhere | gap
        NONE          |                     |             |         |           | NONE_AT_ALL
        EMPLOYER      |                     |             |         |           | NONE_AT_ALL
        NONE          |                     |             |         | yes       | NONE
        NONE          |                     | 110 310     |         |           | LAPSED
        NONE          | 390                 |             |         |           | NONE
        NONE          | 170 390             |             |         |           | NONE
        NONE          | 170 390             | 110 310     |         |           | NONE
        NONE          | 390                 | 110 310     |         |           | LAPSED
        NONE          | 110 310             | 210 410 510 |         |           | NONE
        EMPLOYER      | 110 310 210 410 510 |             |         |           | NONE
        EMPLOYER      | 110 310 210 410     |             |         |           | NONE
        EMPLOYER      | 110 310 210         |             |         |           | MISSING_SCHEME
        EMPLOYER      | 110 310 210         | 410         |         |           | LAPSED
        EMPLOYER      | 410 390             |             |         |           | MISSING_SCHEME
        EMPLOYER      | 310 210 410         | 110         |         |           | LAPSED
        PUBLIC_SECTOR | 120 310             |             |         |           | NONE
        PUBLIC_SECTOR | 120                 |             |         |           | MISSING_SCHEME
        NONE          | 170                 |             | yes     |           | NONE
        EMPLOYER      | 110                 | 310         | yes     |           | NONE
    """):
        facts = DutyFacts(
            active=schemes(row["active"]),
            interrupted=schemes(row["interrupted"]),
            drawing=row["drawing"] == "yes",
            employment=Employment(row["employed"]),
            elsewhere=row["elsewhere"] == "yes",
        )
        assert gap(facts, on=TODAY) == row["gap"], row


def test_maternity_comes_with_employee_medical_since_the_two_were_joined():
    facts = DutyFacts(active=schemes("110 310 210 410"), employment=Employment.EMPLOYER)
    assert missing(facts, on=date(2019, 12, 31)) == {Scheme.MATERNITY}
    assert missing(facts, on=date(2020, 1, 1)) == frozenset()


def test_nothing_is_owed_before_the_law():
    assert must(Employment.EMPLOYER, on=date(2011, 6, 30)) == frozenset()
    assert must(Employment.PUBLIC_SECTOR, on=date(2014, 9, 30)) == frozenset()


def test_the_decision_table_asks_only_for_known_signs_and_always_answers():
    known = set(signs(DutyFacts(), on=TODAY))
    assert all(set(wanted) <= known for wanted, _ in DECISION_TABLE)
    assert DECISION_TABLE[-1] == ({}, Gap.NONE)
