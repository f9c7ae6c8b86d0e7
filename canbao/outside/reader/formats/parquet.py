"""Parquet by pyarrow: the names of its columns, then its rows as text, a batch at a time."""

from __future__ import annotations

from io import BytesIO, FileIO
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.outside.reader.columns import packed
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats.text import as_text, first_use, is_single
from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import LONGEST_HEADING, MIB, Limits

ROWS_AT_ONCE: Final = 16_384
_BYTES_AT_ONCE: Final = 16 * MIB
_LONGEST_METADATA: Final = 64 * MIB
_SPARK: Final = frozenset({b"org.apache.spark.version", b"org.apache.spark.sql.parquet.row.metadata"})


def read(file: FileIO, out: FrameWriter, limits: Limits) -> None:
    """Answers a head with the header, then batches. Pages are read as they are needed: a row group may be of any size."""
    try:
        opened = pq.ParquetFile(
            pa.PythonFile(file, "r"), pre_buffer=False, buffer_size=MIB, thrift_string_size_limit=_LONGEST_METADATA,
            thrift_container_size_limit=1_000_000, arrow_extensions_enabled=False, coerce_int96_timestamp_unit="us",
        )  # fmt: skip
        names = opened.schema_arrow.names
        if len(names) > limits.columns:
            raise ReaderError(Failure.TOO_MANY_COLUMNS)
        if opened.metadata.num_rows > limits.rows:
            raise ReaderError(Failure.TOO_MANY_ROWS)
        types = opened.schema_arrow.types
        out.head(
            header=[name[:LONGEST_HEADING] for name in names],
            nested=[place for place, kind in enumerate(types) if not is_single(kind)],
        )
        if names:
            _rows(opened, out, limits)
    except (MemoryError, pa.ArrowCapacityError) as error:
        raise ReaderError(Failure.MEMORY) from error
    except BrokenPipeError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ReaderError(Failure.DAMAGED) from error


def _rows(opened: pq.ParquetFile, out: FrameWriter, limits: Limits) -> None:
    rows, instants = 0, _instants(opened)
    for batch in opened.iter_batches(_at_once(opened), use_threads=False):
        rows += batch.num_rows
        if rows > limits.rows:
            raise ReaderError(Failure.TOO_MANY_ROWS)
        out.batch(packed([as_text(column) for column in _in_utc(batch, instants)]))


def _instants(opened: pq.ParquetFile) -> frozenset[str]:
    """Old time columns (INT96) that Spark wrote: moments in UTC, of which the type does not tell. Midnight in China is 16:00 there."""
    if not _SPARK.intersection(opened.metadata.metadata or {}):
        return frozenset()
    columns = (opened.schema.column(place) for place in range(len(opened.schema)))
    return frozenset(column.path for column in columns if column.physical_type == "INT96")


def _in_utc(batch: pa.RecordBatch, instants: frozenset[str]) -> list[pa.Array]:
    named = zip(batch.schema.names, batch.columns, strict=True)
    return [column.view(pa.timestamp("us", "UTC")) if name in instants else column for name, column in named]


def _at_once(opened: pq.ParquetFile) -> int:
    """Fewer rows at a time where they are wide."""
    metadata = opened.metadata
    size = sum(metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups))
    return int(max(1, min(ROWS_AT_ONCE, _BYTES_AT_ONCE * metadata.num_rows // max(size, 1))))


def sample() -> bytes:
    content = BytesIO()
    first_use()
    pq.write_table(pa.table({"a": ["1"], "b": [1.5], "c": pa.array([0], pa.timestamp("us", "UTC"))}), content)
    return content.getvalue()
