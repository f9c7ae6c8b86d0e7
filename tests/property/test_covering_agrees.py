"""Who is employed, and the target group: the set expressions of the register and the rules say the same on random rows."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from canbao.bulk.engine import DuckEngine
from canbao.bulk.registry import covering
from canbao.bulk.sqltext import sql
from canbao.rules.circumstances import Occupation, circumstances_of
from canbao.rules.codes import Scheme
from canbao.rules.duty import DutyFacts, Employment, gap
from canbao.rules.enrolment import ACTIVE, EnrolmentState, state_rows

ON = date(2026, 10, 31)
FACTS = {
    "birth_date": date(1990, 1, 1), "sex": "1", "residence": "RESIDENT", "scope": "LOCAL_HUKOU", "death_on": None,
    "hukou_status": "NORMAL", "doc_type": "01", "hukou_type": None,
}  # fmt: skip
_EMPLOYEES = ("EMPLOYEE_PENSION", "EMPLOYEE_MEDICAL", "UNEMPLOYMENT", "WORK_INJURY", "MATERNITY")
SCHEMES = {
    "employee": _EMPLOYEES, "public_pension": ("PUBLIC_SECTOR_PENSION",), "resident_pension": ("RESIDENT_PENSION",),
    "resident_medical": ("RESIDENT_MEDICAL",),
}  # fmt: skip
STATUSES = sorted({(status, payment) for status, payment, *_ in state_rows()}, key=str)


def rows(seed: int, people: int = 60) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    found = []
    for person in range(1, people + 1):
        for n in range(draw.randrange(1, 4)):
            status, payment = draw.choice(STATUSES)
            source = draw.choice(list(SCHEMES))
            found.append({
                "person_id": person, "source": source, "record_key": f"{person}-{n}",
                "scheme": draw.choice(SCHEMES[source]), "enrol_status": status, "payment_status": payment,
                "employer_no": draw.choice([None, None, "E1"]),
                "employer_uscc": draw.choice([None, "91500000MA5U000000"]),
            })  # fmt: skip
    return found


def enrolled(engine: DuckEngine, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The register's enrolments of some accepted rows."""
    dates = ("first_enrolled_on", "spell_from", "spell_to", "pension_since", "as_of")
    wide = [row | dict.fromkeys(dates) | {"capacity": None, "division": None} for row in given]
    kinds = {
        name: pa.date32() if name in dates else pa.int64() if name == "person_id" else pa.string() for name in wide[0]
    }
    engine.load("listed", pa.Table.from_pylist(wide, schema=pa.schema(list(kinds.items()))))
    engine.run(sql("create view link as select source, record_key, person_id from listed"))
    engine.run(sql("create table explained (person_id bigint, source varchar, from_on date, until_on date)"))
    covering.build(engine, on=ON)
    names = ("person_id", "scheme", "state", "source", "employer_no", "first_enrolled_on", "pension_since")
    query = sql(
        "select person_id, scheme, state, source, employer_no, first_enrolled_on, pension_since from enrolled"
        " order by person_id, record_key"
    )
    return [dict(zip(names, row, strict=True)) for row in engine.rows(query)]


@pytest.mark.parametrize("seed", range(4))
def test_the_register_and_the_rules_agree_on_who_is_employed_and_what_is_missing(seed: int, tmp_path: Path) -> None:
    with DuckEngine(tmp_path) as engine:
        found = enrolled(engine, rows(seed))
        gaps = dict(engine.rows(sql("select person_id, gap from covered")))
    assert {row["employer_no"] for row in found} == {None, "E1", "91500000MA5U000000"}
    for person in gaps:
        own = [row for row in found if row["person_id"] == person]
        told = circumstances_of(FACTS, own, on=ON)
        employment = {
            Occupation.PUBLIC_SECTOR: Employment.PUBLIC_SECTOR, Occupation.EMPLOYEE: Employment.EMPLOYER
        }.get(told.occupation, Employment.NONE)  # fmt: skip
        public = any(row["source"] == "public_pension" and row["state"] in ACTIVE for row in own)
        states = [(Scheme(row["scheme"]), EnrolmentState(row["state"])) for row in own]
        stopped = {EnrolmentState.INTERRUPTED, EnrolmentState.DRAWING_SUSPENDED}
        facts = DutyFacts(
            active=frozenset(scheme for scheme, state in states if state in ACTIVE),
            interrupted=frozenset(scheme for scheme, state in states if state in stopped),
            drawing=any(state is EnrolmentState.DRAWING for _, state in states),
            employment=Employment.PUBLIC_SECTOR if public else employment,
        )
        assert gaps[person] == gap(facts, on=ON), own
        assert (told.occupation is Occupation.EMPLOYEE) == (
            bool(told.by_employer) and Scheme.PUBLIC_SECTOR_PENSION not in told.by_employer
        )
