"""Files as programs write them, received without help: all hold the same eight people (`tests/programs/people.py`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from canbao.bulk.sqltext import sql
from canbao.services.intake.places import engine, folder_of
from tests.integration.intake.builders import Desk, counts, errors_of
from tests.programs import people as given

FILES = Path(given.__file__).parent / "files" / "programs"
NAMES = sorted(path.name for path in FILES.iterdir())
PROGRAMS = {"duckdb": 3, "libreoffice": 5, "oracle": 2, "pandas": 4, "spark": 3}


def test_there_are_files_of_every_program() -> None:
    assert {program: sum(name.startswith(program) for name in NAMES) for program in PROGRAMS} == PROGRAMS


def test_every_file_holds_the_same_people(desk: Desk) -> None:
    wanted = [tuple(_meant(person[name]) for name in NAMED) for person in given.people()]
    for name in NAMES:
        receipt = desk.receive(FILES / name, source=given.SOURCE, kind="full", as_of="2026-10-31")
        assert counts(receipt.batch) == {"accepted": 8, "new": 8}, name
        with engine(reads=[folder_of(receipt.delivery).path]) as session:
            rows = session.rows(sql(
                "select record_key, doc_number, name, former_name, sex, birth_date, household_no, division, address,"
                " hukou_status, moved_in_on from {rows} order by record_key",
                rows=folder_of(receipt.delivery).mapped,
            ))  # fmt: skip
        assert [(*row[:9], row[10]) for row in rows] == wanted, name


NAMED = [name for name in given.HEADER if name != "户籍状态"]


def _meant(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date()
    return str(cell) if isinstance(cell, int) else cell


def test_two_digit_years_are_asked_for_again_and_not_guessed(desk: Desk) -> None:
    path = FILES.parent / "held" / "oracle_two_digit_years.csv"
    batch = desk.receive(path, source=given.SOURCE, kind="full", as_of="2026-10-31").batch
    assert counts(batch) == {"quarantined": 8}
    assert all("“出生日期”" in row["退回原因"] for row in errors_of(batch))
