"""One form on the screen: begun or gone on with, handed over, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from canbao.rules import checks, entry
from canbao.rules.answers import Fate
from canbao.rules.permissions import Permission
from canbao.rules.survey import Outcome, TaskState
from canbao.services import access, audit, changes, evidence, registry
from canbao.services.survey import drafting, entering, knowing, reaching, reported, settling
from canbao.web import toasts
from canbao.web.entry import fields, words
from canbao.web.request import PageRequest, now, row_number, today


@never_cache
def enter(request: PageRequest, task_id: int) -> HttpResponse:
    """The form; handed over by POST."""
    if request.method == "POST":
        return _finish(request, task_id)
    try:
        desk = drafting.open_form(task_id, actor=request.acting, at=now())
    except drafting.NotWaiting as not_now:
        return _result(request, task_id, not_now.state)
    except drafting.Held as held:
        return render(request, "entry/held.html", {"task_id": task_id, "said": words.held(held), "may_take": True})
    except (knowing.Gone, reaching.RoundOver) as why:
        said = words.GONE if isinstance(why, knowing.Gone) else words.ROUND_OVER
        return render(request, "entry/held.html", {"task_id": task_id, "said": said})
    return _shown(request, desk, desk.entry.answers, desk.entry.explained)


@require_POST
def take_over(request: PageRequest, task_id: int) -> HttpResponse:
    """Go on with another's draft, on record."""
    try:
        drafting.take_over(task_id, actor=request.acting, at=now())
    except (drafting.NotWaiting, reaching.RoundOver):
        toasts.refused(request, "这份登记表现在不能接手。")
    else:
        toasts.done(request, "已接手，接手留有记录。")
    return redirect("task-enter", task_id)


def _finish(request: PageRequest, task_id: int) -> HttpResponse:
    answers, explained = typed(request.POST)
    given: dict[str, Any] = {
        "answers": answers, "explained": explained, "seconds": row_number(request.POST.get("seconds", "")),
        "version": row_number(request.POST.get("version", "")), "actor": request.acting, "at": now(),
        "edition": row_number(request.POST.get("edition", "")),
    }  # fmt: skip
    try:
        done = entering.finish(task_id, **given)
        if isinstance(done, settling.NumberTaken):
            taken = [checks.Remark("doc_number", checks.Strength.MUST, words.TAKEN)]
            return _again(request, task_id, answers, explained, taken)
        if isinstance(done, settling.PossibleDuplicates):
            told = [checks.Remark("name", checks.Strength.EXPLAIN, words.alike(done.told))]
            return _again(request, task_id, answers, {}, told)
    except entering.NotTaken as refused:
        return _again(request, task_id, answers, explained, refused.remarks)
    except registry.StaleVersion:
        return _again(request, task_id, answers, explained, (), said=words.STALE)
    except drafting.Late as late:
        return _again(request, task_id, answers, explained, (), said=words.not_handed_over(late))
    except drafting.NotWaiting as not_now:
        toasts.refused(request, words.not_waiting(not_now.state))
    except drafting.Held as held:
        toasts.refused(request, words.held(held))
    except (knowing.Gone, reaching.RoundOver) as why:
        toasts.refused(request, words.GONE if isinstance(why, knowing.Gone) else words.ROUND_OVER)
    return redirect("task-enter", task_id)


