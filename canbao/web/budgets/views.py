"""Translate, ask `services.budgets`, translate back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from canbao.rules import approval
from canbao.rules.approval import State
from canbao.rules.budgets import Budget
from canbao.rules.roles import Role
from canbao.services import access, audit, budgets
from canbao.web import toasts
from canbao.web.budgets.forms import AskForm
from canbao.web.remarks import Refused
from canbao.web.request import PageRequest, now

TONES = {State.SUBMITTED: "wait", State.APPROVED: "ok", State.REFUSED: "bad", State.WITHDRAWN: "plain"}
_NO_REASON = "请写明原因。"
_MOVED_ON = "这条申请已经办结，请看最新状态。"


@require_safe
def own(request: PageRequest) -> HttpResponse:
    """What the account has used, and the form to ask for more."""
    actor = _actor(request)
    wanted = request.GET.get("budget", "")
    return _own(request, AskForm(role=actor.role, initial={"budget": wanted} if wanted in set(Budget) else None))


@require_POST
def ask(request: PageRequest) -> HttpResponse:
    """Put the request on record; it waits for a security administrator."""
    actor = _actor(request)
    form = AskForm(request.POST, role=actor.role)
    if form.is_valid() and _asked(form, actor):
        toasts.done(request, "申请已提交，等待安全管理员批准。")
        return redirect("budgets")
    return _own(request, form, status=422)


def _asked(form: AskForm, actor: Any) -> bool:
    given = form.cleaned_data
    try:
        budgets.ask(
            form.chosen, amount=given["amount"], hours=given["hours"], reason=given["reason"], actor=actor, at=now()
        )
    except budgets.LiftReasonMissingError:
        form.add_error("reason", "请写明理由。")
    except budgets.LiftAmountError as bad:
        form.add_error("amount", f"一次最多申请增加 {bad.most}。")
    except budgets.LiftPendingError:
        form.add_error("budget", "这项额度已有一条申请等待批准。")
    return not form.errors


@require_POST
def withdraw(request: PageRequest, lift_id: int) -> HttpResponse:
    """Take the own request back."""
    reason = request.POST.get("reason", "")[:200]
    try:
        budgets.withdraw(lift_id, reason=reason, actor=_actor(request), at=now())
    except budgets.LiftReasonMissingError:
        form = AskForm(role=_actor(request).role)
        return _own(request, form, refused=Refused(f"withdraw-{lift_id}", _NO_REASON, reason), status=422)
    except approval.Refused:
        toasts.refused(request, _MOVED_ON)
    else:
        toasts.done(request, "申请已撤回。")
    return redirect("budgets")


@require_safe
def requests(request: PageRequest) -> HttpResponse:
    """What waits in the area, and what was decided last."""
    return _requests(request)


@require_POST
def grant(request: PageRequest, lift_id: int) -> HttpResponse:
    """Allow it, from now on."""
    return _decided(request, lambda: budgets.grant(lift_id, actor=request.acting, at=now()), "已批准，立即生效。")


@require_POST
def refuse(request: PageRequest, lift_id: int) -> HttpResponse:
    """Refuse it with a reason, which the account reads."""
    reason = request.POST.get("reason", "")[:200]
    if not reason.strip():
        return _requests(request, refused=Refused(f"refuse-{lift_id}", _NO_REASON, reason), status=422)
    act = lambda: budgets.refuse(lift_id, reason=reason, actor=request.acting, at=now())  # noqa: E731
    return _decided(request, act, "已记为不予批准。")


def _decided(request: PageRequest, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except approval.SamePerson:
        toasts.refused(request, "这是您本人的申请，须由另一名安全管理员批准。")
    except approval.Refused:
        toasts.refused(request, _MOVED_ON)
    else:
        toasts.done(request, said)
    return redirect("budget-requests")


def _actor(request: PageRequest) -> Any:
    """Raises access.NotFound for an account without a post: it looks nothing up."""
    if request.actor is None:
        raise access.NotFound
    return request.actor


def _own(request: PageRequest, form: AskForm, *, status: int = 200, refused: Refused | None = None) -> HttpResponse:
    found = budgets.own(actor=_actor(request), at=now())
    shown = {"uses": found.uses, "lifts": _rows(found.lifts), "form": form, "refused": refused}
    return render(request, "budgets/own.html", shown, status=status)


def _requests(request: PageRequest, *, status: int = 200, refused: Refused | None = None) -> HttpResponse:
    shown = {
        "waiting": _rows(budgets.waiting(actor=request.acting)), "settled": _rows(budgets.settled(actor=request.acting)),
        "me": request.acting.account, "refused": refused,
    }  # fmt: skip
    return render(request, "budgets/requests.html", shown, status=status)


def _rows(lifts: Iterable[Any]) -> list[dict[str, Any]]:
    """Requests in words."""
    kept = list(lifts)
    names = audit.real_names({lift.asked_by for lift in kept} | {lift.settled_by for lift in kept})
    return [
        {
            "lift": lift, "budget": Budget(lift.budget), "who": names.get(lift.asked_by, lift.asked_by),
            "by": names.get(lift.settled_by, lift.settled_by), "role": Role(lift.role).label,
            "office": audit.office_words(lift.office), "state": State(lift.state), "tone": TONES[State(lift.state)],
            "said": lift.steps[-1]["reason"], "waits": lift.state == State.SUBMITTED,
        }
        for lift in kept
    ]  # fmt: skip
