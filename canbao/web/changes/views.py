"""Change requests of the area and of one round; one of them with its way through the hands."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from canbao.rules.answers import DECLARED_ITEMS, PERSON_ITEMS
from canbao.rules.approval import State
from canbao.rules.permissions import Permission, allows
from canbao.services import changes as asked
from canbao.services.changes.reading import item_label
from canbao.services.survey import reaching
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.survey.tabs import tabs_of

ITEMS = {name: item_label(name) for name in (*PERSON_ITEMS, *DECLARED_ITEMS, "death_on", "hukou_status")}
TONES = {
    State.SUBMITTED: "wait",
    State.REVIEWED: "wait",
    State.SENT_BACK: "look",
    State.APPROVED: "ok",
    State.REFUSED: "bad",
}


@never_cache
@require_GET
def changes(request: PageRequest) -> HttpResponse:
    """The area's requests, the newest first."""
    return render(request, "changes/list.html", _listed(request))


@never_cache
@require_GET
def of_round(request: PageRequest, round_id: int) -> HttpResponse:
    """Those that came from one round."""
    round_ = reaching.round_of(request.acting, round_id, need=Permission.CHANGE_VIEW)
    tasks = reaching.tasks_of(request.acting, round_id).values("pk")
    more = {"round": round_, "round_id": round_id, "tabs": tabs_of(request, round_id, here="survey-changes")}
    return render(request, "changes/list.html", _listed(request, tasks=tasks) | more)


@never_cache
@require_GET
def change(request: PageRequest, change_id: int) -> HttpResponse:
    """One request."""
    found = asked.show(request.acting, change_id, at=now())
    context = {
        "change": found, "line": found.line, "tone": TONES.get(found.line.state, "plain"),
        "may_open": allows(request.acting.role, Permission.PERSON_VIEW),
        "may_see_papers": allows(request.acting.role, Permission.EVIDENCE_VIEW),
    }  # fmt: skip
    return render(request, "changes/change.html", context)


def _listed(request: PageRequest, **more: Any) -> dict[str, Any]:
    state = request.GET.get("state", "")
    item = request.GET.get("item", "")
    village = request.GET.get("village", "")
    given: dict[str, Any] = {
        "state": state if state in set(State) else "", "item": item if item in ITEMS else "",
        "village": village if village.isascii() and village.isdigit() and len(village) in (6, 15, 18) else "",
    }  # fmt: skip
    found = asked.list_changes(
        request.acting, on=today(), at=now(), after=row_number(request.GET.get("after", "")), **given, **more
    )
    return given | {
        "rows": [(line, TONES.get(line.state, "plain")) for line in found.lines], "after": found.after,
        "states": [(one.value, one.label) for one in State], "items": ITEMS.items(),
    }  # fmt: skip
