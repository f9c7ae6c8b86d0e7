"""List, register, grant, hand out the token, switch off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.rules import approval
from canbao.rules.offices import office_name
from canbao.rules.permissions import Permission, allows
from canbao.rules.purposes import Purpose
from canbao.services import clients
from canbao.web.clients.forms import ClientForm, ReasonForm
from canbao.web.clients.labels import FIELD_LABELS
from canbao.web.remarks import Refused
from canbao.web.request import PageRequest, now


def listing(request: PageRequest) -> HttpResponse:
    found = clients.all_clients(actor=request.acting)
    may_register = allows(request.acting.role, Permission.CLIENT_MANAGE)
    return render(request, "clients/list.html", {"clients": found, "may_register": may_register})


def new(request: PageRequest) -> HttpResponse:
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = clients.register(
                name=given["name"], department=given["department"], basis=given["basis"],
                purposes=[Purpose(p) for p in given["purposes"]], fields=given["fields_granted"],
                office=given["office"], quota=given["quota"], actor=request.acting, at=now(),
            )  # fmt: skip
        except clients.NameTaken:
            form.add_error("name", "这个名称已经用过，请换一个。")
        else:
            return redirect("client", made.pk)
    return render(request, "clients/new.html", {"form": form}, status=422 if form.errors else 200)


def one(request: PageRequest, client_id: int, **more: Any) -> HttpResponse:
    found = clients.client(client_id, actor=request.acting)
    role = request.acting.role
    shown = {
        "client": found,
        "office": office_name(found.office),
        "purposes": [Purpose(p).label for p in found.purposes],
        "fields": [FIELD_LABELS[name] for name in found.fields],
        "live": bool(found.granted_at and not found.stopped_at),
        "may_grant": allows(role, Permission.CLIENT_GRANT) and not found.granted_at and not found.stopped_at,
        "may_issue": allows(role, Permission.CLIENT_MANAGE) and found.granted_at and not found.stopped_at,
    }
    status = more.pop("status", 200)
    return render(request, "clients/one.html", shown | more, status=status)


@require_POST
def grant(request: PageRequest, client_id: int) -> HttpResponse:
    return _act(request, client_id, lambda: clients.grant(client_id, actor=request.acting, at=now()))


@require_POST
def token(request: PageRequest, client_id: int) -> HttpResponse:
    """The only page that ever shows the token: it is not kept anywhere."""
    try:
        made = clients.issue_token(client_id, actor=request.acting, at=now())
    except clients.WrongState:
        return one(request, client_id, problem=_WRONG_STATE, status=409)
    return one(request, client_id, token=made)


@require_POST
def stop(request: PageRequest, client_id: int) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return one(request, client_id, refused=_unreasoned(request), status=422)
    reason = form.cleaned_data["reason"]
    return _act(request, client_id, lambda: clients.stop(client_id, reason=reason, actor=request.acting, at=now()))


def _unreasoned(request: PageRequest) -> Refused:
    return Refused("stop-reason", "请写明停用原因（200 字以内）。", request.POST.get("reason", ""))


_WRONG_STATE = "该接口用户的状态已经变化，请看下面的现状。"


def _act(request: PageRequest, client_id: int, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except approval.SamePerson:
        return one(request, client_id, problem="登记和批准不能是同一个人，请由另一名管理员批准。", status=409)
    except clients.WrongState:
        return one(request, client_id, problem=_WRONG_STATE, status=409)
    return redirect("client", client_id)
