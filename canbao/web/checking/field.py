"""The village hands in, on a phone."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from canbao.services.survey import handing_in, reaching
from canbao.web import toasts
from canbao.web.request import PageRequest, now, today


def hand_in(request: PageRequest, round_id: int) -> HttpResponse:
    """What would be handed in and what would not; by POST it is handed in."""
    if request.method == "POST":
        _hand_in(request, round_id)
        return redirect("survey-hand-in", round_id=round_id)
    found = handing_in.stand(request.acting, round_id, on=today(), at=now())
    shown = {
        "found": found,
        "round": found.round,
        "is_open": found.round.state == "OPEN",
        "list_page": _field(round_id),
    }
    return render(request, "checking/hand_in.html", shown)


def _hand_in(request: PageRequest, round_id: int) -> None:
    try:
        done = handing_in.hand_in(round_id, actor=request.acting, at=now())
        toasts.done(request, f"已上交 {done} 人，镇街可以审核。")
    except handing_in.NothingReady:
        toasts.refused(request, "没有可以上交的：走访完成的都已上交。")
    except reaching.RoundOver:
        toasts.refused(request, "本次入户调查已经结束，不能再上交。")


def _field(round_id: int) -> str:
    """The village's own list, where that room is."""
    for name, args in (("field-round", [round_id]), ("field", [])):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    return ""
