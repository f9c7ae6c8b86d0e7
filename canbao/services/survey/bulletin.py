"""The bulletin: who stands where in the two published figures, as a spreadsheet with their definitions below (规程第八条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from canbao.outside.sheets import workbook
from canbao.rules import indicators
from canbao.rules.indicators import IN_REGISTER, REGISTERED, Indicator, is_reached, percent
from canbao.rules.offices import office_name
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.survey import progress, reaching
from canbao.services.survey.delivered import delivered
from canbao.services.survey.progress import Counts
from canbao.store.models import MatchRun, RunState, SurveyRound

DIRECTLY = 6  # an agency's bulletin is read at once; the city's reads every line of the round and is a job
HEADS = (
    "机构", "应访", "待下发", "待走访", "走访中", "已走访", "已退回", "已上交", "已收表", "已录入", "已办结", "逾期",
    "未参保应登记", "已登记", "登记率（%）", "登记率目标",
)  # fmt: skip
_STATES = tuple(name for name, _ in progress.STATES)


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of one office."""

    indicator: Indicator
    above: int
    below: int

    @property
    def percent(self) -> Any:
        return percent(self.above, self.below)

    @property
    def reached(self) -> bool | None:
        return is_reached(self.indicator, self.above, self.below)


@dataclass(frozen=True, slots=True)
class Row:
    office: str
    label: str
    counts: Counts
    registered: Figure


@dataclass(frozen=True, slots=True)
class Bulletin:
    """data_on: the day of the matching whose result is counted; None where there was none.
    in_register: of the whole city, no matter who asks."""

    round: SurveyRound
    office: str
    at: datetime
    data_on: date | None
    rows: list[Row]
    total: Row
    in_register: Figure


def is_direct(office: str) -> bool:
    """Whether the bulletin of an office is made while the page waits."""
    return len(office) >= DIRECTLY


def figure_registered(counts: Counts) -> Figure:
    """登记率 from the numbers of the board."""
    return Figure(REGISTERED, counts.registered, counts.to_register)


def in_register() -> Figure:
    """入库率 of the whole city."""
    return Figure(IN_REGISTER, *indicators.in_register(delivered()))


def gather(actor: Actor, round_id: int, *, at: datetime) -> Bulletin:
    """The figures of the actor's part of the round and of the offices below. Raises NotAllowed, NotFound."""
    access.require(actor, Permission.SURVEY_EXPORT)
    board = progress.board(actor, round_id, on=day_of(at))
    rows = [_row(row.office, _label(row.office, board.office), row.counts) for row in board.below]
    total = _row(board.office, "合计", board.total)
    return Bulletin(board.round, board.office, at, _data_on(), rows, total, in_register())


def _row(office: str, label: str, counts: Counts) -> Row:
    return Row(office, label, counts, figure_registered(counts))


def _label(path: str, office: str) -> str:
    return f"{office_name(path)}（未明确到下级）" if path == office and len(path) < 18 else office_name(path)


def _data_on() -> date | None:
    last = MatchRun.objects.filter(state=RunState.APPLIED, applied_at__isnull=False).order_by("-pk").first()
    return day_of(last.applied_at) if last and last.applied_at else None


@transaction.atomic
def write(path: Path, round_id: int, *, actor: Actor, at: datetime) -> Bulletin:
    """Write the spreadsheet, on record. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_EXPORT)
    found = gather(actor, round_id, at=at)
    _sheet(path, found)
    audit.record(
        audit.Event.BULLETIN_EXPORTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"rows": len(found.rows), "office": found.office}, area=found.office,
    )  # fmt: skip
    return found


def _sheet(path: Path, found: Bulletin) -> None:
    with workbook(path) as book:
        page = book.add_worksheet("通报")
        looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_column(0, 0, 34)
        page.set_column(1, len(HEADS) - 1, 11)
        page.freeze_panes(4, 1)
        page.repeat_rows(3)
        _head(page, found, looks)
        for place, row in enumerate([*found.rows, found.total], 4):
            _line(page, place, row, looks["total" if row is found.total else "number"], looks["wrong"])
        _whole_city(page, len(found.rows) + 6, found.in_register, looks)
        _notes(page, len(found.rows) + 9, found, looks)


_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "head": {"bold": True, "text_wrap": True, "border": 1, "align": "center", "valign": "vcenter"},
    "number": {"border": 1, "num_format": "#,##0.#"},
    "total": {"border": 1, "bold": True, "num_format": "#,##0.#"},
    "wrong": {"border": 1, "font_color": "#B3261E", "num_format": "0.0"},
    "plain": {},
}


def _head(page: Any, found: Bulletin, looks: Mapping[str, Any]) -> None:
    page.write(0, 0, f"{found.round.name}进度通报", looks["title"])
    page.write(
        1, 0, f"{office_name(found.office)}；统计时间：{day_of(found.at):%Y-%m-%d}；期限：{found.round.due_on:%Y-%m-%d}"
    )
    page.write(2, 0, "登记库数据截至：" + (f"{found.data_on:%Y-%m-%d}" if found.data_on else "尚未比对"))
    page.write_row(3, 0, HEADS, looks["head"])


def _line(page: Any, place: int, row: Row, look: Any, wrong: Any) -> None:
    for column, value in enumerate(cells(row)):
        missed = column == 14 and row.registered.reached is False
        page.write(place, column, value, wrong if missed else look)


def cells(row: Row) -> Sequence[Any]:
    """The row as the sheet has it; a dash for a rate of nobody."""
    counts = row.counts
    states = [getattr(counts, name) for name in _STATES]
    return (row.label, counts.total, *states, counts.late, *_rate(row.registered))


def _rate(figure: Figure) -> tuple[Any, ...]:
    share = figure.percent
    return (figure.below, figure.above, "—" if share is None else float(share), figure.indicator.target)


def _whole_city(page: Any, place: int, figure: Figure, looks: Mapping[str, Any]) -> None:
    page.write_row(place, 0, ("", "已报送", "已入库", "入库率（%）", "入库率目标"), looks["head"])
    page.write(place + 1, 0, "全市", looks["number"])
    for column, value in enumerate(_rate(figure), 1):
        page.write(place + 1, column, value, looks["wrong" if column == 3 and figure.reached is False else "number"])


def _notes(page: Any, place: int, found: Bulletin, looks: Mapping[str, Any]) -> None:
    said = ["说明"]
    for indicator in (REGISTERED, IN_REGISTER):
        said += [f"{indicator.label}：{indicator.definition}", f"出处：{indicator.source}。"]
    said += ["应访不含已剔除的人员；逾期指期限已过、尚未上交的人员。未达到目标的比率以红字标出。"]
    for line, text in enumerate(said):
        page.write(place + line, 0, text, looks["plain"])
