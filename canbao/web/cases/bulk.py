"""Bulk decisions: choose the evidence, see what it would settle, ask; another confirms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from canbao.rules import approval
from canbao.rules.permissions import Permission, allows
from canbao.services import audit, matching, registry
from canbao.web.cases import asked, sides
from canbao.web.request import PageRequest, now, today

TONES = {"SUBMITTED": "wait", "WORKING": "look", "APPROVED": "ok", "REFUSED": "bad", "UNDONE": "plain"}
IN_BACKGROUND = "成批判定 {} 有 {} 件，已转后台办理，进度在“我的任务”中查看。"


def bulks(request: PageRequest, *, wrong: dict[str, str] | None = None) -> HttpResponse:
    """The evidence of open cases, and the bulk decisions asked for."""
    may_ask = allows(request.acting.role, Permission.CASE_DECIDE)
    found = matching.bulk.requests(request.acting)
    names = audit.real_names({name for one in found for name in (one.asked_by, one.checked_by)})
    rows = [
        {"bulk": one, "tone": TONES[one.state], "asked_by": names.get(one.asked_by, one.asked_by),
         "checked_by": names.get(one.checked_by, one.checked_by)}
        for one in found
    ]  # fmt: skip
    shown = {
        "patterns": matching.bulk.patterns(request.acting) if may_ask else [],
        "asked": rows,
        "may_ask": may_ask,
        "may_check": allows(request.acting.role, Permission.CASE_DECIDE_BULK), "wrong": wrong or {},
    }  # fmt: skip
    return render(request, "cases/bulks.html", shown, status=422 if wrong else 200)


def preview(request: PageRequest) -> HttpResponse:
    """How many, where, and ten of them side by side."""
    return _preview(request, request.GET)


def _preview(request: PageRequest, said: QueryDict, *, wrong: dict[str, str] | None = None) -> HttpResponse:
    """wrong: beside which field, and why nothing was asked for."""
    try:
        found = matching.bulk.preview(request.acting, pattern=asked.text(said, "pattern", most=2000), at=now())
    except matching.bulk.NoneFound:
        messages.warning(request, "这一组证据已没有待判定的疑点。")
        return redirect("case-bulks")
    asked_for = _to_check(request)
    may_ask = allows(request.acting.role, Permission.CASE_DECIDE) and asked_for is None
    return render(request, "cases/bulk_preview.html", _previewed(found) | {
        "bulk": asked_for, "may_ask": may_ask, "wrong": wrong or {}, "kept": said if wrong else None,
    }, status=422 if wrong else 200)  # fmt: skip


def _to_check(request: PageRequest) -> Any:
    """The request that this preview is looked at for, where it waits for this reader to confirm it."""
    if not allows(request.acting.role, Permission.CASE_DECIDE_BULK):
        return None
    wanted = asked.number(request.GET, "bulk")
    return next(
        (one for one in matching.bulk.requests(request.acting) if one.pk == wanted and one.state == "SUBMITTED"), None
    )


def _previewed(found: matching.bulk.Preview) -> dict[str, Any]:
    return {
        "found": found,
        "below": [(audit.office_words(path), n) for path, n in found.below],
        "sample": [
            {"case": view.case, "heads": sides.heads(view), "rows": sides.rows(view, on=today())}
            for view in found.sample
        ],
        "most": matching.bulk.AT_ONCE,
    }


@require_POST
def ask(request: PageRequest) -> HttpResponse:
    """Ask for the decision."""
    if request.POST.get("verdict") not in ("same", "different"):
        return _preview(request, request.POST, wrong={"verdict": "请选择结论：同一人，还是不同的人。"})
    try:
        made = matching.bulk.ask(
            request.acting, pattern=asked.text(request.POST, "pattern", most=2000), same=request.POST.get("verdict") == "same",
            reason=asked.text(request.POST, "reason"), last_case_id=asked.number(request.POST, "last_case_id"), at=now(),
        )  # fmt: skip
        messages.success(request, f"已提交成批判定申请 {made.pk}，共 {made.found} 件，等待另一人确认。")
    except registry.NoBasis:
        return _preview(request, request.POST, wrong={"reason": "请写明成批判定的理由。"})
    except matching.bulk.NoneFound:
        messages.error(request, "这一组证据已没有待判定的疑点。")
    return redirect("case-bulks")


@require_POST
def check(request: PageRequest, bulk_id: int) -> HttpResponse:
    """Confirm or refuse as the second person."""
    try:
        if request.POST.get("verdict") == "refuse":
            reason = asked.text(request.POST, "reason")
            matching.bulk.refuse(bulk_id, actor=request.acting, at=now(), reason=reason)
            messages.success(request, f"成批判定 {bulk_id} 不予确认，没有改动。")
        else:
            done = matching.bulk.confirm(bulk_id, on=today(), actor=request.acting, at=now())
            if done.state == "WORKING":
                messages.info(request, IN_BACKGROUND.format(bulk_id, done.found))
                return redirect("case-bulks")
            left = f"，{done.skipped} 件情况已变，留待逐件判定" if done.skipped else ""
            messages.success(request, f"成批判定 {bulk_id} 已生效：判定 {done.settled} 件{left}。")
    except approval.SamePerson:
        messages.error(request, "申请和确认须由两个人办理，您不能确认自己的申请。")
    except approval.NoReason:
        return bulks(request, wrong={f"reason-{bulk_id}": "不予确认须写明理由。"})
    except approval.WrongStage:
        messages.error(request, f"成批判定 {bulk_id} 已由他人办理。")
    return redirect("case-bulks")


@require_POST
def undo(request: PageRequest, bulk_id: int) -> HttpResponse:
    """Take the whole of it back."""
    try:
        done = matching.bulk.undo(bulk_id, on=today(), actor=request.acting, at=now())
        if done.state == "APPROVED":
            messages.info(
                request, f"成批判定 {bulk_id} 有 {done.settled} 件，撤销已转后台办理，进度在“我的任务”中查看。"
            )
            return redirect("case-bulks")
        messages.success(request, f"成批判定 {bulk_id} 已全部撤销，恢复 {done.settled} 件。")
    except registry.LaterActs:
        messages.error(request, "此后已有人对其中的人员办理过业务，不能整批撤销。请先撤销那些办理。")
    except approval.WrongStage:
        messages.error(request, f"成批判定 {bulk_id} 现在不能撤销。")
    return redirect("case-bulks")
