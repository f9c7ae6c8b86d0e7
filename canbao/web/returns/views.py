"""The station where a stack of forms is taken back, and what is still out."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from canbao.rules import approval
from canbao.rules.answers import Signer
from canbao.rules.permissions import Permission
from canbao.services import audit
from canbao.services.survey import missing, reaching, returning, sheets, signing
from canbao.services.survey.missing import Standing
from canbao.services.survey.reaching import RoundOver
from canbao.web import toasts
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.returns import words
from canbao.web.survey.tabs import tabs_of

MOST_TYPED = 60
REFUSALS = (returning.AlreadyBack, returning.NotTaken, sheets.NoSheet, RoundOver)


def station(request: PageRequest, round_id: int) -> HttpResponse:
    """GET: the station; POST: one sheet, answered as JSON to the script of the page and as a page to anybody else."""
    answer = _take(request, round_id) if request.method == "POST" else None
    if answer and _asks_json(request):
        return JsonResponse(answer.as_dict())
    return _shown(request, round_id, answer=answer)


def _shown(
    request: PageRequest, round_id: int, *, answer: words.Answer | None = None, wrong: dict[str, str] | None = None,
    undoing: str = "",
) -> HttpResponse:  # fmt: skip
    """wrong: beside which field, and why nothing was done; undoing: the form that it is about."""
    shown = _station(request, round_id) | {"answer": answer, "wrong": wrong or {}, "undoing": undoing}
    return render(request, "returns/station.html", shown, status=422 if wrong else 200)


def _take(request: PageRequest, round_id: int) -> words.Answer:
    actor, text = request.acting, request.POST.get("number", "")[:MOST_TYPED]
    try:
        return words.back(returning.take_back(round_id, text=text, signer=_signer(request), actor=actor, at=now()))
    except REFUSALS as error:
        return words.refused(error, account=actor.account)


def _station(request: PageRequest, round_id: int) -> dict[str, Any]:
    actor, on = request.acting, today()
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_RETURN)
    rows, more = signing.problems(actor, round_id, on=on)
    villages = missing.villages(actor, round_id)
    return {
        "round": round_, "is_open": round_.state == "OPEN", "tabs": tabs_of(request, round_id, here="survey-return"),
        "latest": returning.latest(actor, round_id, on=on), "today": returning.back_today(actor, round_id, on=on),
        "problems": returning.shown_of(rows, on=on), "more_problems": more, "unsaid": signing.unsaid(actor, round_id),
        "villages": villages, "total": _total(villages), "standings": list(Standing), "signers": list(Signer),
    }  # fmt: skip


def _total(villages: list[missing.Village]) -> missing.Village:
    counts = {standing: sum(village.of(standing) for village in villages) for standing in Standing}
    return missing.Village("", "合计", counts)


@require_POST
def sign(request: PageRequest, round_id: int) -> HttpResponse:
    """Who signed one sheet."""
    number, has_mandate = request.POST.get("form", "")[:MOST_TYPED], request.POST.get("mandate") == "1"
    try:
        shown = returning.sign(
            round_id, number=number, signer=_signer(request), has_mandate=has_mandate, actor=request.acting, at=now()
        )
    except RoundOver as error:
        return _said(request, round_id, words.refused(error, account=request.acting.account))
    return _said(request, round_id, words.Answer("SIGNED", "已注明", "", number, True, shown))


def _said(request: PageRequest, round_id: int, answer: words.Answer) -> HttpResponse:
    if _asks_json(request):
        return JsonResponse(answer.as_dict())
    say = toasts.done if answer.kind == "SIGNED" else toasts.refused
    say(request, f"{answer.title}{answer.text}")
    return redirect("survey-return", round_id)


@require_POST
def undo(request: PageRequest, round_id: int) -> HttpResponse:
    """Take one scan back."""
    number = request.POST.get("form", "")[:MOST_TYPED]
    try:
        stood = returning.undo(
            round_id, number=number, reason=request.POST.get("reason", "")[:200], actor=request.acting, at=now()
        )
    except approval.NoReason:
        return _shown(request, round_id, wrong={"undo": "没有撤销：请写明撤销收回的理由。"}, undoing=number)
    except returning.NotUndone as late:
        toasts.refused(request, f"没有撤销：登记表 {number} {late.state.label}。请先退回或撤销后面的办理。")
    except RoundOver as over:
        toasts.refused(request, f"没有撤销：本次入户调查{over.state.label}。")
    else:
        toasts.done(request, f"已撤销收回登记表 {number}，名单恢复为“{stood.label}”。")
    return redirect("survey-return", round_id)


@require_GET
def village(request: PageRequest, round_id: int, village: str) -> HttpResponse:
    """The sheets of a village that are out, by address."""
    wanted = request.GET.get("show", "")
    standing = Standing(wanted) if wanted in set(Standing) else Standing.MISSING
    found = missing.listed(
        request.acting, round_id, village=village, standing=standing, after=row_number(request.GET.get("after", "")),
        on=today(), at=now(),
    )  # fmt: skip
    shown = {
        "round": found.round, "village": found.village, "rows": found.rows, "after": found.after, "standing": standing,
        "office": audit.office_words(village), "counts": list(found.village.counts.items()),
        "tabs": tabs_of(request, round_id, here="survey-return"),
    }  # fmt: skip
    return render(request, "returns/village.html", shown)


@require_GET
def without_mandate(request: PageRequest) -> HttpResponse:
    """All sheets in rounds that go on that an agent signed with nothing to show for it."""
    rows = signing.without_mandate(request.acting).order_by("-pk")
    after = row_number(request.GET.get("after", ""))
    page = list((rows.filter(pk__lt=after) if after else rows)[: signing.MOST + 1])
    shown = {
        "rows": list(zip(page, returning.shown_of(page[: signing.MOST], on=today()), strict=False)),
        "after": page[signing.MOST - 1].pk if len(page) > signing.MOST else None,
    }
    return render(request, "returns/without_mandate.html", shown)


def _signer(request: PageRequest) -> str:
    said = request.POST.get("signer", "")
    return said if said in set(Signer) else ""


def _asks_json(request: PageRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