def typed(data: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Answers and reasons of a form that was sent; what was no code stays as it was typed."""
    answers, _ = entry.read_all({item.name: data.get(item.name, "") for item in entry.FIELDS})
    return answers, drafting.said({item.name: data.get(f"why-{item.name}", "") for item in entry.FIELDS})


def _again(
    request: PageRequest, task_id: int, answers: Mapping[str, str], explained: Mapping[str, str],
    remarks: Sequence[checks.Remark], *, said: str = "",
) -> HttpResponse:  # fmt: skip
    """The form once more with what is in its way."""
    desk = drafting.open_form(task_id, actor=request.acting, at=now())
    return _shown(request, desk, answers, explained, remarks, said=said, status=422)


def _shown(
    request: PageRequest, desk: drafting.Desk, answers: Mapping[str, str], explained: Mapping[str, str],
    remarks: Sequence[checks.Remark] | None = None, *, said: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    moment = now()
    if remarks is None and desk.entry.edition:  # of what is not there yet nothing is said before it is handed over
        found = entering.remarks_on(desk, answers, actor=request.acting, at=moment)
        remarks = [one for one in found if one.item in answers]
    outcome = desk.task.outcome
    context = {
        "desk": desk, "task": desk.task, "task_id": desk.task.pk, "round_id": desk.task.round_id, "said": said,
        "groups": fields.groups(desk, answers, explained, remarks or (), at=moment), "tables": fields.tables(),
        "head": _head(desk), "version": desk.knows.version, "edition": desk.entry.edition,
        "seconds": desk.entry.seconds, "saved_at": desk.entry.saved_at,
        "papers": evidence.of_task(desk.task.pk, actor=request.acting), "visit": desk.knows.visit,
        "outcome": Outcome(outcome) if outcome else None, "sheet": desk.knows.sheet,
        **_in_the_way(remarks or (), explained, status), "is_found": desk.knows.person is None,
        "draft_address": reverse("task-draft", args=[desk.task.pk]), "finish_label": "提交",
        "back_address": reverse("survey-entry", args=[desk.task.round_id]),
    }  # fmt: skip
    return render(request, "entry/desk.html", context, status=status)


def _in_the_way(remarks: Sequence[checks.Remark], explained: Mapping[str, str], status: int) -> dict[str, int]:
    """How many boxes have to be put right, and how many explained, of a form that was not taken."""
    if status == 200:
        return {"must": 0, "explain": 0}
    stands = checks.refuses(list(remarks), explained)
    must = {one.item for one in stands if one.strength is checks.Strength.MUST}
    return {"must": len(must), "explain": len({one.item for one in stands} - must)}


def _head(desk: drafting.Desk) -> dict[str, Any]:
    knows, at = desk.knows, now()
    return {"name": knows.shown("name", at).text or desk.task.name, "number": knows.shown("doc_number", at).text,
            "village": audit.office_words(desk.task.office_path), "form_number": knows.number}  # fmt: skip


_WENT = {
    Fate.NEW: ("写入登记库", "ok"), Fate.STATED: ("写入登记库（此前的申报转入历史）", "ok"),
    Fate.SAME: ("与登记一致", "plain"), Fate.CONTRADICTS: ("转变更申请", "wait"),
}  # fmt: skip


def _result(request: PageRequest, task_id: int, state: TaskState) -> HttpResponse:
    """What became of a form that was handed over."""
    task = access.task(request.acting, task_id, need=Permission.SURVEY_ENTER)
    done = drafting.last_done(task_id)
    asked = changes.open_items(request.acting, [task.person_id]) if task.person_id else {}
    rows = [
        {"fact": one.fact, "went": _WENT[one.fate][0], "tone": _WENT[one.fate][1],
         "change": asked.get((task.person_id or 0, one.fact.name)) if one.fate is Fate.CONTRADICTS else None}
        for one in reported.entered(done, on=today())
    ]  # fmt: skip
    made = [change for (_, item), change in asked.items() if item in ("death_on", "hukou_status")]
    context = {
        "task": task, "task_id": task_id, "round_id": task.round_id, "done": done, "rows": rows, "made": made,
        "said": entering.counted(done.fates) if done else words.not_waiting(state), "state": state,
        "by": audit.real_names({done.entered_by}).get(done.entered_by, done.entered_by) if done else "",
        "seconds": timedelta(seconds=done.seconds) if done else None,
        "not_waiting": words.not_waiting(state), "may_change": True,
    }  # fmt: skip
    return render(request, "entry/done.html", context)
