"""Find, make, look at and disable accounts; the sheet of roles."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.rules.offices import office_full_name
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor, Role
from canbao.services import accounts
from canbao.services.accounts import factors
from canbao.web import toasts
from canbao.web.accounts.forms import AccountForm, FindForm
from canbao.web.accounts.rows import marks, matrix, post_rows, request_row, role_rows
from canbao.web.accounts.sentences import ANTICIPATED, beside, say
from canbao.web.request import PageRequest, now, today


def listing(request: PageRequest) -> HttpResponse:
    form = FindForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "state": ""}
    found, after = accounts.find(
        text=asked["q"], is_active={"on": True, "off": False}.get(asked["state"]),
        after=request.GET.get("after", "")[:60], on=today(), actor=request.acting,
    )  # fmt: skip
    rows = [
        {"account": one, "office": office_full_name(one.office), "posts": post_rows(one.held, on=today())}  # type: ignore[attr-defined]
        for one in found
    ]
    shown = {"form": form, "rows": rows, "after": after, "is_narrowed": any(asked.values())}
    return render(request, "accounts/list.html", shown | may(request.acting))


def new(request: PageRequest) -> HttpResponse:
    """The holder sets the first password, at the sign-in page; nobody else ever learns it."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = accounts.create(
                given["name"], real_name=given["real_name"], staff_number=given["staff_number"],
                office=given["office"], actor=request.acting, at=now(),
            )  # fmt: skip
        except ANTICIPATED as error:
            form.refuse(*say(error))
        else:
            toasts.done(request, "账号已建立。请本人打开登录页，点“申请重置”设置自己的密码。")
            return redirect("account", made.pk)
    shown = {"form": form, "choices": choices(form, request.acting)}
    return render(request, "accounts/new.html", shown, status=422 if form.errors else 200)


def offices(request: PageRequest) -> HttpResponse:
    """What the picker offers for what was typed so far."""
    text = request.GET.get("office_text", "").strip()[:60]
    asked = request.GET.get("role", "")
    role = Role(asked) if asked in Role.__members__ else None
    found = accounts.offices_like(text, role=role, actor=request.acting, on=today()) if text else []
    return render(request, "accounts/_offices.html", {"choices": found, "text": text, "role": role})


def roles(request: PageRequest) -> HttpResponse:
    return render(request, "accounts/roles.html", {"roles": role_rows(), "heads": list(Role), "matrix": matrix()})


def one(request: PageRequest, account_id: int, **more: Any) -> HttpResponse:
    actor = request.acting
    found = accounts.account(account_id, actor=actor)
    posts = accounts.posts_of(account_id, actor=actor)
    shown = {
        "account": found,
        "office": office_full_name(found.office),
        "posts": post_rows(posts, on=today()),
        "marks": marks(posts, on=today()),
        "requests": [request_row(asked) for asked in accounts.requests_of(account_id, actor=actor)],
        "is_own": found.name == actor.account,
        "has_factor": factors.is_set(found),
    }
    status = more.pop("status", 200)
    return render(request, "accounts/one.html", shown | may(actor) | more, status=status)


@require_POST
def disable(request: PageRequest, account_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:200]
    try:
        found = accounts.disable(account_id, reason=reason, actor=request.acting, at=now())
    except ANTICIPATED as error:
        return one(request, account_id, **beside(error, at="disable-reason", typed=reason))
    toasts.done(request, f"账号 {found.name} 已停用，其会话均已结束。")
    return redirect("account", account_id)


def may(actor: Actor) -> dict[str, bool]:
    """Which buttons the role has."""
    return {
        "may_manage": allows(actor.role, Permission.ACCOUNT_MANAGE),
        "may_ask": allows(actor.role, Permission.POST_ASK),
        "may_grant": allows(actor.role, Permission.POST_GRANT),
        "may_reset": allows(actor.role, Permission.CREDENTIAL_RESET),
    }


def choices(form: Any, actor: Actor) -> list[tuple[str, str]]:
    """What the office picker of a form sent back offers: what was typed, or the one that was picked."""
    text = str(form["office_text"].value() or "").strip() or str(form["office"].value() or "")
    asked = str(form["role"].value() or "") if "role" in form.fields else ""
    role = Role(asked) if asked in Role.__members__ else None
    return accounts.offices_like(text, role=role, actor=actor, on=today()) if text else []
