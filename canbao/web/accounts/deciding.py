"""Requests that wait: the security administrator grants or refuses, who asked may withdraw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.services import accounts
from canbao.web import toasts
from canbao.web.accounts.rows import request_row
from canbao.web.accounts.sentences import ANTICIPATED, beside
from canbao.web.accounts.views import may
from canbao.web.request import PageRequest, now, today


def listing(request: PageRequest, **more: Any) -> HttpResponse:
    actor = request.acting
    shown = {
        "waiting": [request_row(asked) for asked in accounts.waiting(actor=actor)],
        "settled": [request_row(asked) for asked in accounts.settled(actor=actor)],
        "me": actor.account,
    }
    status = more.pop("status", 200)
    return render(request, "accounts/requests.html", shown | may(actor) | more, status=status)


@require_POST
def grant(request: PageRequest, request_id: int) -> HttpResponse:
    return _decide(
        request, lambda: accounts.grant(request_id, actor=request.acting, on=today(), at=now()), "已批准。", request_id
    )


@require_POST
def refuse(request: PageRequest, request_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:200]
    return _decide(
        request,
        lambda: accounts.refuse(request_id, reason=reason, actor=request.acting, at=now()),
        "已记为不予批准。",
        request_id,
        "refuse",
    )


@require_POST
def withdraw(request: PageRequest, request_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:200]
    return _decide(
        request,
        lambda: accounts.withdraw(request_id, reason=reason, actor=request.acting, at=now()),
        "申请已撤回。",
        request_id,
        "withdraw",
    )


def _decide(
    request: PageRequest, act: Callable[[], object], said: str, request_id: int, act_name: str = ""
) -> HttpResponse:
    try:
        act()
    except ANTICIPATED as error:
        typed = request.POST.get("reason", "")[:200]
        return listing(request, problem_at=request_id, **beside(error, at=f"{act_name}-{request_id}", typed=typed))
    toasts.done(request, said)
    return redirect("post-requests")
