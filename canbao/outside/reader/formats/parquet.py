"""Parquet by pyarrow: the names of its columns, then its rows as text, a batch at a time."""

from __future__ import annotations

from io import BytesIO, FileIO
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.outside.reader.columns import packed
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats.text import as_text, first_use
from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import LONGEST_HEADING, MIB, Limits

ROWS_AT_ONCE: Final = 16_384
_BYTES_AT_ONCE: Final = 16 * MIB
_LONGEST_METADATA: Final = 64 * MIB


def read(file: FileIO, out: FrameWriter, limits: Limits) -> None:
    """Answers a head with the header, then batches. Pages are read as they are needed: a row group may be of any size."""
    try:
        opened = pq.ParquetFile(
            pa.PythonFile(file, "r"), pre_buffer=False, buffer_size=MIB, thrift_string_size_limit=_LONGEST_METADATA,
            thrift_container_size_limit=1_000_000, arrow_extensions_enabled=False,
        )  # fmt: skip
        names = opened.schema_arrow.names
        if len(names) > limits.columns:
            raise ReaderError(Failure.TOO_MANY_COLUMNS)
        if opened.metadata.num_rows > limits.rows:
            raise ReaderError(Failure.TOO_MANY_ROWS)
        out.head(header=[name[:LONGEST_HEADING] for name in names], header_row=-1)
        if names:
            _rows(opened, out, limits)
    except (MemoryError, pa.ArrowCapacityError) as error:
        raise ReaderError(Failure.MEMORY) from error
    except BrokenPipeError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ReaderError(Failure.DAMAGED) from error


def _rows(opened: pq.ParquetFile, out: FrameWriter, limits: Limits) -> None:
    rows = 0
    for batch in opened.iter_batches(_at_once(opened), use_threads=False):
        rows += batch.num_rows
        if rows > limits.rows:
            raise ReaderError(Failure.TOO_MANY_ROWS)
        out.batch(packed([as_text(column) for column in batch.columns]))


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
