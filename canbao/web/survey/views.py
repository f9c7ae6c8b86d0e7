"""Rounds: the list of them, opening one, the days and the end of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.rules.offices import office_area
from canbao.rules.permissions import Permission, allows
from canbao.rules.survey import PLANNED_FOR, VisitReason
from canbao.services import access, jobs
from canbao.services.survey import reaching, rounds
from canbao.services.survey.rounds import Stand
from canbao.web import toasts
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.survey.forms import REFUSALS, CloseForm, DueForm, RoundForm, first
from canbao.web.survey.tabs import tabs_of

TONES = {"BUILDING": "look", "OPEN": "ok", "CLOSED": "plain", "CANCELLED": "bad"}
_OVER = "这次入户调查不在进行中，没有更改。"


def surveys(request: PageRequest) -> HttpResponse:
    """Newest first."""
    found = rounds.listed(request.acting, after=row_number(request.GET.get("after", "")), on=today())
    shown = {
        "rows": [_row(stand) for stand in found],
        "after": found[-1].round.pk if len(found) == rounds.PAGE else None,
        "may_open": allows(request.acting.role, Permission.SURVEY_OPEN),
    }
    return render(request, "survey/surveys.html", shown)


def _row(stand: Stand) -> dict[str, Any]:
    round_ = stand.round
    return {
        "stand": stand, "round": round_, "tone": "bad" if stand.failed else TONES[round_.state],
        "state": "名单没有生成" if stand.failed else round_.get_state_display(), "office": office_area(round_.office),
        "reasons": [one for one in VisitReason if one in round_.reasons],
    }  # fmt: skip


def new(request: PageRequest) -> HttpResponse:
    """Ask for a round; how many people it would bring is shown beside the reasons."""
    form = RoundForm(request.POST or None, initial=first(today()))
    if request.method == "POST" and form.is_valid():
        try:
            made, _ = rounds.open_round(form.wanted(), actor=request.acting, at=now())
            return redirect("survey-set", round_id=made.pk)
        except rounds.NotPlanned as refused:
            form.refuse(refused.field)
    counted = rounds.forecast(request.acting)
    chosen = form["reasons"].value() or []
    shown = {
        "form": form, "office": office_area(request.acting.office), "items": form["asked_items"],
        "reasons": [(one, counted.get(one), one in (VisitReason.MAY_JOIN, VisitReason.INCOMPLETE), one.value in chosen) for one in PLANNED_FOR],
    }  # fmt: skip
    return render(request, "survey/new.html", shown, status=422 if form.errors else 200)


def set_page(request: PageRequest, round_id: int) -> HttpResponse:
    """What the round is: how its list was made, until when it goes on, its end."""
    return _set(request, round_id, DueForm(), CloseForm())


def _set(request: PageRequest, round_id: int, due: DueForm, close: CloseForm, *, status: int = 200) -> HttpResponse:
    stand = rounds.stand(request.acting, round_id, on=today())
    round_ = stand.round
    due.initial = {"due_on": round_.due_on}
    counts = [(one, round_.counts[one]) for one in VisitReason if one in round_.counts]
    shown = _row(stand) | {
        "counts": counts, "seen": _job(request, round_id), "due": due, "close": close,
        "may_change": rounds.is_own(request.acting, round_) and round_.state in ("OPEN", "BUILDING"),
        "may_dispatch": allows(request.acting.role, Permission.SURVEY_DISPATCH) and round_.state == "OPEN",
        "tabs": tabs_of(request, round_id, here="survey-set") if round_.state != "BUILDING" else [],
    }  # fmt: skip
    return render(request, "survey/set.html", shown, status=status)


def _job(request: PageRequest, round_id: int) -> jobs.Seen | None:
    """The job that makes the list, for the account that asked for it."""
    job = rounds.building_job(round_id)
    try:
        return jobs.look(job.pk, request.acting) if job else None
    except access.NotFound:
        return None


@require_POST
def change(request: PageRequest, round_id: int) -> HttpResponse:
    form = DueForm(request.POST)
    if not form.is_valid():
        return _set(request, round_id, form, CloseForm(), status=422)
    try:
        made = rounds.change(round_id, due_on=form.cleaned_data["due_on"], actor=request.acting, at=now())
        toasts.done(request, f"完成期限已改为 {made.due_on:%Y-%m-%d}。")
    except rounds.NotPlanned as refused:
        form.add_error("due_on", REFUSALS[refused.field])
        return _set(request, round_id, form, CloseForm(), status=422)
    except reaching.RoundOver:
        toasts.refused(request, _OVER)
    return redirect("survey-set", round_id=round_id)


@require_POST
def close(request: PageRequest, round_id: int) -> HttpResponse:
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _set(request, round_id, DueForm(), form, status=422)
    try:
        rounds.close(round_id, note=form.cleaned_data["note"], actor=request.acting, at=now())
        toasts.done(request, "这次入户调查已结束，名单今后只能查看。")
    except reaching.RoundOver:
        toasts.refused(request, _OVER)
    return redirect("survey-set", round_id=round_id)
