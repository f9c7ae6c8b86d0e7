"""One file of a delivery: decoded, landed as it came, mapped to the canonical columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from canbao.bulk import landing, profiling
from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine
from canbao.bulk.landing import Landed, Place
from canbao.bulk.sources import source_map
from canbao.bulk.sources.headers import OP, REASON, HeaderRefused, looks_like_header, resolve
from canbao.bulk.sqltext import identifier, path_literal, sql
from canbao.outside.files import decoding, gb18030
from canbao.outside.files.layout import layout_of
from canbao.outside.files.manifest import ListedFile, Manifest, check_rows
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.files.spreadsheet import Spreadsheet
from canbao.rules.division import load_tree

Step = Callable[[float], None]


@dataclass
class FileReport:
    """What is kept about one file."""

    name: str
    sm3: str
    rows: int = 0
    broken_rows: int = 0
    encoding: str = ""
    lost: int = 0
    mended: dict[str, int] = field(default_factory=dict)
    unknown_columns: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    first_row: int = 2

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Reader:
    """Reads the files of one delivery, one after another."""

    engine: DuckEngine
    folder: Folder
    manifest: Manifest
    step: Step

    def read(self, file: ListedFile, *, index: int, sm3: str) -> FileReport:
        """Land and map one file.

        Raises DeliveryRefused.
        """
        report = FileReport(file.name, sm3)
        place = Place(index, self.raw(index), self._piece("broken", index))
        landed = self._land(file, place, report)
        report.rows, report.broken_rows = landed.rows + landed.broken_rows, landed.broken_rows
        self._complete_returned(place, report)
        check_rows(file, report.rows)
        if not report.rows:
            raise DeliveryRefused("FILE:NO_ROWS", f"文件 {file.name} 只有表头，没有数据。", file=file.name)
        self._map(file, place, report, landed)
        return report

    def raw(self, index: int) -> Path:
        return self._piece("raw", index)

    def _piece(self, kind: str, index: int) -> Path:
        return self.folder.path / kind / f"{index:04d}.parquet"

    def _land(self, file: ListedFile, place: Place, report: FileReport) -> Landed:
        with file.path.open("rb") as handle:
            magic = handle.read(4)
        if magic == b"PAR1":
            return self._land_parquet(file, place, report)
        if magic == b"PK\x03\x04":
            return self._land_spreadsheet(file, place, report)
        if magic == b"\xd0\xcf\x11\xe0":
            raise DeliveryRefused(
                "FILE:OLD_EXCEL", f"文件 {file.name} 是旧版 .xls，请另存为 .xlsx 后再送。", file=file.name
            )
        return self._land_text(file, place, report)

    def _land_text(self, file: ListedFile, place: Place, report: FileReport) -> Landed:
        spill = self.folder.path / "spill.csv"
        decoded = decoding.decode(file.path, spill, progress=self.step)
        layout = layout_of(decoded, name=file.name)
        report.encoding, report.lost, report.mended = decoded.encoding, decoded.lost, dict(decoded.mended)
        report.columns, report.first_row = landing.column_names(layout.header), layout.header_lines + 1
        self._check_header(file, layout.header)
        landed = landing.land_text(
            self.engine,
            spill,
            names=report.columns,
            delimiter=layout.delimiter,
            quotes=layout.quotes,
            skip=layout.header_lines,
            place=place,
        )
        spill.unlink()
        if landed.runaway is not None:
            raise DeliveryRefused(
                "FILE:OPEN_QUOTE",
                f"文件 {file.name} 第 {landed.runaway} 行的引号没有配对，后面的行无法分清。",
                file=file.name,
            )
        return landed

    def _land_spreadsheet(self, file: ListedFile, place: Place, report: FileReport) -> Landed:
        sheet = Spreadsheet(file.path)
        report.encoding, report.columns = "xlsx", landing.column_names(sheet.header)
        report.first_row = sheet.header_row + 2
        self._check_header(file, sheet.header)
        landed = landing.land_tables(self.engine, sheet.tables(report.columns), names=report.columns, place=place)
        self.step(file.path.stat().st_size)
        return landed

    def _land_parquet(self, file: ListedFile, place: Place, report: FileReport) -> Landed:
        try:
            header = landing.parquet_header(self.engine, file.path)
        except Exception as error:
            raise DeliveryRefused(
                "FILE:TRUNCATED", f"Parquet 文件 {file.name} 打不开或不完整。", file=file.name
            ) from error
        report.encoding, report.columns, report.first_row = "parquet", landing.column_names(header), 1
        self._check_header(file, header)
        landed = landing.land_parquet(self.engine, file.path, mended=gb18030.CHARACTER, place=place)
        self.step(file.path.stat().st_size)
        return landed

    def _check_header(self, file: ListedFile, header: Sequence[str]) -> None:
        if sum(1 for text in header if text.strip()) == 1:
            raise DeliveryRefused(
                "HEADER:TITLE",
                f"文件 {file.name} 的第一行只有一格“{header[0].strip()}”，像是标题。请去掉后再送。",
                file=file.name,
            )
        header = [*header, OP] if self._returned(header) else header
        try:
            resolve(header, columns=source_map(self.manifest.source), kind=self.manifest.kind)
        except HeaderRefused as error:
            raise DeliveryRefused(error.code, f"文件 {file.name}：{error.sentence}", file=file.name) from error

    def _returned(self, header: Sequence[str]) -> bool:
        """An error file that comes back corrected: whoever corrected it need not know what `op` is."""
        if REASON not in {text.strip() for text in header}:
            return False
        try:
            resolve(header, columns=source_map(self.manifest.source), kind=self.manifest.kind)
        except HeaderRefused as error:
            return error.code == "HEADER:OP_MISSING"
        return False

    def _complete_returned(self, place: Place, report: FileReport) -> None:
        """Its rows are new or changed; what exists already is changed."""
        if self._returned(report.columns):
            query = sql(
                "select * exclude (file_row_number), 'I' as {op}"
                " from read_parquet({raw}, file_row_number = true) order by file_row_number",
                op=identifier(OP),
                raw=path_literal(place.raw),
            )
            self.engine.to_parquet(query, place.raw)
            report.columns.append(OP)

    def _map(self, file: ListedFile, place: Place, report: FileReport, landed: Landed) -> None:
        source = source_map(self.manifest.source)
        if looks_like_header(landing.first_cells(self.engine, place.raw), columns=source):
            raise DeliveryRefused(
                "HEADER:TWO_ROWS",
                f"文件 {file.name} 的第 {report.first_row} 行还是表头。请只留一行表头后再送。",
                file=file.name,
            )
        resolved = resolve(report.columns, columns=source, kind=self.manifest.kind)
        report.unknown_columns = list(resolved.unknown)
        profiling.map_file(
            self.engine,
            profiling.RawFile(
                place.index,
                place.raw,
                place.broken,
                names=tuple(report.columns),
                first_row=report.first_row,
                rows=landed.rows,
                broken_rows=landed.broken_rows,
                damaged=report.lost > 0,
            ),
            resolved=resolved,
            target=profiling.Target(source, self.manifest.kind, self.manifest.as_of),
            divisions=known_divisions(),
            mapped=self._piece("mapped", place.index),
        )


@cache
def known_divisions() -> tuple[str, ...]:
    """Every code the tree ever had, in each of its written lengths."""
    codes = {version.code for version in load_tree().all_versions()}
    return tuple({code.ljust(length, "0") for code in codes for length in (6, 9, 12) if length >= len(code)})
