"""The list, and what is decided about one person found."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from canbao.rules.permissions import Permission, allows
from canbao.services.survey import found_list as service
from canbao.services.survey import known_elsewhere
from canbao.services.survey.reaching import RoundOver
from canbao.web import toasts
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.survey.tabs import tabs_of

TONES = {"PROVISIONAL": "wait", "KNOWN": "look", "RECORDED": "ok", "REFUSED": "plain"}


def found_list(request: PageRequest, round_id: int) -> HttpResponse:
    """By state, the newest first."""
    state = request.GET.get("state", "")
    after = row_number(request.GET.get("after", ""))
    page = service.found_people(request.acting, round_id, state=state, after=after, on=today(), at=now())
    states = [(one, one.label, page.counts.get(one, 0)) for one in service.FoundState]
    shown = {
        "page": page, "round": page.round, "state": state, "states": states, "after": page.after, "tones": TONES,
        "tabs": tabs_of(request, round_id, here="survey-found"),
    }  # fmt: skip
    return render(request, "found/list.html", shown)


@require_safe
def found_person(request: PageRequest, found_id: int) -> HttpResponse:
    """Side by side with the people alike."""
    return _shown(request, found_id)


def _shown(request: PageRequest, found_id: int, *, wrong: dict[str, str] | None = None) -> HttpResponse:
    sheet = service.sheet(found_id, actor=request.acting, on=today(), at=now())
    may = allows(request.acting.role, Permission.SURVEY_ENTER)
    shown = {
        "sheet": sheet, "round": sheet.round, "tones": TONES, "may": may and sheet.waits and sheet.round.state == "OPEN",
        "elsewhere": sheet.responsible if sheet.round.state == "OPEN" else "",
        "entry": _entry(sheet.line.pk) if may and sheet.entry and sheet.line else "",
        "tabs": tabs_of(request, sheet.round.pk, here="survey-found"),
        "rows": [(fact.label, fact.text, [_cell(one, fact) for one in sheet.beside]) for fact in sheet.facts],
        "wrong": wrong or {}, "kept": request.POST if wrong else None,
    }  # fmt: skip
    return render(request, "found/person.html", shown, status=422 if wrong else 200)


def _cell(one: service.Beside, own: service.Fact) -> tuple[str, bool]:
    other = one.facts.get(own.name)
    return (other.text, other.text != own.text) if other else ("", False)


def _entry(task_id: int) -> str:
    try:
        return reverse("task-enter", args=[task_id])
    except NoReverseMatch:
        return ""


@require_POST
def decide(request: PageRequest, found_id: int) -> HttpResponse:
    """He is somebody registered, or is not registered at all."""
    try:
        if request.POST.get("act") == "elsewhere":
            office = known_elsewhere.close(found_id, actor=request.acting, at=now())
            toasts.done(request, f"已办结：{office}，本机构不录入。")
        elif request.POST.get("act") == "known":
            person_id = row_number(request.POST.get("person", ""))
            service.is_known(found_id, person_id=person_id, actor=request.acting, at=now())
            toasts.done(request, "已确认是登记库中的这个人，名单已转到他名下。")
        else:
            reason = request.POST.get("reason", "")[:200]
            service.refuse(found_id, reason=reason, actor=request.acting, at=now())
            toasts.done(request, "已记为不予登记。")
    except known_elsewhere.NotElsewhere:
        toasts.refused(request, "此人现在就由本机构负责，或名单已经办结，请看最新状态。")
    except service.NotWaiting:
        toasts.refused(request, "这一条已由他人办理，请看最新状态。")
    except service.NotAlike:
        toasts.refused(request, "相似人员有变化，什么也没有办。请在更新后的页面上重新选择。")
    except service.NoReason:
        return _shown(request, found_id, wrong={"reason": "不予登记须写明理由，村社才知道为什么。"})
    except RoundOver:
        toasts.refused(request, "本次入户调查已经结束，不能再办理。")
    return redirect("found-person", found_id=found_id)
