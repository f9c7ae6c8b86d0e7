"""What the pages of signing in share: where to go on, who acts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from canbao.rules.roles import Actor
from canbao.services.accounts import devices, signing
from canbao.web.request import PageRequest


def wanted(request: PageRequest) -> str:
    """The page somebody came for, if it is one of ours; else nothing."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe and address.startswith("/") else ""


def go_on(request: PageRequest) -> HttpResponse:
    return HttpResponseRedirect(wanted(request) or "/")


def remember(answer: HttpResponse, request: PageRequest) -> HttpResponse:
    """This browser is a device of the account, now that both factors were proved; sent to the pages of signing in only."""
    answer.set_cookie(
        devices.COOKIE, devices.remembered(request, request.user), max_age=devices.KEPT, path="/sign-in/",
        httponly=True, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE),
    )  # fmt: skip
    return answer


def oneself(request: PageRequest) -> Actor:
    """Who acts on the own account, with or without a post."""
    return request.actor or signing.actor_without_post(request.user)


def said(refusal: signing.Refused) -> str:
    """Why, in words that do not tell whether the account exists."""
    if isinstance(refusal, signing.Locked):
        return f"登录失败次数过多，已暂停登录。请在 {refusal.minutes} 分钟后再试，或请安全管理员解锁。"
    if isinstance(refusal, signing.Dormant):
        return "账号长期没有使用，已按规定停用。请联系系统管理员申请恢复。"
    if isinstance(refusal, signing.OneTimeExpired):
        return "一次性密码已过期。请在登录页申请重置。"
    return "账号或密码不正确。请核对大小写；连续失败将暂停登录。"
