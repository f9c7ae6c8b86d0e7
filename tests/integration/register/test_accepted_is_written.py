"""Whatever intake accepts can be written: odd cells in every column of every source, from the files to the tables of the register."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from canbao.bulk.sources import Column, SourceMap, source_map, sources
from canbao.rules.columns import COLUMNS, Type
from canbao.rules.matching import EXPLAINING
from canbao.services import intake
from canbao.store.models import BatchStatus, Enrolment, ListedSpell, MatchRun, Person, RunState, SourceState
from tests.integration.intake.builders import COMMITTER, OTHER, Desk
from tests.integration.register.conftest import FIRST, Register, number

pytestmark = pytest.mark.django_db(transaction=True)

ROWS, ODD_CELLS = 100, 2  # of a list; of a row, so that many rows are taken in spite of them
LONG = 20_000

# What is always among the odd cells, whatever the column; NUL and lone surrogates do not survive in every format.
ALWAYS = (
    "\0", "a\0b", "\ud800", "\udfff张", "\ue000\uf8ff", "\U000f0000", "\U0010ffff", "\ufffe\uffff", "\ufeff", "\u202e\u2066",
    "\u0301" * 40, "㍿" * 60, "ﷺ" * 20, "𠀀" * 60, "装" * 128, "张" * LONG, "0" * 50, "9" * 400, "NaN", "inf", "-Infinity", "1e309",
    "1E-400", "-0", "0x1F", "٠١٢٣", "１２３", "'", '"', '"""', "\\N", "\\", "NULL", "null", "=1+1", "a\tb", "a\rb", "a\nb", ",", ";",
    "00010101", "99991231", "99990101", "20261301", "20260230", "-0001-01-01", "290000101", "2026-12-31T23:59:60", "infinity",
    "now()", "epoch", "9223372036854775808", "170141183460469231731687303715884105728", "00000000000000000X", "·" * 30, "  ",
)  # fmt: skip
ODD = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.text(st.characters(categories=("Co", "Cf", "Mn", "Zs", "Cc", "Cs", "Cn")), max_size=6),
        st.text("0123456789", min_size=1, max_size=60),
        st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=3), st.integers(20, 300)),
        st.dates().map(str),
        st.integers().map(str),
        st.floats().map(str),
    ),
    min_size=40,
    max_size=60,
)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "明丽军敏静强磊洋艳勇杰娟涛超霞平刚英华文"


def usual(column: Column, source: str, row: int, random: Random) -> str:
    """A cell as it should be."""
    kind = COLUMNS[column.canonical].type
    if kind is Type.CODE:
        return random.choice(sorted(column.mapping(source)))
    if column.canonical == "employer_uscc":
        return "91500112MA5U000000"
    if column.canonical == "birth_certificate":
        return f"T50{row:07d}"
    return {
        Type.NUMBER: number(row % 1000),
        Type.NAME: SURNAMES[row % 20] + GIVEN[row // 20 % 20] + GIVEN[row * 7 % 20],
        Type.KEY: f"K{row:06d}",
        Type.PHONE: f"139{row * 7919 % 10**8:08d}",
        Type.DIVISION: "500112015",
        Type.DATE: "19900101",
        Type.TEXT: f"某路{row}号",
    }[kind]


def rows_of(source: SourceMap, odd: list[str], random: Random) -> list[list[str]]:
    """The rows of a list, each with a few odd cells and a few empty ones."""
    made = []
    for row in range(ROWS):
        cells = [usual(column, source.source, row, random) for column in source.columns]
        places = random.sample(range(len(cells)), k=min(len(cells), 2 * ODD_CELLS))
        for place in places[:ODD_CELLS]:
            cells[place] = random.choice(odd)
        for place in places[ODD_CELLS:]:
            cells[place] = "" if not source.columns[place].filled else cells[place]
        made.append(cells)
    return made


def as_csv(header: list[str], rows: list[list[str]]) -> bytes:
    """With a few lone surrogates; a file with many is refused, as nobody can read it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    text = out.getvalue()
    is_readable = sum("\ud800" <= char <= "\udfff" for char in text) < 5
    return text.encode("utf-8", "surrogatepass" if is_readable else "ignore")


def as_parquet(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    cells = [[cell.encode("utf-8", "ignore").decode() for cell in column] for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(dict(zip(header, map(pa.array, cells), strict=True))), out)
    return out.getvalue()


def take_in(desk: Desk, odd: list[str], random: Random) -> None:
    """One list of every source, as text or as Parquet; what is held is released by two people. All rows are accounted for."""
    for index, source in enumerate(map(source_map, sorted(sources()))):
        header, rows = [column.code for column in source.columns], rows_of(source, odd, random)
        write, name = (as_csv, "list.csv") if (index + random.randrange(2)) % 2 else (as_parquet, "list.parquet")
        batch = desk.receive(desk.deliver(write(header, rows), source=source.source, name=name)).batch
        if batch.status == BatchStatus.COMMITTED:
            continue  # hypothesis tries an example again
        for approver in (COMMITTER, OTHER):
            if batch.status == BatchStatus.HELD:
                batch = intake.approve(batch.pk, actor=approver, at=FIRST, reason="已核实")
        counts = intake.commit(batch.pk, actor=OTHER, at=FIRST).counts
        taken = counts["accepted"] + counts["unchanged"]
        assert taken + counts["quarantined"] + counts["rejected"] == batch.delivery.rows, (source.source, counts)
        assert taken, (source.source, counts, batch.warnings)


def check_written(run: MatchRun, home: Path) -> None:
    """Every accepted record is in the register, or has its outcome where its list adds nobody."""
    accepted = {state.source: state.rows for state in SourceState.objects.all()}
    assert run.state == RunState.APPLIED and run.counts["left_out"] == {}
    assert {source: sum(found.values()) for source, found in run.counts["lists"].items()} == {
        source: accepted[source] for source in EXPLAINING
    }
    links = pq.read_table(home / run.folder / "links.parquet").to_pylist()
    assert (
        len(links) == run.counts["records"] == sum(accepted[source] for source in accepted if source not in EXPLAINING)
    )
    assert {link["person_id"] for link in links} == set(Person.objects.values_list("id", flat=True))
    enrolled = {source for source in accepted if any(column.to == "scheme" for column in source_map(source).columns)}
    assert set(Enrolment.objects.values_list("source", "record_key")) == {
        (link["source"], link["record_key"]) for link in links if link["source"] in enrolled
    }
    assert ListedSpell.objects.count() == sum(found["APPLIED"] for found in run.counts["lists"].values()) > 0


@settings(max_examples=3, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(drawn=ODD, seed=st.integers(0, 10**6))
def test_every_accepted_row_is_written(register: Register, drawn: list[str], seed: int) -> None:
    """Each example takes the place of the lists of the one before, so that changes and ends are written as well."""
    take_in(register.desk, [*ALWAYS, *drawn], Random(f"{seed} {drawn}"))
    check_written(register.run(FIRST + timedelta(seconds=MatchRun.objects.count())).run, register.desk.home)
