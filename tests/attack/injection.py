"""SQL in what a sender names: columns of Parquet, spreadsheets and text files, cells, file names (entry 1)."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator, Sequence
from secrets import token_hex

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tests.attack.deliveries import (
    COLUMNS,
    RECEIVED,
    Job,
    csv_of,
    lay,
    leftovers,
    people,
    receive,
    rows_of,
    take_away,
    upload,
)
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product


class Canary:
    """The register's own secret key, which no file of a sender may read, and a file of the home that none may write."""

    def __init__(self, product: Product) -> None:
        self.secret = product.home / "secret_key"
        self.text = self.secret.read_text().strip()
        self.began = time.time()
        self.written = product.home / f"canary-{token_hex(4)}.txt"

    def reads(self, alias: str) -> str:
        """A column name that reads the secret in the statement where it stands."""
        return f"x\", (select content from read_text('{self.secret}')) as \"{alias}"

    def writes(self, table: str) -> str:
        """A column name that ends the statement, writes a file in one of its own, and goes on; table: where the columns are."""
        return (
            f"x\" from {table}) to '/dev/null' (format csv); copy (select content from read_text('{self.secret}'))"
            f" to '{self.written}' (format csv, header false); copy (select 1 as \"y"
        )

    def holes(self, product: Product, job: Job) -> list[str]:
        """What the payload reached."""
        found = [f"wrote {self.written.name}, which holds the secret"] if self.written.exists() else []
        found += [f"the secret lies in {name}" for name in self._read(product)]
        if self.text in job.message or self.text in str(job.result):
            found.append("the job's page tells the secret")
        self.written.unlink(missing_ok=True)
        return found

    def _read(self, product: Product) -> Iterator[str]:
        for path in sorted((product.home / "deliveries").rglob("*.parquet")):
            if path.stat().st_mtime < self.began:
                continue
            with contextlib.suppress(pa.ArrowException, OSError):
                if self.text in str(pq.read_table(path).slice(0, 2).to_pydict()):
                    yield str(path.relative_to(product.home))
        yield from (
            name
            for name in leftovers(product, self.text.encode(), since=self.began)
            if not name.startswith(self.secret.name)
        )


def parquet(header: Sequence[str]) -> bytes:
    """A good list of the police whose columns are called like this; more columns than usual hold nothing."""
    rows = people(5)
    values = [[row[name] for row in rows] for name in COLUMNS] + [[""] * len(rows)] * (len(header) - len(COLUMNS))
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(column, pa.string()) for column in values], names=list(header)), out)
    return out.getvalue()


def workbook(header: Sequence[str]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([header, *(row.values() for row in people(5))]):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
    return out.getvalue()


def text(header: Sequence[str]) -> bytes:
    return csv_of([row | {str(n): "" for n in range(len(header) - len(COLUMNS))} for row in people(5)], header)


def _payloads(canary: Canary) -> list[str]:
    single = canary.reads("y").replace('"', "'").replace(f"'{canary.secret}'", f'"{canary.secret}"')
    return [canary.reads("y"), f"x'}}); copy (select 1) to '{canary.written}' (format csv); --", single]


@attack("1", events=RECEIVED, order=20)
def column_name_reads(product: Product) -> Outcome:
    """A column name of a Parquet, Excel or CSV file holds SQL that reads a file of the server."""
    canary, holes, ends = Canary(product), [], []
    for kind, make in (("parquet", parquet), ("xlsx", workbook), ("csv", text)):
        for number, payload in enumerate(_payloads(canary)):
            _, job = upload(product, {f"{token_hex(4)}.{kind}": make([*COLUMNS, payload])})
            holes += [f"{kind} {number}: {hole}" for hole in canary.holes(product, job)]
            ends.append(f"{kind} {job.state}")
            canary = Canary(product)
    return judged(holes, f"nothing read or written; {', '.join(ends)}")


@attack("1", events=RECEIVED, order=20)
def column_name_writes(product: Product) -> Outcome:
    """A column name of a Parquet file ends the statement and writes a file in a second one."""
    canary, name = Canary(product), f"sql-{token_hex(3)}"
    path = product.home / "inbox" / name / "police.parquet"
    header = [*COLUMNS, canary.writes(f"read_parquet('{path}')")]
    lay(product, name, {"police.parquet": parquet(header)})
    _, job = receive(product, name)
    take_away(product, name)
    return judged(canary.holes(product, job), job.says)


@attack("1", events=RECEIVED, order=20)
def cell_and_file_name(product: Product) -> Outcome:
    """Cells and file names hold SQL."""
    canary, holes = Canary(product), []
    bad = f"'); copy (select content from read_text('{canary.secret}')) to '{canary.written}'; --"
    rows = [dict.fromkeys(row, bad) | {"户籍人员编号": str(number)} for number, row in enumerate(people(5))]
    _, job = upload(product, {"cells.csv": csv_of(rows)})
    holes += [f"cells: {hole}" for hole in canary.holes(product, job)]
    name, file_name = f"sql-{token_hex(3)}", f"a{bad}.csv".replace("/", "_")
    lay(product, name, {file_name: csv_of(people(5))})
    _, job = receive(product, name)
    take_away(product, name)
    holes += [f"file name: {hole}" for hole in canary.holes(product, job)]
    return judged(holes, job.says, was_refused=job.was_refused)


@attack("1", events=RECEIVED, order=21)
def listed_twice(product: Product) -> Outcome:
    """Two listed files and one unlisted beside them: only the listed rows arrive (entry 20 by the list)."""
    name = f"two-{token_hex(3)}"
    folder = lay(product, name, {"a.csv": csv_of(people(3)), "b.csv": csv_of(people(4))})
    (folder / "c.csv").write_bytes(csv_of(people(50)))
    _, job = receive(product, name)
    take_away(product, name)
    rows = rows_of(product, job)
    holes = [] if rows in (7, None) else [f"{rows} rows arrived of 7 listed"]
    return judged(holes, f"{rows} rows; {job.says}", was_refused=False)
