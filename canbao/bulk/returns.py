"""What goes back to the sender: the rows that were not taken, in his own layout, with the reason."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk.cells import safe
from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine, quoted
from canbao.bulk.profiling import identifier
from canbao.bulk.sources.headers import REASON
from canbao.bulk.sources.reasons import sentence
from canbao.rules.spreadsheets import safe_cell

_LONG_NUMBER: Final = "[0-9]{12,}[0-9Xx]?"  # a spreadsheet would round it; a tab in front keeps it a text


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
    """Write the quarantined and rejected rows of one file as CSV; returns how many, and writes nothing for none."""
    faults = f"select * from '{quoted(folder.outcome)}' where file = {index} and verdict in ('quarantined', 'rejected')"
    broken = f"select * from '{quoted(folder.broken)}' where file = {index}"
    if not engine.value(f"select (select count(*) from ({faults})) + (select count(*) from ({broken}))"):
        target.unlink(missing_ok=True)
        return 0
    _register_sentences(engine, f"select distinct reasons from ({faults}) union select problem from ({broken})", labels)
    kept = [(position, name) for position, name in enumerate(names, start=1) if name != REASON]
    sent = ", ".join(f"{_text('sent.' + identifier(name))} as {identifier(safe_cell(name))}" for _, name in kept)
    cells = ", ".join(_text(f"cells[{position}]") for position, _ in kept)
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    count = engine.value(
        f"""
        copy (
            select * exclude (row) from (
                select {sent}, '第 ' || faults.row || ' 行:' || sentence as {identifier(REASON)}, faults.row as row
                from ({faults}) faults join sentences using (reasons)
                join '{quoted(folder.mapped)}' mapped on mapped.file = faults.file and mapped.row = faults.row
                join read_parquet('{quoted(raw)}', file_row_number = true) sent on sent.file_row_number = mapped.position
                union all
                select {cells}, '第 ' || row || ' 行:' || sentence, row
                from ({broken}) broken join sentences on sentences.reasons = broken.problem)
            order by row)
        to '{quoted(part)}' (format csv, header, delimiter ',')
        """
    )
    engine.unregister("sentences")
    _with_mark(part, target)
    return int(count)


def _register_sentences(engine: DuckEngine, query: str, labels: Mapping[str, str]) -> None:
    reasons = [row[0] for row in engine.rows(query)]
    texts = [sentence(reason, names=labels) for reason in reasons]
    engine.register(
        "sentences", pa.table({"reasons": pa.array(reasons, pa.string()), "sentence": pa.array(texts, pa.string())})
    )


def _text(column: str) -> str:
    return f"case when regexp_full_match({column}, '{_LONG_NUMBER}') then chr(9) || {column} else {safe(column)} end"


def _with_mark(part: Path, target: Path) -> None:
    """Excel takes a CSV for UTF-8 only with the byte order mark."""
    marked = target.with_name(target.name + ".marked.part")
    with part.open("rb") as source, marked.open("wb") as out:
        out.write(b"\xef\xbb\xbf")
        shutil.copyfileobj(source, out)
    marked.replace(target)
    part.unlink()
