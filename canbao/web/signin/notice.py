"""After signing in: who had a part in a reset of this account, before anything else can be done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from canbao.services import audit
from canbao.services.accounts import notices, signing
from canbao.web import submissions
from canbao.web.request import PageRequest, now
from canbao.web.signin.shared import go_on, oneself, wanted

DISPUTES = "not-mine"


def reset_notice(request: PageRequest) -> HttpResponse:
    """GET shows the resets; POST goes on, or says that the holder did not ask."""
    if not request.session.get(signing.NOTICE_DUE):
        return go_on(request)
    if request.method == "POST":
        is_mine = request.POST.get("say") != DISPUTES
        signing.notice_seen(request, request.user, is_mine=is_mine, actor=oneself(request), at=now())
        if not is_mine:
            messages.error(request, "已记入审计日志。请立即联系审计管理员，并修改密码、更换手机动态口令。")
        answer = go_on(request)
        return submissions.done(answer, answer.headers.get("Location", ""))
    shown = {"resets": resets_of(request), "next": wanted(request)}
    return render(request, "signin/reset_notice.html", shown)


def resets_of(request: PageRequest) -> list[tuple[Any, str, str]]:
    """The finished resets of one's own account with the names of who asked and who granted: a holder knows people, not accounts."""
    resets = notices.history(request.user)
    names = audit.real_names({name for reset in resets for name in (reset.asked_by, reset.settled_by)})

    def named(account: str) -> str:
        return f"{names[account]}（{account}）" if account in names else account

    return [(reset, named(reset.asked_by), named(reset.settled_by)) for reset in resets]
