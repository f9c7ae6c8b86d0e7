"""Asking for a post, for its change or end, and for an account to be enabled: the system administrator's half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.rules.offices import office_full_name
from canbao.rules.roles import Role
from canbao.services import accounts
from canbao.web import toasts
from canbao.web.accounts.forms import EndForm, PostForm
from canbao.web.accounts.rows import post_rows, role_rows
from canbao.web.accounts.sentences import ANTICIPATED, beside, say
from canbao.web.accounts.views import choices, one
from canbao.web.request import PageRequest, now, today


def grant(request: PageRequest, account_id: int) -> HttpResponse:
    holder = accounts.account(account_id, actor=request.acting)
    form = PostForm(request.POST or None, initial={"valid_from": today(), "office": holder.office})

    def ask() -> object:
        return accounts.ask_grant(
            account_id,
            wanted=form.wanted,
            reason=form.cleaned_data["reason"],
            actor=request.acting,
            on=today(),
            at=now(),
        )

    return _sent(request, form, ask, holder) or _post_page(request, form, holder, None)


def replace(request: PageRequest, post_id: int) -> HttpResponse:
    leaving = accounts.post(post_id, actor=request.acting)
    form = PostForm(request.POST or None, initial={"valid_from": today()})

    def ask() -> object:
        return accounts.ask_replace(
            post_id, wanted=form.wanted, reason=form.cleaned_data["reason"], actor=request.acting, on=today(), at=now()
        )

    return _sent(request, form, ask, leaving.account) or _post_page(request, form, leaving.account, leaving)


def end(request: PageRequest, post_id: int) -> HttpResponse:
    leaving = accounts.post(post_id, actor=request.acting)
    form = EndForm(request.POST or None, initial={"valid_from": today()})

    def ask() -> object:
        given = form.cleaned_data
        return accounts.ask_end(
            post_id, valid_to=given["valid_from"], reason=given["reason"], actor=request.acting, on=today(), at=now()
        )

    if answer := _sent(request, form, ask, leaving.account):
        return answer
    shown = {"form": form, "account": leaving.account, "leaving": post_rows([leaving], on=today())[0]}
    return render(request, "accounts/end.html", shown, status=422 if form.errors else 200)


@require_POST
def enable(request: PageRequest, account_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:200]
    try:
        accounts.ask_enable(account_id, reason=reason, actor=request.acting, at=now())
    except ANTICIPATED as error:
        return one(request, account_id, **beside(error, at="enable-reason", typed=reason))
    toasts.done(request, _WAITS)
    return redirect("account", account_id)


_WAITS = "申请已提交，等待安全管理员批准。"


def _sent(request: PageRequest, form: Any, ask: Callable[[], object], holder: Any) -> HttpResponse | None:
    """Where to go when the form was sent and taken; what was refused stands beside its field."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        ask()
    except ANTICIPATED as error:
        field, sentence = say(error)
        form.add_error(field if field in form.fields else None, sentence)
        return None
    toasts.done(request, _WAITS)
    return redirect("account", holder.pk)


def _post_page(request: PageRequest, form: PostForm, holder: Any, leaving: Any) -> HttpResponse:
    posts = [row for row in post_rows(accounts.posts_of(holder.pk, actor=request.acting), on=today()) if row.may_end]
    shown = {
        "form": form, "account": holder, "office": office_full_name(holder.office), "posts": posts,
        "leaving": post_rows([leaving], on=today())[0] if leaving else None, "roles": role_rows(),
        "chosen": form["role"].value(), "choices": choices(form, request.acting), "role_of": Role,
    }  # fmt: skip
    return render(request, "accounts/ask.html", shown, status=422 if form.errors else 200)
