"""The own list, a home and a door. Results go through the interface (static/field/field.js)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from canbao.rules import entry
from canbao.rules.answers import Item, Shape
from canbao.rules.doorstep import confirming
from canbao.rules.offices import office_area
from canbao.rules.outreach import MONTHS_AHEAD, Willingness
from canbao.rules.survey import TRIES, Outcome, TaskState
from canbao.services.survey import own_list
from canbao.web.request import PageRequest, now, row_number, today

FILTERS = (
    ("", "全部"), ("todo", "待走访"), ("trying", "走访中"), ("done", "已走访"), ("back", "退回"), ("late", "逾期"),
)  # fmt: skip
TONES = {
    TaskState.TO_VISIT: "plain", TaskState.TRYING: "wait", TaskState.VISITED: "ok", TaskState.SENT_BACK: "bad",
}  # fmt: skip


def field(request: PageRequest) -> HttpResponse:
    """The newest round that goes on here; a search by POST stays out of the address."""
    rounds = own_list.open_rounds(request.acting)
    if not rounds:
        return render(request, "field/list.html", {"rounds": [], "shown": None})
    return _list(request, rounds[0].pk, rounds)


def field_round(request: PageRequest, round_id: int) -> HttpResponse:
    """One round, where several go on."""
    return _list(request, round_id, own_list.open_rounds(request.acting))


def _list(request: PageRequest, round_id: int, rounds: Sequence[Any]) -> HttpResponse:
    show = request.GET.get("show", "")
    name = request.POST.get("name", "").strip()[:40]
    shown = own_list.listed(
        request.acting, round_id, show=show, name=name, after=row_number(request.GET.get("after", "")), on=today(),
        at=now(),
    )  # fmt: skip
    counts = {"": shown.counts.all} | {one: getattr(shown.counts, one) for one, _ in FILTERS if one}
    return render(
        request, "field/list.html",
        {
            "rounds": rounds, "shown": shown, "show": show, "name": name, "after": None if name else shown.after,
            "filters": [(one, label, counts[one]) for one, label in FILTERS], "tones": TONES, "round": shown.round,
            "hand_in": _hand_in(round_id), "village": office_area(request.acting.office),
        },
    )  # fmt: skip


def _hand_in(round_id: int) -> str:
    """The page of another room, where it is."""
    try:
        return reverse("survey-hand-in", args=[round_id])
    except NoReverseMatch:
        return ""


@require_safe
def household(request: PageRequest, task_id: int) -> HttpResponse:
    """Everybody of a home; one outcome for all of them, or one each."""
    lines = own_list.household(task_id, actor=request.acting, on=today(), at=now())
    shown = {"lines": lines, "here": next((one for one in lines if one.task_id == task_id), lines[0]), "tones": TONES}
    onward = own_list.onward(task_id, past_home=True, actor=request.acting, on=today())
    return render(request, "field/household.html", shown | {"outcomes": list(Outcome), "onward": onward})


@require_safe
def door(request: PageRequest, task_id: int) -> HttpResponse:
    """One person: who, why, what to ask, how it ended."""
    found = own_list.door(task_id, actor=request.acting, on=today(), at=now())
    tap = confirming(found.line.suggestion) if found.line.suggestion else None
    shown = {
        "door": found, "line": found.line, "outcomes": list(Outcome), "tap": tap, "tries": TRIES, "tones": TONES,
        "willings": list(Willingness), "months": _months(), "joins_in": found.agreed.kept().get("joins_in", ""),
        "onward": own_list.onward(task_id, actor=request.acting, on=today()),
        "fields": [_field(request, item, found.said.get(item.name)) for item in found.items],
    }  # fmt: skip
    return render(request, "field/door.html", shown)


def _months() -> list[tuple[str, str]]:
    """The months from which somebody can say that he will join."""
    first = today().year * 12 + today().month - 1
    found = [divmod(first + ahead, 12) for ahead in range(MONTHS_AHEAD + 1)]
    return [(f"{year}-{month + 1:02}", f"{year} 年 {month + 1} 月") for year, month in found]


def _field(request: PageRequest, item: Item, said: Any) -> dict[str, Any]:
    """One item as it is filled in: choices for codes, the own village for a division."""
    choices: list[tuple[str, str]] = []
    if item.shape in (Shape.CODE, Shape.CODES):
        choices = [(one.code, one.label) for one in entry.choices(item.table)]
    elif item.shape is Shape.DIVISION:
        choices = [(request.acting.office[6:], f"本村（{office_area(request.acting.office)}）")]
    kinds = {"phone": "tel", "qq": "numeric", "post_code": "numeric", "landline": "tel", "email": "email"}
    return {
        "item": item, "choices": choices, "several": item.shape is Shape.CODES, "day": item.shape is Shape.DAY,
        "mode": kinds.get(item.name, "text"), "said": said or "",
    }  # fmt: skip


@require_POST
def phone(request: PageRequest, task_id: int) -> HttpResponse:
    """The number of one line, on record; a piece of the page."""
    number = own_list.show_phone(task_id, actor=request.acting, at=now())
    if not request.htmx:
        return redirect("field-task", task_id=task_id)
    return render(request, "field/_phone.html", {"number": number})
