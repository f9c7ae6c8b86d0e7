"""The district calls back: the sample, one call after the other, and how often what was reported did not agree."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.rules.answers import BY_NAME
from canbao.rules.approval import SamePerson
from canbao.rules.offices import office_area
from canbao.rules.outreach import LABELS
from canbao.rules.survey import Outcome
from canbao.services.survey import calling, reaching
from canbao.web import toasts
from canbao.web.checking import asked
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.survey.tabs import tabs_of


def calls(request: PageRequest, round_id: int) -> HttpResponse:
    """The lines drawn; by POST more are drawn."""
    if request.method == "POST":
        _draw(request, round_id)
        return redirect("survey-calls", round_id=round_id)
    done = request.GET.get("done") == "1"
    page = calling.calls(
        request.acting, round_id, done=done, after=row_number(request.GET.get("after", "")), on=today(), at=now()
    )
    rates = calling.rates(request.acting, round_id)
    shown: dict[str, Any] = {
        "round": reaching.round_of(request.acting, round_id),
        "rows": [(one, _village(request, one.village), _outcome(one.outcome)) for one in page.rows],
        "after": page.after, "done": done, "rates": [(_village(request, one.village), one) for one in rates],
        "drawn": sum(one.drawn for one in rates), "called": sum(one.called for one in rates),
        "tabs": tabs_of(request, round_id, here="survey-calls"),
    }  # fmt: skip
    return render(request, "checking/calls.html", shown)


def _village(request: PageRequest, path: str) -> str:
    """Town and village; the agency is the caller's own."""
    names = [office_area(path[:width]) for width in (6, 15, 18) if len(request.acting.office) < width <= len(path)]
    return " · ".join(names) or office_area(path)


def _label(name: str) -> str:
    return BY_NAME[name].label if name in BY_NAME else LABELS.get(name, "")


def _outcome(value: str) -> str:
    return Outcome(value).label if value in set(Outcome) else ""


def _draw(request: PageRequest, round_id: int) -> None:
    try:
        toasts.done(request, f"已抽取 {calling.draw(round_id, actor=request.acting, at=now())} 人。")
    except calling.NothingToDraw:
        toasts.refused(request, "没有可抽的了：已走访的人中，每名走访人员都已按比例抽足。有新的走访结果之后可以再抽。")
    except reaching.RoundOver:
        toasts.refused(request, "本次入户调查已经结束，不能再抽取。")


def call(request: PageRequest, call_id: int) -> HttpResponse:
    """One call; by POST what the person said."""
    return _noted(request, call_id) if request.method == "POST" else _call(request, call_id)


def _call(request: PageRequest, call_id: int, *, wrong: dict[str, str] | None = None) -> HttpResponse:
    found = calling.sheet(call_id, actor=request.acting, on=today(), at=now())
    known = {fact.name for fact in found.reported}
    shown = {
        "found": found, "call": found.call, "round": reaching.round_of(request.acting, found.call.round_id),
        "village": _village(request, found.call.office_path), "outcome": _outcome(found.outcome),
        "differs": [label for name in found.call.differs if (label := _label(name))],
        "visit_differs": calling.VISIT_ITSELF in found.call.differs, "known": known,
        "wrong": wrong or {}, "kept": request.POST if wrong else None,
    }  # fmt: skip
    return render(request, "checking/call.html", shown, status=422 if wrong else 200)


def _noted(request: PageRequest, call_id: int) -> HttpResponse:
    """Where to go on to, or the call again as it was filled in."""
    if request.POST.get("reached") not in ("yes", "no"):
        return _call(request, call_id, wrong={"reached": "请选择：已联系上，或者未联系上。"})
    try:
        made = calling.note_call(
            call_id, reached=request.POST["reached"] == "yes", differs=request.POST.getlist("differs")[:50],
            note=asked.text(request.POST, "note"), actor=request.acting, at=now(),
        )  # fmt: skip
    except SamePerson:
        return _call(request, call_id, wrong={"reached": "这一户由您本人走访，须由另一人回访。"})
    except calling.NotReachedButDiffers:
        return _call(request, call_id, wrong={"differs": "未联系上的，不能勾选不一致的项目。"})
    except reaching.RoundOver:
        return _call(request, call_id, wrong={"reached": "本次入户调查已经结束，不能再记录回访。"})
    toasts.done(request, "已记录回访。")
    following = calling.next_to_call(request.acting, made.round_id)
    return redirect("survey-call", following) if following else redirect("survey-calls", made.round_id)


@require_POST
def show_phone(request: PageRequest, call_id: int) -> HttpResponse:
    """Open the number for some minutes, on record."""
    calling.show_phone(call_id, actor=request.acting, at=now())
    return redirect("survey-call", call_id=call_id)
