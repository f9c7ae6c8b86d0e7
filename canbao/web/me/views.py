"""One's own account: posts, password, second factor, sessions."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from canbao.services import access
from canbao.services.accounts import factors, policy, proving, session_list, signing
from canbao.web.request import PageRequest, now
from canbao.web.signin import proof
from canbao.web.signin.notice import resets_of
from canbao.web.signin.shared import oneself


def me(request: PageRequest) -> HttpResponse:
    account, rules = request.user, policy.current()
    about = {
        "account": account,
        "rules": rules,
        "way": request.session.get(signing.WAY, ""),
        "by_factor": request.session.get(signing.FACTOR_PASSED, False),
        "password_until": account.password_set_at and account.password_set_at + timedelta(days=rules["password_days"]),
        "resets": resets_of(request),
        "has_factor": factors.is_set(account),
        "codes_left": factors.codes_left(account),
        "sessions": session_list.own(account, this=str(request.session.session_key), at=now()),
    }
    return render(request, "me/me.html", about)


def end_session(request: PageRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("me")
    session_list.end_own(request.user, request.POST.get("key", ""), actor=oneself(request), at=now())
    messages.success(request, "会话已结束。")
    return redirect("me")


def new_codes(request: PageRequest) -> HttpResponse:
    """New recovery codes, shown once."""
    if request.method != "POST":
        return redirect("me")
    if not factors.is_set(request.user):
        raise access.NotFound
    if before := proof.first(request, back=reverse("me")):
        return before
    proving.used(request)
    codes = factors.make_codes(request.user, actor=oneself(request), at=now())
    return render(request, "signin/recovery_codes.html", {"codes": codes, "next": "/me/", "is_new": True})
