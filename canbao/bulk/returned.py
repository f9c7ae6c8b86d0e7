"""Corrected rows that come back: each must still be the record it was, whatever the program did to it that it was opened with.

An error file carries a mark for every row: `R12-1-6-9F3A01BC` is delivery 12, its first file, row 6, and a digest of the record
key. A spreadsheet that takes 000123457 for a number sends 123457 back, which would be somebody new: such a row is held.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from canbao.bulk.engine import DuckEngine, mark_of
from canbao.bulk.raw import raw_column, raw_rows
from canbao.bulk.sqltext import SQL, identifier, literal, parquet, path_literal, sql

_MARK: Final = literal("R[0-9]+-[0-9]+-[0-9]+-([0-9A-F]{8})")
REASON_OF_ALTERED: Final = "KEY:RETURNED_KEY"
REASON_OF_ZEROLESS: Final = "KEY:LOST_ZEROS"


def key_check(key: SQL) -> SQL:
    """The end of a mark: a digest of the record key; nothing for a row without key."""
    return sql("coalesce('-' || upper(left(md5({key}), 8)), '')", key=key)


def mark_check(mark: SQL) -> SQL:
    """The end of a mark as it came back; "" where it has none."""
    return sql("coalesce('-' || nullif(regexp_extract(upper({mark}), {pattern}, 1), ''), '')", mark=mark, pattern=_MARK)


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

    A corrected row may say anything else than the record, so nothing but the key is compared. base: the accepted state of the source.
    """
    lost = lost_zeros(parquet(mapped), parquet(base))
    zeroless = sql("select distinct sent.position {lost}", lost=lost)
    _hold(engine, mapped, zeroless, REASON_OF_ZEROLESS)


def lost_zeros(rows: SQL, base: SQL) -> SQL:
    """What stands behind `select`: `sent`, the rows, and `known`, the records that only zeros in front of the key keep from them.

    A row whose key a record has as it is, is that record's.
    """
    return sql(
        """
        from {rows} sent join (select * from {base} where starts_with(record_key, '0')) known
            on ltrim(known.record_key, '0') = sent.record_key
        where not exists (select 1 from {base} own where own.record_key = sent.record_key)
        """,
        rows=rows, base=base,
    )  # fmt: skip


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
