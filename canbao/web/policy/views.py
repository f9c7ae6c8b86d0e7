"""Parameters in force and their change; what the assessor asks; locks; sessions."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from canbao.rules import policy as rules
from canbao.rules.permissions import Permission, allows
from canbao.services import access
from canbao.services.accounts import locking, people, policy, session_list
from canbao.web.policy.clauses import clauses
from canbao.web.policy.forms import Change, Reason, SwitchOn
from canbao.web.remarks import Refused
from canbao.web.request import PageRequest, now


def policy_page(request: PageRequest) -> HttpResponse:
    rows = policy.rows(actor=request.acting)
    groups = [(name, list(found)) for name, found in groupby(rows, key=lambda row: row.parameter.group)]
    may_change = allows(request.acting.role, Permission.POLICY_CHANGE)
    return render(request, "policy/policy.html", {"groups": groups, "may_change": may_change})


def change(request: PageRequest) -> HttpResponse:
    """Raises access.NotFound for a parameter that does not exist or cannot be changed."""
    row = next(
        (row for row in policy.rows(actor=request.acting) if row.parameter.name == request.GET.get("name")), None
    )
    if row is None or row.parameter.is_fixed:
        raise access.NotFound
    kind = SwitchOn if row.parameter.kind is rules.Kind.SWITCH else Change
    form = kind(request.POST or None, initial={"value": row.value}, parameter=row.parameter)
    if request.method == "POST" and form.is_valid() and _changed(request, row, form):
        messages.success(request, f"已修改“{row.parameter.label}”，立即生效。")
        return redirect("policy")
    return render(request, "policy/change.html", {"row": row, "form": form}, status=422 if form.errors else 200)


def _changed(request: PageRequest, row: policy.Row, form: Change) -> bool:
    given = form.cleaned_data
    try:
        policy.change(row.parameter.name, value=given["value"], reason=given["reason"], actor=request.acting, at=now())
    except policy.Unchanged:
        form.add_error("value", "与现行值相同。")
    except policy.ReasonMissing:
        form.add_error("reason", "请写明理由。")
    else:
        return True
    return False


def check(request: PageRequest) -> HttpResponse:
    """Each clause with the value in force and where it can be seen."""
    found = clauses({row.parameter.name: row for row in policy.rows(actor=request.acting)})
    return render(request, "policy/check.html", {"clauses": found})


def locks(request: PageRequest, refused: Refused | None = None) -> HttpResponse:
    """With what was wrong with a reason, beside it."""
    about = {"locked": locking.locked(actor=request.acting, at=now()), "refused": refused}
    return render(request, "policy/locks.html", about, status=422 if refused else 200)


def unlock(request: PageRequest) -> HttpResponse:
    if request.method == "POST":
        name = request.POST.get("name", "")[:60]
        if not (reason := _reason(request)):
            return locks(request, _unreasoned(request, f"unlock-{name}"))
        try:
            locking.unlock(name, reason=reason, actor=request.acting, at=now())
            messages.success(request, f"账号 {name} 已解锁。")
        except people.OwnAccount:
            messages.error(request, "不能为自己解锁，请另一名安全管理员办理。")
    return redirect("locks")


def _reason(request: PageRequest) -> str:
    form = Reason(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""


def _unreasoned(request: PageRequest, at: str) -> Refused:
    return Refused(at, "请写明理由（200 字以内）。", request.POST.get("reason", ""))


def sessions_page(request: PageRequest) -> HttpResponse:
    found = session_list.listed(actor=request.acting, this=str(request.session.session_key), at=now())
    return render(request, "policy/sessions.html", {"sessions": found, "most": session_list.SHOWN})


def end_session(request: PageRequest) -> HttpResponse:
    if request.method == "POST":
        session_list.end(request.POST.get("key", "")[:40], actor=request.acting, at=now())
        messages.success(request, "会话已结束，对方下一次操作时须重新登录。")
    return redirect(reverse("sessions"))
