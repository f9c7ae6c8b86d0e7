"""What goes back to the sender: the rows that were not taken, in his own layout, with the reason and a mark for each."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk.cells import safe
from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import Part, raw_column, raw_columns, raw_rows, told_row
from canbao.bulk.returned import REASON_OF_ALTERED, key_check, mark_check
from canbao.bulk.sources import SourceMap
from canbao.bulk.sources.advice import explained
from canbao.bulk.sources.headers import MARK, OP, REASON
from canbao.bulk.sqltext import SQL, columns, identifier, joined, literal, parquet, sql
from canbao.rules.damage import NumberDamage
from canbao.rules.spreadsheets import KEPT_BY_A_TAB, safe_cell

_NO_PART_OF_A_KEY: Final = frozenset(NumberDamage)
_KEPT: Final = literal(KEPT_BY_A_TAB)


@dataclass(frozen=True)
class Sent:
    """A file as its sender laid it out. names: of its columns; positions: where the items of the map are among them;
    parts: the sheets of a workbook.
    """

    source: SourceMap
    index: int
    names: Sequence[str]
    positions: dict[str, int]
    raw: Path
    parts: tuple[Part, ...] = ()

    @property
    def kept(self) -> list[int]:
        """The sender's own columns: without what an earlier error file added."""
        return [position for position, name in enumerate(self.names) if name.strip() not in (REASON, MARK)]

    @property
    def carried(self) -> SQL:
        """The digest at the end of the mark that a row came back with; "" where there was none."""
        places = [position for position, name in enumerate(self.names) if name.strip() == MARK]
        return mark_check(sql("raw.{cell}", cell=identifier(raw_column(places[0])))) if places else sql("''")

    @property
    def header(self) -> list[str]:
        return [REASON, *(self.names[position] for position in self.kept), MARK]

    @property
    def headings(self) -> dict[str, str]:
        """Item to what its sender calls it, with the item's name where that is another."""
        found = {}
        for column in self.source.columns:
            heading = self.names[self.positions[column.code]] if column.code in self.positions else column.label
            found[column.code] = f"{heading}（{column.label}）" if column.label not in heading else heading
        return found


def write_returns(engine: DuckEngine, folder: Folder, sent: Sent, *, delivery: int, rows: Path, target: Path) -> int:
    """Write the quarantined and rejected rows of one file, in its order, to `rows` and as CSV to `target`; returns how many.

    rows: Parquet with row, reason, codes, the sender's cells (c1, c2 …, those of `sent.kept`), mark. Nothing is written for none.
    The sender's own column names become the first line of the CSV and never part of a statement.
    """
    faults = sql(
        "select * from {outcome} where file = {index} and verdict in ('quarantined', 'rejected')",
        outcome=parquet(folder.outcome),
        index=sent.index,
    )
    broken = sql("select * from {broken} where file = {index}", broken=folder.broken, index=sent.index)
    both = {"faults": faults, "broken": broken}
    for path in (rows, target):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    if not engine.value(sql("select (select count(*) from ({faults})) + (select count(*) from ({broken}))", **both)):
        return 0
    found = engine.rows(sql("select distinct reasons from ({faults}) union select problem from ({broken})", **both))
    _register_sentences(engine, [reasons for (reasons,) in found], sent)
    count = engine.to_parquet(_rows(folder, sent, delivery, **both), rows)
    engine.unregister("sentences")
    _write_csv(engine, rows, sent, target)
    return count


def _rows(folder: Folder, sent: Sent, delivery: int, *, faults: SQL, broken: SQL) -> SQL:
    """Rows that fit the header and lines that did not, in the order of the file."""
    names = raw_columns(len(sent.kept))
    begins = literal(f"R{delivery}-{sent.index + 1}-")
    return sql(
        """
        select * from (
            select faults.row as row, {told} || '：' || sentence as reason, reasons as codes,
                {cells_of_rows}, {begins} || faults.row || case when altered then {carried} when fixed then {check} else '' end as mark
            from ({faults}) faults join sentences using (reasons)
            join {mapped} mapped on mapped.file = faults.file and mapped.row = faults.row
            join {raw} on raw.file_row_number = mapped.position
            union all
            select row, '第 ' || row || ' 行：' || sentence, problem, {cells_of_lines}, {begins} || row
            from ({broken}) broken join sentences on sentences.reasons = broken.problem)
        order by row
        """,
        cells_of_rows=joined(", ", [
            sql("raw.{cell} as {name}", cell=identifier(raw_column(p)), name=identifier(name))
            for p, name in zip(sent.kept, names, strict=True)
        ]),
        cells_of_lines=joined(", ", [sql("cells[{place}]", place=position + 1) for position in sent.kept]),
        told=told_row(sent.parts, row=sql("faults.row"), position=sql("mapped.position")),
        begins=begins, check=key_check(sql("mapped.record_key")), carried=sent.carried,
        faults=faults, broken=broken, mapped=folder.mapped, raw=raw_rows(sent.raw, len(sent.names)),
    )  # fmt: skip


def _register_sentences(engine: DuckEngine, reasons: list[str], sent: Sent) -> None:
    """fixed: nothing that makes the record key has to be corrected, so that it must come back as it is.

    altered: the row came back before with another key than it was sent back with.
    """
    texts = [explained(reason, headings=sent.headings) for reason in reasons]
    fixed = [_keeps_its_key(several, sent.source) for several in reasons]
    altered = [REASON_OF_ALTERED in several.split(";") for several in reasons]
    table = {"reasons": pa.array(reasons, pa.string()), "sentence": pa.array(texts, pa.string())}
    engine.register("sentences", pa.table(table | {"fixed": fixed, "altered": altered}))


def _keeps_its_key(reasons: str, source: SourceMap) -> bool:
    """A damaged cell is no part of a key: where it belongs to a later way of making it, the key of the row was made by an earlier one."""
    faults = dict(reason.split(":", 1) for reason in reasons.split(";") if ":" in reason)
    first, later = set(source.key[0]), {code for way in source.key[1:] for code in way}
    if not faults.keys().isdisjoint(first | {"KEY", "ROW", OP}):
        return False
    return all(problem in _NO_PART_OF_A_KEY for code, problem in faults.items() if code in later)


def _write_csv(engine: DuckEngine, rows: Path, sent: Sent, target: Path) -> None:
    names = ("reason", *raw_columns(len(sent.kept)), "mark")
    body = target.with_name(target.name + ".rows")
    query = sql(
        "select {cells} from (select row, {names} from {rows}) order by row",
        cells=joined(", ", [_text(identifier(name)) for name in names]), names=columns(names), rows=parquet(rows),
    )  # fmt: skip
    engine.to_csv(query, body, header=False)
    _with_header(body, sent.header, target)


def _text(column: SQL) -> SQL:
    """A tab in front keeps numbers and dates a text when a spreadsheet opens the CSV."""
    return sql(
        "case when regexp_full_match({column}, {kept}) then chr(9) || {column} else {safe} end",
        column=column,
        kept=_KEPT,
        safe=safe(column),
    )


def _with_header(rows: Path, header: Sequence[str], target: Path) -> None:
    """The rows below their header; Excel takes a CSV for UTF-8 only with the byte order mark."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([safe_cell(name) for name in header])
    part = target.with_name(target.name + ".part")
    with rows.open("rb") as source, part.open("wb") as out:
        out.write(b"\xef\xbb\xbf" + line.getvalue().encode())
        shutil.copyfileobj(source, out)
    part.replace(target)
    rows.unlink()
