"""Corrected rows that come back: each must still be the record it was, whatever the program did to it that it was opened with.

An error file carries a mark for every row: `R12-1-6-9F3A01BC` is delivery 12, its first file, row 6, and a digest of the record
key. A spreadsheet that takes 000123457 for a number sends 123457 back, which would be somebody new: such a row is held.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from canbao.bulk.engine import DuckEngine, mark_of
from canbao.bulk.raw import raw_column, raw_rows
from canbao.bulk.sqltext import SQL, identifier, literal, path_literal, sql

_MARK: Final = literal("R[0-9]+-[0-9]+-[0-9]+-([0-9A-F]{8})")
REASON_OF_ALTERED: Final = "KEY:RETURNED_KEY"
REASON_OF_ZEROLESS: Final = "KEY:LOST_ZEROS"


def key_check(key: SQL) -> SQL:
    """The end of a mark: a digest of the record key; nothing for a row without key."""
    return sql("coalesce('-' || upper(left(md5({key}), 8)), '')", key=key)


def hold_altered(engine: DuckEngine, *, mapped: Path, raw: Path, width: int, mark: int) -> None:
    """Quarantine the mapped rows of one file whose key is not the one that was sent back.

    raw: the landed file with `width` columns, of which the one at `mark` (from 0) holds the marks.
    """
    marks = sql(
        "select file_row_number as position, coalesce(regexp_extract(upper({cell}), {pattern}, 1), '') as checked from {raw}",
        cell=identifier(raw_column(mark)), pattern=_MARK, raw=raw_rows(raw, width),
    )  # fmt: skip
    altered = sql(
        "select position from read_parquet({mapped}) mapped join ({marks}) marks using (position)"
        " where record_key is not null and checked <> '' and ('-' || checked) <> {check}",
        mapped=path_literal(mapped), marks=marks, check=key_check(sql("record_key")),
    )  # fmt: skip
    _hold(engine, mapped, altered, REASON_OF_ALTERED)


def hold_zeroless(engine: DuckEngine, *, mapped: Path, base: Path) -> None:
    """Quarantine the rows of a returned file without marks that only zeros at the beginning keep from a known record.

    base: the accepted state of the source.
    """
    zeroless = sql(
        """
        select position from read_parquet({mapped}) mapped
        where record_key is not null and record_key not like '0%'
            and record_key in (select ltrim(record_key, '0') from read_parquet({base}) where record_key like '0%')
            and record_key not in (select record_key from read_parquet({base}))
        """,
        mapped=path_literal(mapped), base=path_literal(base),
    )  # fmt: skip
    _hold(engine, mapped, zeroless, REASON_OF_ZEROLESS)


def _hold(engine: DuckEngine, mapped: Path, positions: SQL, reason: str) -> None:
    query = sql(
        """
        select mapped.* replace (
            case when held.position is null then reasons else concat_ws(';', {reason}, nullif(reasons, '')) end as reasons,
            case when held.position is null then verdict else 'quarantined' end as verdict)
        from read_parquet({mapped}) mapped left join ({positions}) held on held.position = mapped.position
        """,
        reason=literal(reason), mapped=path_literal(mapped), positions=positions,
    )  # fmt: skip
    engine.to_parquet(query, mapped, mark=mark_of(mapped))
