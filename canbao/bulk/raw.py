"""The rows of a landed file: in the sender's order, under names of ours, whatever he calls his columns."""

from __future__ import annotations

from pathlib import Path

from canbao.bulk.sqltext import SQL, columns, path_literal, sql


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
