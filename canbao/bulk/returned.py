"""Corrected rows that come back: each must still be the record it was, whatever the program did to it that it was opened with.

An error file carries a mark for every row: `R12-1-6-9F3A01BC` is delivery 12, its first file, row 6, and a digest of the record
key. A spreadsheet that takes 000123457 for a number sends 123457 back, which would be somebody new: such a row is held.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import raw_column, raw_rows
from canbao.bulk.sqltext import SQL, identifier, literal, path_literal, sql

_MARK: Final = literal("R[0-9]+-[0-9]+-[0-9]+-([0-9A-F]{8})")
REASON_OF_ALTERED: Final = "KEY:RETURNED_KEY"


def key_check(key: SQL) -> SQL:
    """The end of a mark: a digest of the record key; nothing for a row without key."""
    return sql("coalesce('-' || upper(left(md5({key}), 8)), '')", key=key)


def hold_altered(engine: DuckEngine, *, mapped: Path, raw: Path, width: int, mark: int) -> None:
    """Quarantine the mapped rows of one file whose key is not the one that was sent back.

    raw: the landed file with `width` columns, of which the one at `mark` (from 0) holds the marks.
    """
    altered = sql(
        "mapped.record_key is not null and checked <> '' and ('-' || checked) <> {check}",
        check=key_check(sql("mapped.record_key")),
    )
    query = sql(
        """
        select mapped.* replace (
            case when {altered} then concat_ws(';', {reason}, nullif(reasons, '')) else reasons end as reasons,
            case when {altered} then 'quarantined' else verdict end as verdict)
        from read_parquet({mapped}) mapped join (
            select file_row_number as position, coalesce(regexp_extract(upper({cell}), {pattern}, 1), '') as checked
            from {raw}) marks using (position)
        """,
        altered=altered, reason=literal(REASON_OF_ALTERED), mapped=path_literal(mapped), pattern=_MARK,
        cell=identifier(raw_column(mark)), raw=raw_rows(raw, width),
    )  # fmt: skip
    engine.to_parquet(query, mapped)
