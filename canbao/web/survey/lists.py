"""The visiting list: read, narrowed, and its chosen lines given to another office or taken off."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from canbao.rules.approval import NoReason
from canbao.rules.division import CITY
from canbao.rules.offices import office_area, office_full_name, office_label, office_short_name
from canbao.rules.outreach import Willingness
from canbao.rules.permissions import Permission, allows
from canbao.rules.survey import Suggestion, TaskState, VisitReason
from canbao.services import villages
from canbao.services.survey import dispatching, in_full, listing, placed, progress, reaching
from canbao.services.survey.listing import Filters, Lines
from canbao.web import toasts
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.survey import asked
from canbao.web.survey.tabs import tabs_of

TONES = {
    "PLANNED": "plain", "TO_VISIT": "wait", "TRYING": "wait", "VISITED": "look", "SENT_BACK": "bad", "HANDED_IN": "look",
    "RETURNED": "look", "ENTERED": "ok", "CLOSED": "ok", "DROPPED": "plain",
}  # fmt: skip


def tasks(request: PageRequest, round_id: int, *, wrong: dict[str, str] | None = None) -> HttpResponse:
    """One page of the list. wrong: beside which field, and why nothing was done; ticks and texts are shown as they were sent."""
    filters = asked.filters(request.GET)
    after = row_number(request.GET.get("after", ""))
    page = listing.lines(request.acting, round_id, filters, after=after, on=today(), at=now())
    office = filters.office or request.acting.office
    below = progress.board(request.acting, round_id, office=max(office, page.round.office, key=len), on=today()).below
    shown = {
        "round": page.round, "page": page, "after": page.after, "filters": filters,
        "rows": [
            (line, office_short_name(line.task.office_path), TONES[line.state], page.villages.get(line.task.person_id or 0))
            for line in page.lines
        ],
        "villages": asked.VILLAGES.items(),
        "may_confirm": allows(request.acting.role, Permission.VILLAGE_DECIDE) and bool(page.villages),
        "office_name": office_label(filters.office), "offices": [(row.office, office_area(row.office)) for row in below if not row.is_rest],
        "reasons": list(VisitReason), "states": list(TaskState), "suggestions": list(Suggestion),
        "willings": list(Willingness),
        "is_narrowed": filters != Filters(), "most": listing.MOST_COUNTED,
        "may_move": allows(request.acting.role, Permission.SURVEY_DISPATCH) and page.round.state == "OPEN",
        "tabs": tabs_of(request, round_id, here="survey-list"), "wrong": wrong or {}, "kept": request.POST if wrong else None,
        "choices": [(to, office_label(to))] if wrong and (to := asked.office(request.POST.get("to", ""))) else [],
    }  # fmt: skip
    return render(request, "survey/list.html", shown, status=422 if wrong else 200)


def task(request: PageRequest, task_id: int) -> HttpResponse:
    """One line in full."""
    found = in_full.view(request.acting, task_id, on=today(), at=now())
    shown = {
        "found": found, "line": found.line, "round": found.round, "tone": TONES[found.line.state],
        "office": office_full_name(found.line.task.office_path), "stands_with": office_short_name(found.line.task.held_at),
        "tabs": tabs_of(request, found.round.pk, here="survey-list"),
        "may_add": allows(request.acting.role, Permission.EVIDENCE_ADD),
    }  # fmt: skip
    return render(request, "survey/task.html", shown)


@require_POST
def move(request: PageRequest, round_id: int) -> HttpResponse:
    """Give the chosen lines to another office, or take them off the list."""
    try:
        _move(request, round_id)
    except NoReason:
        return tasks(request, round_id, wrong={"reason": "请写明原因，没有办理。原因会留在记录中。"})
    except dispatching.NotBelow:
        return tasks(request, round_id, wrong={"to": "请选择本机构以下的一个机构，没有办理。"})
    except dispatching.NothingToMove:
        return tasks(
            request,
            round_id,
            wrong={"task": "没有可以办理的人。请先勾选；已上交、已录入的不能改派，已办结的不能剔除。"},
        )
    except listing.OtherNumberError:
        return tasks(request, round_id, wrong={"task": "符合条件的人数已有变化，没有办理。请核对下面的人数后再办理。"})
    except villages.NothingToDecideError:
        return tasks(request, round_id, wrong={"task": "没有可以确认的村（社区）。请先勾选有建议的人。"})
    except villages.TooManyAtOnceError:
        most = f"{villages.MOST_AT_ONCE:,}"
        return tasks(request, round_id, wrong={"task": f"一次最多确认 {most} 人，没有办理。请先选择机构等条件。"})
    except reaching.RoundOver:
        return tasks(request, round_id, wrong={"task": "这次入户调查不在进行中，没有办理。"})
    query = request.GET.urlencode()
    return redirect(reverse("survey-list", args=[round_id]) + (f"?{query}" if query else ""))


def _move(request: PageRequest, round_id: int) -> None:
    rows = _rows(request, round_id)
    if request.POST.get("act") == "confirm_village":
        _confirm_villages(request, rows)
        return
    given: dict[str, Any] = {
        "reason": asked.text(request.POST, "reason"), "actor": request.acting, "at": now(), "rows": rows,
    }  # fmt: skip
    if request.POST.get("act") == "drop":
        toasts.done(request, f"已剔除 {dispatching.drop(round_id, **given):,} 人。")
        return
    office = asked.office(request.POST.get("to", ""))
    done = dispatching.reassign(round_id, office=office, **given)
    toasts.done(request, f"已改由{office_label(office)}走访 {done:,} 人。")


def _rows(request: PageRequest, round_id: int) -> Lines:
    """The lines that are ticked, or all that fit."""
    filters = asked.filters(request.GET)
    if request.POST.get("every") == "1":
        shown = row_number(request.POST.get("shown", "")) or 0
        return listing.all_shown(request.acting, round_id, filters, shown=shown, on=today())
    return listing.chosen(request.acting, round_id, filters, on=today(), tasks=asked.rows(request.POST, "task"))


def _confirm_villages(request: PageRequest, rows: Lines) -> None:
    act = listing.confirm_villages(request.acting, rows, at=now())
    placed.follow(actor=request.acting, at=now(), act=act.pk)
    toasts.done(request, f"已确认 {act.people:,} 人的村（社区）。", undo=reverse("village-undo", args=[act.pk]))


def offices(request: PageRequest, round_id: int) -> HttpResponse:
    """Offices below the reader's whose name has the words typed: for choosing where lines go."""
    reaching.round_of(request.acting, round_id)
    found = dispatching.offices_below(request.acting, asked.text(request.GET, "to_text", most=40), on=today())
    own = office_full_name(request.acting.office) if len(request.acting.office) > len(CITY) else ""
    choices = [(path, office_full_name(path).removeprefix(own)) for path in found]
    return render(request, "survey/_offices.html", {"choices": choices})
