"""The rows of a landed file: in the sender's order, under names of ours, whatever he calls his columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from canbao.bulk.sqltext import SQL, columns, joined, literal, path_literal, sql


@dataclass(frozen=True)
class Part:
    """A sheet among the rows of a file. first: position of its first row (from 0); first_row: the number of that row in the sheet."""

    name: str
    first: int
    first_row: int


def told_row(parts: Sequence[Part], *, row: SQL, position: SQL) -> SQL:
    """A row as its sender finds it: the number that his program shows, behind the name of its sheet where there are several."""
    if len(parts) < 2:
        return sql("'第 ' || {row} || ' 行'", row=row)
    whens = [
        sql(
            "when {position} >= {first} then {sheet} || ({position} + {offset}) || ' 行'",
            position=position, first=part.first, sheet=literal(f"工作表“{part.name}”第 "), offset=part.first_row - part.first,
        )
        for part in reversed(parts)
    ]  # fmt: skip
    return sql("case {whens} end", whens=joined(" ", whens))


def raw_column(position: int) -> str:
    """What the column at a position (from 0) is called: c1, c2 …"""
    return f"c{position + 1}"


def raw_columns(count: int) -> tuple[str, ...]:
    """The names of all columns of a landed file."""
    return tuple(map(raw_column, range(count)))


def raw_rows(raw: Path, width: int) -> SQL:
    """A landed file as table `raw`: columns c1, c2 …, then file_row_number. Columns are taken by place, not by name."""
    return sql(
        "read_parquet({path}, file_row_number = true) as raw({names}, file_row_number)",
        path=path_literal(raw),
        names=columns(raw_columns(width)),
    )
