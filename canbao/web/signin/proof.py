"""Proving once more who sits here, before the second factor is replaced."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from canbao.services.accounts import factors, passwords, proving, signing
from canbao.web.request import PageRequest, now
from canbao.web.signin.forms import Proof
from canbao.web.signin.shared import go_on, oneself, said, wanted


def first(request: PageRequest, *, back: str) -> HttpResponse | None:
    """The page that asks for the proof, where one is due; back: where to go on after it."""
    forced = not request.session.get(signing.FACTOR_PASSED)
    if not proving.is_due(request, request.user, forced=forced, at=now()):
        return None
    return redirect(f"{reverse('prove-oneself')}?{urlencode({'next': back})}")


def prove(request: PageRequest) -> HttpResponse:
    form = Proof(
        request.POST or None,
        with_password=proving.asks_password(request),
        with_code=factors.is_set(request.user),
    )
    if request.method == "POST" and form.is_valid() and _proved(request, form):
        if wanted(request) == reverse("me"):
            messages.success(request, "身份已核对，请在五分钟内再点一次要办的操作。")
        return go_on(request)
    about = {"form": form, "next": wanted(request)}
    return render(request, "signin/prove.html", about, status=422 if form.errors else 200)


def _proved(request: PageRequest, form: Proof) -> bool:
    old, code = form.cleaned_data.get("old", ""), form.cleaned_data.get("code", "")
    try:
        proving.prove(request, request.user, old=old, code=code, actor=oneself(request), at=now())
    except passwords.WrongPassword:
        form.add_error("old", "当前密码不正确。连续输错将暂停登录。")
    except signing.Locked as refusal:
        form.add_error(None if "old" not in form.fields else "old", said(refusal))
    except factors.TooFast as error:
        form.add_error("code", f"输错后须稍等，请在 {error.seconds} 秒后再试。")
    except factors.WrongCode:
        form.add_error("code", "验证码或恢复码不正确，或已经用过。")
    else:
        return True
    return False
