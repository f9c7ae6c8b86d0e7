"""One file of a delivery: decoded, landed as it came, mapped to the canonical columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from canbao.bulk import landing, misfits, profiling, returned
from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine
from canbao.bulk.landing import Landed, Place
from canbao.bulk.raw import Part, raw_columns
from canbao.bulk.sources import source_map
from canbao.bulk.sources.headers import MARK, OP, looks_like_header, resolve
from canbao.bulk.sqltext import identifier, joined, path_literal, sql
from canbao.outside.files import decoding, tables
from canbao.outside.files.formats import Format, format_of
from canbao.outside.files.layout import Layout, fill_blank_lines, layout_of
from canbao.outside.files.manifest import ListedFile, Manifest, check_rows
from canbao.outside.files.opening import Copied
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.division import load_tree
from canbao.rules.masking import scrub
from canbao.services.intake import heading

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
    parts: list[Part] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Reader:
    """Reads the files of one delivery, one after another.

    work: for texts in the clear while they are read; base: the file of the state that it is compared with, or none.
    """

    engine: DuckEngine
    folder: Folder
    work: Path
    manifest: Manifest
    base: Sequence[Path]
    step: Step

    def read(self, file: ListedFile, copied: Copied, *, index: int) -> FileReport:
        """Land and map one file, of which `copied` is our own copy.

        Raises DeliveryRefused, ReaderBusyError, ReaderUnavailableError.
        """
        report = FileReport(file.name, copied.sm3)
        place = Place(index, self.raw(index), self._piece("broken", index))
        landed = self._land(file, copied, place, report)
        report.broken_rows = landed.broken_rows
        self._complete_returned(place, report)
        report.rows = self._map(file, place, report, landed) + landed.broken_rows
        if not report.rows:
            raise DeliveryRefused("FILE:NO_ROWS", f"文件 {file.name} 只有表头，没有数据。", file=file.name)
        check_rows(file, report.rows)
        return report

    def raw(self, index: int) -> Path:
        return self._piece("raw", index)

    def _piece(self, kind: str, index: int) -> Path:
        return self.folder.path / kind / f"{index:04d}.parquet"

    def _land(self, file: ListedFile, copied: Copied, place: Place, report: FileReport) -> Landed:
        with copied.path.open("rb") as handle:
            kind = format_of(handle.fileno(), name=file.name)
            if kind in (Format.TEXT, Format.GZIP):
                return self._land_text(file, decoding.Source(copied.path, file.name, kind), place, report)
            landed = self._land_table(file, handle.fileno(), kind, place, report)
        self.step(copied.size)
        return landed

    def _land_text(self, file: ListedFile, source: decoding.Source, place: Place, report: FileReport) -> Landed:
        text = self.work / "text.csv"
        try:
            decoded = decoding.decode(source, text, progress=self.step)
            layout = self._laid_out(file, decoded, report)
            if decoded.blank_lines:
                fill_blank_lines(text, layout)
            self._refuse_misfits(file, text, layout, decoded.lines)
            landed = self._land_lines(text, layout, decoded.lines, place)
            if landed.broken_rows and landing.has_blank_lines(self.engine, place):
                fill_blank_lines(text, layout)
                landed = self._land_lines(text, layout, decoded.lines, place)
        except landing.UnreadableTextError as error:
            says = f"文件 {file.name} 的行分不清楚，请重新导出后再送。"
            raise DeliveryRefused("FILE:UNREADABLE", says, file=file.name) from error
        finally:
            text.unlink(missing_ok=True)
        if landed.runaway is not None:
            says = f"文件 {file.name} 第 {landed.runaway} 行的引号没有配对，后面的行无法分清。"
            raise DeliveryRefused("FILE:OPEN_QUOTE", says, file=file.name)
        return landed

    def _laid_out(self, file: ListedFile, decoded: decoding.Decoded, report: FileReport) -> Layout:
        """How the text is laid out; told in the report and checked. Raises DeliveryRefused."""
        layout = layout_of(decoded, name=file.name)
        report.encoding, report.lost, report.mended = decoded.encoding, decoded.lost, dict(decoded.mended)
        report.columns, report.first_row = landing.column_names(layout.header), layout.header_row + 1
        heading.check(self.manifest, file, layout.header, below=layout.below, row=layout.header_row)
        return layout

    def _refuse_misfits(self, file: ListedFile, text: Path, layout: Layout, lines: int) -> None:
        """Raises DeliveryRefused where more lines have another form than the header than are given back one by one."""
        found = misfits.too_many(
            self.engine, text, columns=len(layout.header), delimiter=layout.delimiter, quotes=layout.quotes, lines=lines
        )
        if found:
            says = f"文件 {file.name} 至少有 {found:,} 行的列数与表头不符或引号有误，没有接收。请检查分隔符和引号，重新导出后再送。"
            raise DeliveryRefused("FILE:MISFITS", says, file=file.name)

    def _land_lines(self, text: Path, layout: Layout, lines: int, place: Place) -> Landed:
        cut = landing.Lines(
            len(layout.header), layout.delimiter, layout.quotes, layout.header_lines, layout.unseen_lines
        )
        return landing.land_text(self.engine, text, cut=cut, lines=lines, place=place)

    def _land_table(self, file: ListedFile, handle: int, kind: Format, place: Place, report: FileReport) -> Landed:
        with tables.opened(handle, kind, name=file.name) as table:
            report.encoding, report.columns = kind.value, landing.column_names(table.header)
            report.parts, report.hidden_sheets = _parts(table.sheets), list(table.hidden)
            report.first_row = report.parts[0].first_row if report.parts else 1
            heading.refuse_nested(self.manifest, file, table)
            heading.check(self.manifest, file, table.header, below=table.below, row=report.first_row - 1)
            names = raw_columns(len(report.columns))
            landed = landing.land_batches(self.engine, table.batches(names), names=names, place=place)
            report.lost = landed.lost
            return landed

    def _complete_returned(self, place: Place, report: FileReport) -> None:
        """Its rows are new or changed; what exists already is changed."""
        if heading.lacks_op(self.manifest, report.columns):
            sent = raw_columns(len(report.columns))
            report.columns.append(OP)
            query = sql(
                "select * exclude (file_row_number), case when coalesce({cells}) is not null then 'I' end as {op}"
                " from read_parquet({raw}, file_row_number = true) order by file_row_number",
                op=identifier(raw_columns(len(report.columns))[-1]),
                cells=joined(", ", map(identifier, sent)),
                raw=path_literal(place.raw),
            )
            self.engine.to_parquet(query, place.raw)

    def _map(self, file: ListedFile, place: Place, report: FileReport, landed: Landed) -> int:
        """Rows that are not blank; spreadsheets leave blank ones at the end."""
        source = source_map(self.manifest.source)
        if looks_like_header(landing.first_cells(self.engine, place.raw), columns=source):
            raise DeliveryRefused(
                "HEADER:TWO_ROWS",
                f"文件 {file.name} 的第 {report.first_row} 行还是表头。请只留一行表头后再送。",
                file=file.name,
            )
        resolved = resolve(report.columns, columns=source, kind=self.manifest.kind)
        report.unknown_columns = [scrub(text.strip()) for text in resolved.unknown]
        rows = profiling.map_file(
            self.engine,
            profiling.RawFile(
                place.index,
                place.raw,
                place.broken,
                names=raw_columns(len(report.columns)),
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
        self._hold_altered(place, report)
        return rows

    def _hold_altered(self, place: Place, report: FileReport) -> None:
        """Where an error file comes back: rows whose record key is not the one that was sent back, as far as can be seen."""
        names, mapped = [name.strip() for name in report.columns], self._piece("mapped", place.index)
        if MARK in names:
            returned.hold_altered(self.engine, mapped=mapped, raw=place.raw, width=len(names), mark=names.index(MARK))
        elif heading.is_returned(names):
            for base in self.base:
                returned.hold_zeroless(self.engine, mapped=mapped, base=base)


def _parts(sheets: Sequence[tables.Sheet]) -> list[Part]:
    parts, position = [], 0
    for sheet in sheets:
        parts.append(Part(sheet.name, position, sheet.header_row + 2))
        position += sheet.rows
    return parts


@cache
def known_divisions() -> tuple[str, ...]:
    """Every code the tree ever had, in each of its written lengths."""
    codes = {version.code for version in load_tree().all_versions()}
    return tuple({code.ljust(length, "0") for code in codes for length in (6, 9, 12) if length >= len(code)})
