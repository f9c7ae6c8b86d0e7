"""Lists handed down to the offices below, and taken back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from canbao.rules.approval import NoReason
from canbao.rules.offices import VILLAGE_PATH, office_area
from canbao.services.survey import dispatching, reaching
from canbao.services.survey.dispatching import Depth
from canbao.web import toasts
from canbao.web.request import PageRequest, now, today
from canbao.web.survey import asked
from canbao.web.survey.tabs import tabs_of

_BESIDE: dict[type[Exception], str] = {dispatching.BadDay: "due_on", NoReason: "reason"}  # else beside the ticks
_REFUSALS: dict[type[Exception], str] = {
    dispatching.NothingToMove: "没有可以办理的人。请先勾选有待下发（或已下发）名单的机构。",
    dispatching.NotBelow: "只能下发到本机构的下级机构，没有办理。",
    dispatching.BadDay: "期限须在今天和本次调查的完成期限之间，没有下发。请更正日期。",
    reaching.RoundOver: "这次入户调查不在进行中，没有办理。",
    NoReason: "收回须写明原因，没有收回。下级会看到这个原因。",
}  # fmt: skip


def dispatch(request: PageRequest, round_id: int) -> HttpResponse:
    """The offices just below with their lines; what is ticked is handed down or taken back."""
    return _act(request, round_id) if request.method == "POST" else _shown(request, round_id)


def _shown(request: PageRequest, round_id: int, *, wrong: dict[str, str] | None = None) -> HttpResponse:
    """wrong: beside which field, and why nothing was done; ticks and texts are shown as they were sent."""
    rows = dispatching.below(request.acting, round_id, on=today())
    shown = {
        "round": reaching.round_of(request.acting, round_id), "rows": [(row, office_area(row.office)) for row in rows],
        "total": {name: sum(getattr(row, name) for row in rows) for name in ("waiting", "handed_down", "reached", "visited", "late")},
        "stuck": next((row for row in rows if row.is_rest), None),
        "is_last": dispatching.next_width(request.acting) == VILLAGE_PATH,
        "tabs": tabs_of(request, round_id, here="survey-dispatch"), "here": "survey-dispatch",
        "wrong": wrong or {}, "kept": request.POST if wrong else None,
    }  # fmt: skip
    return render(request, "survey/dispatch.html", shown, status=422 if wrong else 200)


def _act(request: PageRequest, round_id: int) -> HttpResponse:
    act = {"recall": _recall, "dispatch": _dispatch}.get(request.POST.get("act", ""))
    try:
        if act:
            act(request, round_id)
    except tuple(_REFUSALS) as refused:
        wrong = {_BESIDE.get(type(refused), "office"): _REFUSALS[type(refused)]}
        return _shown(request, round_id, wrong=wrong)
    return redirect("survey-dispatch", round_id=round_id)


def _dispatch(request: PageRequest, round_id: int) -> None:
    at, offices = now(), asked.offices(request.POST, "office")
    depth = Depth.NEXT if request.POST.get("depth") == Depth.NEXT else Depth.VILLAGE
    done = dispatching.dispatch(
        round_id, offices=offices, depth=depth, due_on=_day(request.POST.get("due_on", "")), actor=request.acting, at=at
    )
    undo = urlencode({"at": at.isoformat()})
    reached = dispatching.reached_villages(round_id, dispatched_at=at, actor=request.acting)
    stopped = (
        f"其中 {reached:,} 人到村社，{done - reached:,} 人停在中途，由下级继续下发或改派。"
        if reached < done
        else "全部到村社。"
    )
    toasts.done(
        request, f"已下发 {done:,} 人，{stopped}", undo=f"{reverse('survey-dispatch-undo', args=[round_id])}?{undo}"
    )


def _day(said: str) -> Any:
    """Raises BadDay for what is no day."""
    try:
        found = parse_date(said)
    except ValueError:
        found = None
    if said and found is None:
        raise dispatching.BadDay(said)
    return found


def _recall(request: PageRequest, round_id: int) -> None:
    offices, reason = asked.offices(request.POST, "office"), asked.text(request.POST, "reason")
    done = dispatching.recall(round_id, offices=offices, reason=reason, actor=request.acting, at=now())
    toasts.done(request, f"已收回 {done:,} 人。走访记录和草稿都保留，再次下发时接着办。")


@require_POST
def undo(request: PageRequest, round_id: int) -> HttpResponse:
    """Take back what was handed down a moment ago."""
    moment = asked.moment(request.GET.get("at", ""))
    try:
        if moment:
            done = dispatching.undo(round_id, dispatched_at=moment, actor=request.acting, at=now())
            toasts.done(request, f"已撤销下发，收回 {done:,} 人。")
    except tuple(_REFUSALS) as refused:
        toasts.refused(request, _REFUSALS[type(refused)])
    return redirect("survey-dispatch", round_id=round_id)
