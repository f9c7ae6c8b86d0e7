"""What goes back to the sender: the rows that were not taken, in his own layout, with the reason."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk.cells import safe
from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import raw_column, raw_rows
from canbao.bulk.sources.headers import REASON
from canbao.bulk.sources.reasons import sentence
from canbao.bulk.sqltext import SQL, identifier, joined, literal, parquet, sql
from canbao.rules.spreadsheets import safe_cell

_LONG_NUMBER: Final = literal("[0-9]{12,}[0-9Xx]?")  # a spreadsheet would round it; a tab in front keeps it a text


def write_returns(
    engine: DuckEngine,
    folder: Folder,
    *,
    index: int,
    names: Sequence[str],
    raw: Path,
    labels: Mapping[str, str],
    target: Path,
) -> int:
    """Write the quarantined and rejected rows of one file as CSV; returns how many, and writes nothing for none.

    names: the sender's own column names; they become the first line of the file and never part of a statement.
    """
    faults = sql(
        "select * from {outcome} where file = {index} and verdict in ('quarantined', 'rejected')",
        outcome=parquet(folder.outcome),
        index=index,
    )
    broken = sql("select * from {broken} where file = {index}", broken=folder.broken, index=index)
    both = {"faults": faults, "broken": broken}
    if not engine.value(sql("select (select count(*) from ({faults})) + (select count(*) from ({broken}))", **both)):
        target.unlink(missing_ok=True)
        return 0
    found = engine.rows(sql("select distinct reasons from ({faults}) union select problem from ({broken})", **both))
    _register_sentences(engine, [reasons for (reasons,) in found], labels)
    kept = [position for position, name in enumerate(names) if name != REASON]
    rows = folder.path / f"returned-{index:04d}.csv"
    count = engine.to_csv(_rows(folder, raw_rows(raw, len(names)), kept, **both), rows, header=False)
    engine.unregister("sentences")
    _with_header(rows, [*(names[position] for position in kept), REASON], target)
    return count


def _rows(folder: Folder, raw: SQL, kept: Sequence[int], *, faults: SQL, broken: SQL) -> SQL:
    """Rows that fit the header and lines that did not, in the order of the file."""
    return sql(
        """
        select * exclude (row) from (
            select {sent}, '第 ' || faults.row || ' 行:' || sentence, faults.row as row
            from ({faults}) faults join sentences using (reasons)
            join {mapped} mapped on mapped.file = faults.file and mapped.row = faults.row
            join {raw} on raw.file_row_number = mapped.position
            union all
            select {cells}, '第 ' || row || ' 行:' || sentence, row
            from ({broken}) broken join sentences on sentences.reasons = broken.problem)
        order by row
        """,
        sent=joined(", ", [_text(sql("raw.{name}", name=identifier(raw_column(p)))) for p in kept]),
        cells=joined(", ", [_text(sql("cells[{place}]", place=position + 1)) for position in kept]),
        faults=faults,
        broken=broken,
        mapped=folder.mapped,
        raw=raw,
    )


def _register_sentences(engine: DuckEngine, reasons: list[str], labels: Mapping[str, str]) -> None:
    texts = [sentence(reason, names=labels) for reason in reasons]
    engine.register(
        "sentences", pa.table({"reasons": pa.array(reasons, pa.string()), "sentence": pa.array(texts, pa.string())})
    )


def _text(column: SQL) -> SQL:
    return sql(
        "case when regexp_full_match({column}, {long}) then chr(9) || {column} else {safe} end",
        column=column,
        long=_LONG_NUMBER,
        safe=safe(column),
    )


def _with_header(rows: Path, header: Sequence[str], target: Path) -> None:
    """The rows below their header; Excel takes a CSV for UTF-8 only with the byte order mark."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([safe_cell(name) for name in header])
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    with rows.open("rb") as source, part.open("wb") as out:
        out.write(b"\xef\xbb\xbf" + line.getvalue().encode())
        shutil.copyfileobj(source, out)
    part.replace(target)
    rows.unlink()
