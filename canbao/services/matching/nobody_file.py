"""The rows of an explaining list that are about nobody in the register, as a file for the department that sent them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from django.db import transaction

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import columns, parquet, sql
from canbao.outside import work
from canbao.outside.sheets import CsvWriter, workbook
from canbao.rules.labels import LIST_HEADS
from canbao.rules.match_labels import Outcome
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.wording import in_words
from canbao.services import access, audit
from canbao.services.matching.listed import batch_of, keys_of_nobody, paths_of, run_of

MOST_IN_A_BOOK: Final = 20_000  # rows: some two seconds of writing; more are given as CSV
MOST_IN_A_FILE: Final = 100_000  # rows: some seconds of writing; more are given in parts
_WORK: Final = "nobody"  # folders below tmp
_ITEMS: Final = ("record_key", "name", "doc_type", "doc_number", "sex", "birth_date")
_HEADINGS: Final = ("说明", "记录编号", "姓名", "证件类型", "证件号码", "性别", "出生日期")
_SAYS: Final = "登记库中无此人，请核对姓名和号码"


@transaction.atomic
def file_of_nobody(batch_id: int, *, part: int = 1, actor: Actor, at: datetime) -> tuple[str, BinaryIO]:
    """The name of the file and its content: such rows, whole, as XLSX, or as CSV where they are many; on record before it is written.

    part: from 1, which MOST_IN_A_FILE of them in the order of their keys; each part is a download of its own.
    Raises access.NotAllowed, access.NotFound, audit.BudgetSpentError.
    """
    access.require(actor, Permission.DELIVERY_ERRORS)
    batch = batch_of(batch_id)
    run = run_of(batch)
    paths = paths_of(run, batch) if run else None
    rows = run.counts.get("lists", {}).get(batch.delivery.source, {}).get(Outcome.NOBODY, 0) if run else 0
    if paths is None or not 1 <= part <= max(1, parts_of_nobody(int(rows))):
        raise access.NotFound(batch_id)
    audit.record_look(
        audit.Event.DELIVERY_ERRORS_DOWNLOADED, actor=actor, at=at, target_kind="batch", target_id=str(batch_id),
        detail={"file": "登记库中无此人的行" + (f"，第 {part} 份" if part > 1 else "")},
    )  # fmt: skip
    return _written(batch_id, batch.delivery.source, *paths, part=part, on=day_of(at))


def _written(batch_id: int, source: str, outcomes: Path, state: Path, *, part: int, on: date) -> tuple[str, BinaryIO]:
    """The open file has no name any more when this returns: nothing of it stays in the clear."""
    root = Path(settings.CANBAO_HOME) / "tmp"
    work.sweep(root, name=_WORK)
    more = {"death_on" if source == "deaths" else "from_on": 0, "until_on": 1, "extra": 2}
    names = [*_ITEMS, *(item for item, place in more.items() if LIST_HEADS[source][place])]
    headings = [*_HEADINGS, *filter(None, LIST_HEADS[source])]
    keys = keys_of_nobody(outcomes, state, source)
    with (
        work.work_folder(root, name=_WORK) as folder,
        DuckEngine(folder, reads=[outcomes, state], memory_limit=settings.CANBAO_MEMORY) as engine,
    ):
        before = (part - 1) * MOST_IN_A_FILE
        rows = int(engine.value(sql("select count(*) from ({keys})", keys=keys)))
        is_long = rows - before > MOST_IN_A_BOOK
        number = f"-{part}" if rows > MOST_IN_A_FILE else ""
        file = folder / f"batch-{batch_id}-nobody{number}.{'csv' if is_long else 'xlsx'}"
        found = engine.batches(sql(
            "select {names} from (select record_key from ({keys}) order by record_key limit {most} offset {before})"
            " join {state} using (record_key) order by record_key",
            names=columns(names), keys=keys, state=parquet(state), most=MOST_IN_A_FILE, before=before,
        ))  # fmt: skip
        with (_csv if is_long else _book)(file) as write:
            write(headings)
            for row in (row for batch in found for row in batch.to_pylist()):
                write([_SAYS, *_in_words(row, on)])
        return file.name, file.open("rb")


def parts_of_nobody(rows: int) -> int:
    """In how many files so many rows are given."""
    return -(-rows // MOST_IN_A_FILE)


def _in_words(row: dict[str, object], on: date) -> list[str]:
    return [str(in_words(name, value, on=on) or "") for name, value in row.items()]


@contextmanager
def _book(path: Path) -> Iterator[Callable[[Sequence[str]], None]]:
    with workbook(path) as book:
        sheet, place = book.add_worksheet(), iter(range(2**20))

        def write(cells: Sequence[str]) -> None:
            line = next(place)
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, cell)

        yield write


@contextmanager
def _csv(path: Path) -> Iterator[Callable[[Sequence[str]], None]]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        yield CsvWriter(file).writerow
