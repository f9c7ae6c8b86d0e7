"""What it costs that files of others are read by a locked process: a start for each file, and the way of the rows.

python -m bench.readers     Printed: clock and processor time for small files, rows a second for large ones,
each beside the bare decoder in this process.
"""

from __future__ import annotations

import gzip
import os
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
from canbao.outside.reader.limits import WATCH_SECONDS, Group, Operation
from canbao.outside.reader.memory import in_memory

TIMES, ROWS, SHEET_ROWS = 30, 1_000_000, 100_000


def main() -> None:
    for group in Group:
        begun = time.perf_counter()
        protections(group)
        print(f"server {group}: started and tried in {(time.perf_counter() - begun) * 1000:.0f} ms")
    for name, operation, content, bare in small_files():
        there = [cost(lambda o=operation, c=content: read(o, c)) for _ in range(TIMES)]  # type: ignore[misc]
        here = [cost(lambda b=bare, c=content: b(c)) for _ in range(TIMES)]  # type: ignore[misc]
        print(f"{name}: by a reader {shown(there)}, bare {shown(here)}")
    with tempfile.TemporaryDirectory() as folder:
        for name, operation, path, rows, bare in large_files(Path(folder)):
            content = path.read_bytes()
            there = [cost(lambda o=operation, c=content: read(o, c)) for _ in range(3)]  # type: ignore[misc]
            here = [cost(lambda b=bare, p=path: b(p)) for _ in range(3)]  # type: ignore[misc]
            wall, alone = min(there)[0], min(here)[0]
            print(
                f"{name}: {rows * 1000 / wall:,.0f} rows/s by a reader, {rows * 1000 / alone:,.0f} bare;"
                f" by a reader {shown(there)}, bare {shown(here)}"
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
    scan = Image.linear_gradient("L").resize((1240, 1754)).convert("RGB")  # A4 at 150 dpi
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


def cost(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the clock, and of processor time: of this process, of the servers and of their readers."""
    begun, used = time.perf_counter(), processor()
    act()
    clock = (time.perf_counter() - begun) * 1000
    time.sleep(2 * WATCH_SECONDS)  # until the server has seen the reader's end
    return clock, (processor() - used) * 1000


def processor() -> float:
    """Seconds."""
    servers = 0.0
    for path in Path("/proc/self/task").glob("*/children"):
        for pid in path.read_text().split():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            servers += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + servers


def shown(costs: list[tuple[float, float]]) -> str:
    """The best clock time, as other work on the machine only adds to it, and the mean processor time."""
    return (
        f"{min(clock for clock, _ in costs):.1f} ms ({sum(used for _, used in costs) / len(costs):.1f} ms of processor)"
    )


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}")
    main()
