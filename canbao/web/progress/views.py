"""The board of a round: the numbers of an office and of those below it, as tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from canbao.rules.division import CITY
from canbao.rules.offices import KIND_OF_LENGTH, VILLAGE_PATH, OfficeKind, office_area, office_short_name
from canbao.rules.outreach import Willingness
from canbao.rules.permissions import Permission, allows
from canbao.rules.survey import TaskState
from canbao.services.survey import bulletin
from canbao.services.survey.progress import STATES, Below, Board, Counts
from canbao.web.progress import districts, drawing, kept
from canbao.web.request import PageRequest, now, today
from canbao.web.survey.tabs import tabs_of

STEPS = (
    ("share-0", "不足 20%"), ("share-1", "20% 以上"), ("share-2", "40% 以上"), ("share-3", "60% 以上"), ("share-4", "80% 以上"),
    ("share-none", "没有名单"),
)  # fmt: skip
TONES = {"BUILDING": "look", "OPEN": "ok", "CLOSED": "plain", "CANCELLED": "bad"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with the address of the people behind it; "" where there is nobody or no such page."""

    label: str
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """An office in the table. address: its own board, where anything lies below it."""

    office: str
    label: str
    address: str
    counts: Counts
    cells: list[Cell]
    late: Cell
    bars: list[drawing.Bar]
    figure: bulletin.Figure
    is_rest: bool = False

    @property
    def tone(self) -> str:
        """The class of the colour of its tile."""
        return districts.tone(self.counts.done, self.counts.total)

    @property
    def share(self) -> str:
        """Entered or closed of all."""
        return f"{100 * self.counts.done // self.counts.total}%" if self.counts.total else "—"


def board(request: PageRequest, round_id: int) -> HttpResponse:
    """The main page of a round."""
    shown = _shown(request, round_id)
    return render(request, "progress/board.html", shown | {"tabs": tabs_of(request, round_id, here="survey-round")})


def refreshed(request: PageRequest, round_id: int) -> HttpResponse:
    """The numbers alone, asked for again and again while the round is open."""
    return render(request, "progress/_board.html", _shown(request, round_id))


def asked_office(request: PageRequest) -> str:
    found = request.GET.get("office", "")
    return found if found.isdecimal() and found.isascii() and len(found) <= 18 else ("x" if found else "")


def _shown(request: PageRequest, round_id: int) -> dict[str, Any]:
    on = today()
    found, days, read_at = kept.numbers(request.acting, round_id, office=asked_office(request), on=on, at=now())
    numbers = _numbers(found)
    return numbers | _tiles(found, numbers["lines"], on) | {
        "board": found, "round": found.round, "tone": TONES[found.round.state], "office_name": office_short_name(found.office),
        "above": [(path, office_area(path)) for path in found.above],
        "reasons": [_reason_line(found, one, counts) for one, counts in found.reasons],
        "days": [day for day in days if day.visited or day.returned or day.entered],
        "first_day": days[0].on, "last_day": days[-1].on, "parts": drawing.PARTS, "steps": STEPS,
        "map": _map(found, on), "is_open": found.round.state == "OPEN", "read_at": read_at,
        "willing_address": _people(found, found.office, found.total.willing, willing=Willingness.WILLING.value),
        "may_export": allows(request.acting.role, Permission.SURVEY_EXPORT),
    }  # fmt: skip


def _numbers(found: Board) -> dict[str, Any]:
    lines = sorted((_below_line(found, row) for row in found.below), key=lambda line: line.is_rest)
    total = _line(found, "合计", found.office, "", found.total)
    late = [line for line in lines if line.late.number]
    shown = _shown_states(found.total)
    return {
        "lines": lines, "total": total, "late_lines": late, "heads": [state.label for _, state in shown],
        "empty_heads": [state.label for name, state in STATES if (name, state) not in shown],
    }  # fmt: skip


def _shown_states(total: Counts) -> list[tuple[str, TaskState]]:
    """The columns that are not 0 throughout."""
    return [(name, state) for name, state in STATES if getattr(total, name)]


def _tiles(found: Board, lines: list[Line], on: date) -> dict[str, Any]:
    """A tile for each office below; of the whole city only for those that have no place on the map."""
    beside = None
    if found.office == CITY:
        beside = districts.not_on_map([row.office for row in found.below if not row.is_rest], on=on)
    shown = [line for line in lines if not line.is_rest and (beside is None or line.office in beside)]
    below = {OfficeKind.AGENCY: "镇街", OfficeKind.TOWN_OFFICE: "村社"}.get(KIND_OF_LENGTH[len(found.office)], "机构")
    return {"tiles": shown if len(found.office) < VILLAGE_PATH else [], "tiles_of": below}


def _below_line(found: Board, row: Below) -> Line:
    if row.is_rest:  # the list of an office has everything below it, so there is no list of these alone
        return replace(_line(found, "未明确到下级", "", "", row.counts), is_rest=True)
    deeper = f"?office={row.office}" if len(row.office) < VILLAGE_PATH else ""
    return _line(found, office_area(row.office), row.office, deeper, row.counts)


def _line(found: Board, label: str, office: str, address: str, counts: Counts, *, reason: str = "") -> Line:
    more = {"reason": reason} if reason else {}
    cells = [
        Cell(state.label, number, _people(found, office, number, state=state.value, **more))
        for name, state in _shown_states(found.total)
        for number in [getattr(counts, name)]
    ]
    late = Cell("逾期", counts.late, _people(found, office, counts.late, late="1", **more))
    return Line(
        office, label, address, counts, cells, late, drawing.of_office(counts), bulletin.figure_registered(counts)
    )


def _reason_line(found: Board, reason: Any, counts: Counts) -> Line:
    return _line(found, reason.label, found.office, "", counts, reason=reason.value)


def _people(found: Board, office: str, number: int, **filters: str) -> str:
    """The list of the people behind a number."""
    if not number or not office:
        return ""
    try:
        return reverse("survey-list", args=[found.round.pk]) + "?" + urlencode({"office": office} | filters)
    except NoReverseMatch:
        return ""


def _map(found: Board, on: date) -> dict[str, Any] | None:
    """Only of the whole city, and only where there is something to see."""
    if found.office != CITY or not found.total.total:
        return None
    shares = {row.office: (row.counts.done, row.counts.total) for row in found.below}
    return {"areas": districts.areas(shares, on=on), "width": districts.WIDTH, "height": districts.HEIGHT}
