"""What it costs that files of others are read by a locked process: a start for each file, and the way of the rows.

python -m bench.readers     Printed: milliseconds per small file (median), rows a second beside the bare decoder in this process.
"""

from __future__ import annotations

import gzip
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pypdfium2
import python_calamine
import xlsxwriter
from PIL import Image

from canbao.outside.reader.client import protections, reading
from canbao.outside.reader.limits import Group, Operation
from canbao.outside.reader.memory import in_memory

TIMES, ROWS, SHEET_ROWS = 30, 1_000_000, 100_000


def main() -> None:
    for group in Group:
        begun = time.perf_counter()
        protections(group)
        print(f"server {group}: started and tried in {(time.perf_counter() - begun) * 1000:.0f} ms")
    for name, operation, content, bare in small_files():
        there = median(lambda operation=operation, content=content: read(operation, content))  # type: ignore[misc]
        print(
            f"{name}: {there:.1f} ms by a reader, {median(lambda content=content, bare=bare: bare(content)):.1f} ms bare"
        )  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        for name, operation, path, rows, bare in large_files(Path(folder)):
            content = path.read_bytes()
            there, here = seconds(lambda o=operation, c=content: read(o, c)), seconds(lambda b=bare, p=path: b(p))  # type: ignore[misc]
            print(
                f"{name}: {rows / there:,.0f} rows/s by a reader, {rows / here:,.0f} rows/s bare ({there / here:.2f} x)"
            )


def read(operation: Operation, content: bytes) -> None:
    """The whole answer, as the product takes it."""
    arguments = {"page": 1} if operation in (Operation.DRAW_PDF, Operation.DRAW_PICTURE) else {}
    with in_memory(content) as file, reading(operation, file, **arguments) as answer:
        if operation in (Operation.WORKBOOK, Operation.PARQUET):
            header = answer.head()["header"]
            for _ in answer.batches(header):
                pass
        elif operation in (Operation.LOOK_PDF, Operation.LOOK_PICTURE):
            answer.head()
        else:
            for _ in answer.data():
                pass


def small_files() -> Iterator[tuple[str, Operation, bytes, Callable[[bytes], object]]]:
    scan = Image.effect_noise((1240, 1754), 50).convert("RGB")  # A4 at 150 dpi
    jpeg, paper = BytesIO(), BytesIO()
    scan.save(jpeg, "JPEG")
    scan.save(paper, "PDF")
    yield "photograph, looked at", Operation.LOOK_PICTURE, jpeg.getvalue(), lambda c: Image.open(BytesIO(c)).load()
    yield "page of a PDF, looked at", Operation.LOOK_PDF, paper.getvalue(), lambda c: pypdfium2.PdfDocument(c)[0]
    yield (
        "page of a PDF, drawn", Operation.DRAW_PDF, paper.getvalue(),
        lambda c: pypdfium2.PdfDocument(c)[0].render(scale=2).to_pil().save(BytesIO(), "PNG", compress_level=4),
    )  # fmt: skip
    yield "gzip of a few bytes", Operation.GUNZIP, gzip.compress(b"a,b\n1,2\n"), gzip.decompress


def large_files(folder: Path) -> Iterator[tuple[str, Operation, Path, int, Callable[[Path], object]]]:
    columns = {
        "number": [f"5009011990{n % 10000:04d}0{n % 100:02d}X" for n in range(ROWS)],
        "name": [f"张三{chr(0x4E00 + n % 5000)}" for n in range(ROWS)],
        "address": [f"某某街道某某路{n}号" for n in range(ROWS)],
        "state": ["正常"] * ROWS,
    }
    table = pa.table(columns)
    pq.write_table(table, folder / "a.parquet", row_group_size=ROWS)
    yield (
        "Parquet, one row group", Operation.PARQUET, folder / "a.parquet", ROWS,
        lambda path: pq.read_table(path, use_threads=False),
    )  # fmt: skip
    text = "\n".join(map(",".join, zip(*columns.values(), strict=True)))
    (folder / "a.csv.gz").write_bytes(gzip.compress(text.encode(), 6))
    yield "CSV in gzip", Operation.GUNZIP, folder / "a.csv.gz", ROWS, lambda path: gzip.decompress(path.read_bytes())
    with xlsxwriter.Workbook(str(folder / "a.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(zip(*(column[:SHEET_ROWS] for column in columns.values()), strict=True)):
            sheet.write_row(row, 0, cells)
    yield (
        "workbook", Operation.WORKBOOK, folder / "a.xlsx", SHEET_ROWS,
        lambda path: sum(1 for _ in python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()),
    )  # fmt: skip


def median(act: Callable[[], object]) -> float:
    """Milliseconds."""
    return statistics.median(seconds(act) * 1000 for _ in range(TIMES))


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}")
    main()
