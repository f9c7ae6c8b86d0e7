"""The list, the figures, and what is decided on villages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from canbao.rules.offices import AGENCY_PATH, TOWN_PATH, UnknownOffice, office_short_name
from canbao.rules.permissions import Permission, allows
from canbao.rules.village_choice import AssignmentState
from canbao.services import villages
from canbao.services.survey import placed
from canbao.web import toasts
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.villages import asked

TONES = {
    "ASSIGNED": "ok", "SUGGESTED": "wait", "NONE": "plain", "CONFIRMED": "ok", "CORRECTED": "look", "WITHDRAWN": "bad",
}  # fmt: skip
# Beside which field, and why nothing was done.
_REFUSALS: dict[type[Exception], tuple[str, str]] = {
    villages.NothingToDecideError: ("person", "没有可以办理的人。请先勾选；已由他人办理的不再办理。"),
    villages.NoReasonError: ("reason", "请写明原因，没有办理。原因会留在记录中。"),
    villages.NotAVillageBelowError: ("village", "请选择这些人所在镇街的一个村（社区），没有办理。"),
    villages.TooManyAtOnceError: ("person", f"一次最多办理 {villages.MOST_AT_ONCE:,} 人，没有办理。请先选择机构、依据等条件。"),
    villages.OtherNumberError: ("person", "符合条件的人数已有变化，没有办理。请核对现在列出的人，再办理。"),
    villages.OfDistrictError: ("person", "部门只登记到区县的人，村（社区）由区县撤回，没有办理。知道正确村（社区）的，可以更正。"),
}  # fmt: skip


@require_safe
def villages_list(request: PageRequest) -> HttpResponse:
    """Who waits for a village, or has one by rule or by a clerk."""
    return _list(request)


def _list(request: PageRequest, *, wrong: dict[str, str] | None = None) -> HttpResponse:
    """One page of the list. wrong: beside which field, and why nothing was done; ticks and texts are shown as they were sent."""
    filters = asked.filters(request.GET)
    page = villages.listed(
        request.acting, filters, after=row_number(request.GET.get("after", "")) or 0, on=today(), at=now()
    )
    may = allows(request.acting.role, Permission.VILLAGE_DECIDE)
    office = filters.office or request.acting.office
    shown = {
        "page": page, "after": page.after, "filters": filters, "may_decide": may,
        "rows": [(row, TONES[row.state]) for row in page.rows], "states": list(AssignmentState),
        "rules": villages.rules(), "most": villages.MOST_AT_ONCE,
        "offices": villages.offices_below(request.acting, office=filters.office, on=today()),
        "office_name": _name(filters.office),
        "choices": villages.villages_of(request.acting, office[:TOWN_PATH], on=now()) if may and len(office) >= TOWN_PATH else [],
        "wrong": wrong or {}, "kept": request.POST if wrong else None,
    }  # fmt: skip
    return render(request, "villages/list.html", shown, status=422 if wrong else 200)


def _name(path: str) -> str:
    try:
        return office_short_name(path) if path else ""
    except UnknownOffice:
        return path


@require_safe
def figures(request: PageRequest) -> HttpResponse:
    """How many have a village, by office and by reason: of a district, or of what is below it."""
    office = asked.path(request.GET.get("office", ""))
    if len(office or request.acting.office) < AGENCY_PATH:  # the whole city is not counted for a page
        below = villages.offices_below(request.acting, office=office, on=today())
        return render(request, "villages/figures.html", {"districts": below})
    rows = villages.counts(request.acting, office=office)
    states = list(AssignmentState)
    total: dict[str, Any] = {state.value: sum(row.by_state.get(state, 0) for row in rows) for state in states}
    shown = {
        "rows": [(row, [row.by_state.get(state, 0) for state in states], len(row.path) < TOWN_PATH) for row in rows],
        "states": states, "total": [total[state.value] for state in states], "known": sum(row.known for row in rows),
        "everybody": sum(row.everybody for row in rows), "office": office, "office_name": _name(office),
        "rules": [
            (words, [by_state.get(state, 0) for state in states], rule)
            for rule, words, by_state in villages.by_rule(request.acting, office=office)
        ],
    }  # fmt: skip
    return render(request, "villages/figures.html", shown)


@require_POST
def decide(request: PageRequest) -> HttpResponse:
    """Confirm, correct or withdraw what is ticked, or everybody who fits."""
    try:
        _decide(request)
    except tuple(_REFUSALS) as refused:
        field, text = _REFUSALS[type(refused)]
        return _list(request, wrong={field: text})
    query = request.GET.urlencode()
    return redirect(reverse("villages") + (f"?{query}" if query else ""))


def _decide(request: PageRequest) -> None:
    people = None if request.POST.get("every") == "1" else asked.people(request.POST)
    rows = villages.chosen(request.acting, asked.filters(request.GET), people=people)
    shown = (row_number(request.POST.get("shown", "")) or 0) if people is None else None
    given: dict[str, Any] = {"actor": request.acting, "at": now(), "shown": shown}
    reason, act = asked.text(request.POST, "reason"), request.POST.get("act")
    if act == "correct":
        office = asked.path(request.POST.get("village", ""))
        done = villages.correct(rows, office=office, reason=reason, **given)
        text = f"已将 {done.people:,} 人更正到{_name(office)}。"
    elif act == "withdraw":
        done = villages.withdraw(rows, reason=reason, **given)
        text = f"已撤回 {done.people:,} 人的村（社区）。"
        if done.of_district:
            text += f"另有 {done.of_district:,} 人部门只登记到区县，由区县撤回。"
    else:
        done = villages.confirm(rows, **given)
        text = f"已确认 {done.people:,} 人的村（社区）。"
    placed.follow(actor=request.acting, at=now(), act=done.pk)
    toasts.done(request, text, undo=reverse("village-undo", args=[done.pk]))


@require_POST
def undo(request: PageRequest, act_id: int) -> HttpResponse:
    """Take back what was done at once."""
    try:
        done = villages.undo(act_id, actor=request.acting, at=now())
        toasts.done(request, f"已撤销，{done:,} 人恢复到办理之前。")
    except villages.NothingToDecideError:
        toasts.refused(request, "已撤销过，或这些人随后已另行办理，没有可以撤销的。")
    return redirect("villages")
