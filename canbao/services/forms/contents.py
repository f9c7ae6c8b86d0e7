"""The list of contents of a stack of forms: which sheet lies where, on paper and as a table; and which sheets were left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from canbao.outside.printing import typeset
from canbao.outside.sheets import workbook
from canbao.rules.forms import EDITION
from canbao.rules.period import HERE
from canbao.services import jobs
from canbao.services.forms.batch import Order, office_words, short_words
from canbao.services.forms.printing import house_fonts
from canbao.services.forms.reading import Sheet
from canbao.store.models import Job, SurveyRound

HEADS = ("序号", "表号", "姓名", "地址", "文件", "页码")
NAME = "目录"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One file: name, and its sheets with their numbers."""

    name: str
    sheets: tuple[tuple[str, Sheet], ...]


def write(
    job: Job, order: Order, bundles: Sequence[Bundle], left: Sequence[Sheet], *, office: str, by: str, at: datetime
) -> list[dict[str, Any]]:
    """Both lists into the job's folder; as they stand in its result."""
    rows = list(_rows(bundles))
    missed = [(office_words(one.office), one.name, one.address, one.why) for one in left]
    given = {
        "rows": rows,
        "left": missed,
        "round": SurveyRound.objects.get(pk=order.round_id).name,
        "office": office,
        "foot": short_words(order.office),
        "shown": "部分信息已隐藏" if order.masked else "原文",
        "printed": f"{by} {at.astimezone(HERE):%Y-%m-%d %H:%M} 打印",
    }
    folder = jobs.export_path(job.pk, NAME).parent
    _private(folder / f"{NAME}.pdf", typeset("contents", [given], version=EDITION, fonts=house_fonts()))
    _table(folder / f"{NAME}.xlsx", rows, missed)
    return [{"name": f"{NAME}.{kind}", "forms": len(rows)} for kind in ("pdf", "xlsx")]


def _rows(bundles: Sequence[Bundle]) -> Iterator[tuple[str, ...]]:
    place = 0
    for bundle in bundles:
        for sheet, (number, one) in enumerate(bundle.sheets):
            place += 1
            pages = f"{2 * sheet + 1}-{2 * sheet + 2}"
            yield str(place), number, one.name, one.address, bundle.name.removesuffix(".pdf"), pages


def _table(path: Path, rows: Sequence[Sequence[str]], left: Sequence[Sequence[str]]) -> None:
    _private(path, b"")
    with workbook(path, rows=1 + max(len(rows), len(left))) as book:
        sheet = book.add_worksheet(NAME)
        for line, row in enumerate((HEADS, *rows)):
            sheet.write_row(line, 0, row)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate((8, 16, 14, 50, 36, 10)):
            sheet.set_column(column, column, width)
        if left:
            other = book.add_worksheet("未打印")
            for line, row in enumerate((("机构", "姓名", "地址", "原因"), *left)):
                other.write_row(line, 0, row)


def _private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)
