"""Writing deliveries: split files, encodings, digests, the manifest."""

import gzip
import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import xlsxwriter

from synth.shape import PER_FILE

ENDINGS = {"csv": "csv", "csv.gz": "csv.gz", "parquet": "parquet", "xlsx": "xlsx"}
PLAIN = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
QUOTE = b"\x01"
READ_AT_ONCE = 1 << 20
UTF16 = {
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}  # the mark stands before the first line only


class _Csv:
    """CSV in any encoding, plain or compressed, digested while it is written."""

    def __init__(self, path: Path, columns: list[str], encoding: str, compress: bool) -> None:
        self.encoding = encoding
        self.file: BinaryIO = path.open("wb")
        self.sink: Any = gzip.GzipFile("", "wb", 6, self.file, mtime=0) if compress else self.file
        self._put((",".join(columns) + "\n").encode(self.encoding))  # with the mark where the encoding has one

    def _put(self, data: bytes) -> None:
        self.sink.write(data)

    def add(self, rows: pa.Table) -> None:
        data = _plain(rows)
        if self.encoding.startswith("utf-16"):
            data = data.decode().encode(UTF16[self.encoding])
        elif self.encoding != "utf-8":  # GBK has no hard blank, and loses what it cannot write
            data = data.decode().replace("\u00a0", " ").encode(self.encoding, "replace")
        self._put(data)

    def close(self) -> None:
        if self.sink is not self.file:
            self.sink.close()
        self.file.close()


def _plain(rows: pa.Table) -> bytes:
    """Cells behind one another without quotes; where a cell has some of its own (`="5009…"`), as it is."""
    buffer = io.BytesIO()
    try:
        pyarrow.csv.write_csv(rows, buffer, PLAIN)
        return buffer.getvalue()
    except pa.ArrowInvalid:
        buffer = io.BytesIO()
        hidden = [pc.replace_substring(column, '"', QUOTE.decode()) for column in rows.columns]
        pyarrow.csv.write_csv(pa.table(hidden, rows.column_names), buffer, PLAIN)
        return buffer.getvalue().replace(QUOTE, b'"')


class _Parquet:
    def __init__(self, path: Path, columns: list[str]) -> None:
        self.writer = pq.ParquetWriter(path, pa.schema([(name, pa.string()) for name in columns]), compression="zstd")

    def add(self, rows: pa.Table) -> None:
        self.writer.write_table(rows)

    def close(self) -> None:
        self.writer.close()


class _Xlsx:
    def __init__(self, path: Path, columns: list[str]) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
        self.book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
        self.page = self.book.add_worksheet()
        self.line = 0
        self._put([columns])

    def _put(self, lines: list[list[str]]) -> None:
        for values in lines:
            for column, value in enumerate(values):
                if value:
                    self.page.write_string(self.line, column, value)
            self.line += 1

    def add(self, rows: pa.Table) -> None:
        self._put([list(line) for line in zip(*(column.to_pylist() for column in rows.columns), strict=True)])

    def close(self) -> None:
        self.book.close()


@dataclass
class Delivery:
    """One department's folder, filled block by block."""

    folder: Path
    source: str
    as_of: str
    kind: str = "full"
    form: str = "csv"
    encoding: str = "utf-8"
    files: list[dict[str, Any]] = field(default_factory=list)
    current: Any = None
    rows: int = 0
    counted: bool = True  # whether the manifest says how many rows there are

    def add(self, rows: pa.Table) -> None:
        """Append rows, starting a new file whenever one is full."""
        while rows.num_rows:
            if self.current is None:
                self._open(rows.column_names)
            part = rows.slice(0, PER_FILE - self.rows)
            self.current.add(part)
            self.rows += part.num_rows
            rows = rows.slice(part.num_rows)
            if self.rows == PER_FILE:
                self._shut()

    def _open(self, columns: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.source}_{len(self.files) + 1:02d}.{ENDINGS[self.form]}"
        path = self.folder / name
        self.files.append({"name": name, "rows": 0, "sm3": ""})
        if self.form == "parquet":
            self.current = _Parquet(path, columns)
        elif self.form == "xlsx":
            self.current = _Xlsx(path, columns)
        else:
            self.current = _Csv(path, columns, self.encoding, self.form == "csv.gz")

    def _shut(self) -> None:
        self.current.close()
        entry = self.files[-1]
        entry["rows"], entry["sm3"] = self.rows, _sm3(self.folder / entry["name"])
        self.current, self.rows = None, 0

    def close(self) -> None:
        """Finish the last file and write the manifest; who has nothing to send sends nothing."""
        if self.current is not None:
            self._shut()
        if not self.files:
            return
        files = self.files if self.counted else [{k: v for k, v in file.items() if k != "rows"} for file in self.files]
        manifest = {"source": self.source, "kind": self.kind, "as_of": self.as_of, "files": files}
        (self.folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _sm3(path: Path) -> str:
    digest = hashlib.new("sm3")
    with path.open("rb") as file:
        while part := file.read(READ_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()
