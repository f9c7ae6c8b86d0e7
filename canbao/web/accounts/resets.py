"""Resets of passwords and second factors: one administrator has made sure who asks, another grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.rules.approval import State
from canbao.rules.offices import office_full_name
from canbao.services import access
from canbao.services.accounts import resets
from canbao.web import refusals, toasts
from canbao.web.accounts.sentences import ANTICIPATED, beside
from canbao.web.request import PageRequest, now

_TONES = {State.SUBMITTED: "wait", State.APPROVED: "ok", State.REFUSED: "bad"}


def listing(request: PageRequest, **more: Any) -> HttpResponse:
    """With the reset of the number that a holder told, when one was typed."""
    actor, at, typed = request.acting, now(), (more.pop("number", "") or request.GET.get("number", ""))[:20].strip()
    shown = {
        "number": typed,
        "found": _found(request, typed) if typed else None,
        "waiting": [_row(asked) for asked in resets.waiting(actor=actor, at=at)],
        "settled": [_row(asked) for asked in resets.settled(actor=actor)],
        "me": actor.account,
    }
    return render(request, "accounts/resets.html", shown | more, status=more.pop("status", 200))


@require_POST
def ask(request: PageRequest) -> HttpResponse:
    number, reason = request.POST.get("number", "")[:20], request.POST.get("reason", "")[:200]
    try:
        resets.ask(number, reason=reason, actor=request.acting, at=now())
    except ANTICIPATED as error:
        return listing(request, number=number, **beside(error, at="ask-reason", typed=reason))
    toasts.done(request, "已提出，等待另一名管理员批准。")
    return redirect("resets")


@require_POST
def grant(request: PageRequest, reset_id: int) -> HttpResponse:
    return _decide(
        request, lambda: resets.grant(reset_id, actor=request.acting, at=now()),
        "已批准。请告知本人，在发起申请的浏览器里点“查看进展”继续。", reset_id, "grant",
    )  # fmt: skip


@require_POST
def refuse(request: PageRequest, reset_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:200]
    return _decide(
        request, lambda: resets.refuse(reset_id, reason=reason, actor=request.acting, at=now()),
        "已记为不予批准。", reset_id, "refuse",
    )  # fmt: skip


@require_POST
def withdraw(request: PageRequest, reset_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:200]
    return _decide(
        request, lambda: resets.withdraw(reset_id, reason=reason, actor=request.acting, at=now()),
        "申请已撤回。", reset_id, "withdraw",
    )  # fmt: skip


def _decide(request: PageRequest, act: Callable[[], object], said: str, reset_id: int, name: str) -> HttpResponse:
    try:
        act()
    except ANTICIPATED as error:
        typed = request.POST.get("reason", "")[:200]
        return listing(request, problem_at=reset_id, **beside(error, at=f"{name}-{reset_id}", typed=typed))
    toasts.done(request, said)
    return redirect("resets")


def _found(request: PageRequest, number: str) -> dict[str, Any] | None:
    try:
        return _row(resets.find(number, actor=request.acting, at=now()))
    except access.NotFound as error:
        refusals.note_guess(request, error)
        return None


def _row(asked: Any) -> dict[str, Any]:
    state = State(asked.state)
    words = "已完成" if asked.done_at else state.label
    return {
        "asked": asked, "state": words, "tone": "ok" if asked.done_at else _TONES.get(state, "plain"),
        "office": office_full_name(asked.account.office), "last": asked.steps[-1] if asked.steps else {},
    }  # fmt: skip
