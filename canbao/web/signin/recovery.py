"""A lost password or phone: begun here without signing in, finished here once two administrators have granted it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from canbao.services.accounts import factors, passwords, policy, recovery, signing
from canbao.services.accounts.recovery import Begun, Lost, Standing
from canbao.web.request import PageRequest, now
from canbao.web.signin.forms import Begin, Finish
from canbao.web.signin.shared import said

COOKIE = "canbao_reset"
DONE = "RESET_DONE"
TOO_MANY = 429


def credential_reset(request: PageRequest) -> HttpResponse:
    """Without a reset in this browser the form to begin one; with one how far it is, and its end when it was granted."""
    number, _, secret = request.COOKIES.get(COOKIE, "").partition(".")
    if not secret:
        return _begin(request)
    standing = recovery.standing(number, secret, at=now())
    form = _finish_form(request, standing) if standing.is_granted else None
    if form and request.method == "POST" and form.is_valid() and _finished(request, form, number, secret):
        answer = HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'why': DONE})}")
        answer.delete_cookie(COOKIE, path=reverse("credential-reset"))
        return answer
    shown = {
        "standing": standing,
        "number": f"{number[:4]} {number[4:8]}",
        "form": form,
        "solo": True,
        "rules": policy.current(),
    }
    return render(request, "signin/reset_standing.html", shown, status=422 if form and form.errors else 200)


def anew(request: PageRequest) -> HttpResponse:
    """This browser forgets the reset that it began."""
    answer = redirect("credential-reset")
    if request.method == "POST":
        answer.delete_cookie(COOKIE, path=reverse("credential-reset"))
    return answer


def _begin(request: PageRequest) -> HttpResponse:
    form = Begin(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            begun = recovery.begin(
                given["name"], Lost(given["lost"]), terminal=signing.terminal(request), at=now()
            )  # fmt: skip
        except recovery.TooManyBegunError:
            form.add_error(None, "这个终端发起的申请太多，请一小时后再试，或换一台终端。")
            return render(request, "signin/reset_begin.html", {"form": form, "solo": True}, status=TOO_MANY)
        return _kept(redirect("credential-reset"), begun)
    shown = {"form": form, "solo": True}
    return render(request, "signin/reset_begin.html", shown, status=422 if form.errors else 200)


def _kept(answer: HttpResponse, begun: Begun) -> HttpResponse:
    """The secret stays in the browser, out of reach of scripts, and is sent to these pages only."""
    answer.set_cookie(
        COOKIE, f"{begun.number}.{begun.secret}", expires=begun.expires_at, path=reverse("credential-reset"),
        httponly=True, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE),
    )  # fmt: skip
    return answer


def _finish_form(request: PageRequest, standing: Standing) -> Finish:
    only_factor = standing.lost is Lost.FACTOR
    return Finish(
        request.POST or None, with_old=only_factor, with_code=standing.needs_code, with_new=not only_factor
    )  # fmt: skip


def _finished(request: PageRequest, form: Finish, number: str, secret: str) -> bool:
    given = {name: form.cleaned_data.get(name, "") for name in ("new", "old", "code")}
    try:
        recovery.finish(request, number, secret, **given, at=now())
    except recovery.NotGrantedError:
        form.add_error(None, "这次重置已经完成、过期，或账号已停用。请重新申请，或联系管理员。")
    except passwords.TooWeak as error:
        form.add_error("new", error.problems)
    except passwords.WrongPassword:
        form.add_error("old", "当前密码不正确。连续输错将暂停登录。")
    except signing.Locked as refusal:
        form.add_error("old", said(refusal))
    except factors.TooFast as error:
        form.add_error("code", f"输错后须稍等，请在 {error.seconds} 秒后再试。")
    except factors.WrongCode:
        form.add_error("code", "验证码或恢复码不正确，或已经用过。")
    else:
        return True
    return False
