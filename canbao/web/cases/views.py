"""The list of cases, and the desk where one after the other is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from canbao.rules.labels import SETTLING
from canbao.rules.match_labels import CaseKind
from canbao.rules.offices import office_label
from canbao.rules.permissions import Permission, allows
from canbao.services import audit, matching, registry
from canbao.web import submissions
from canbao.web.cases import asked, sides, words
from canbao.web.request import PageRequest, now, today


def cases(request: PageRequest) -> HttpResponse:
    """The cases of the area by kind."""
    counts = matching.counts_by_kind(request.acting)
    kind, office = asked.kind(request.GET, likely=_waiting_first(counts)), asked.text(request.GET, "office")
    state = asked.text(request.GET, "state")
    state = state if state in words.SHOWN_STATES else ""
    found = matching.list_cases(
        request.acting, kind=kind, state=state, office=office, after=asked.place(request.GET), at=now()
    )
    below = matching.counts_below(request.acting, kind)
    shown = {
        "rows": [_line(case, found) for case in found.cases],
        "after": found.after,
        "tabs": [(one.value, words.KINDS[one], counts[one]) for one in CaseKind],
        "kind": kind, "state": state, "office": office, "states": words.SHOWN_STATES,
        "offices": [(matching.OWN, "只看本机构", counts[CaseKind(kind)] - sum(n for _, n in below))]
        + [(path, office_label(path), n) for path, n in below] if below else [],
        "progress": matching.progress(request.acting, at=now()),
        "agreement": matching.agreement(request.acting),
        "may_decide": allows(request.acting.role, Permission.CASE_DECIDE),
        "waiting": counts[CaseKind(kind)],
    }  # fmt: skip
    return render(request, "cases/list.html", shown)


def _waiting_first(counts: Mapping[CaseKind, int]) -> CaseKind:
    """Possible doubles, the daily work; where none wait, the first kind that has cases."""
    kinds = (CaseKind.POSSIBLE_SAME, *CaseKind)
    return next((kind for kind in kinds if counts[kind]), CaseKind.POSSIBLE_SAME)


def next_case(request: PageRequest) -> HttpResponse:
    """Hand out the next case that waits for this account, in order; `after` is left where it is, `back=1` goes the other way."""
    kind, office = asked.kind(request.GET), asked.text(request.GET, "office")
    here, back = asked.number(request.GET, "after"), request.GET.get("back") == "1"
    given: dict[str, Any] = {"after": matching.turn_of(request.acting, here), "skip": here} if here else {}
    if found := matching.take_next(request.acting, kind=kind, office=office, back=back, at=now(), **given):
        return redirect(_address(found, kind, office))
    if not here:
        return redirect(_list(kind, office))
    messages.info(request, "这是等您办理的第一件。" if back else "这是等您办理的最后一件。")
    return redirect(_address(here, kind, office))


def case(request: PageRequest, case_id: int) -> HttpResponse:
    """One case at the desk."""
    held_by = ""
    if allows(request.acting.role, Permission.CASE_DECIDE):
        account = matching.claim(request.acting, case_id, at=now())
        held_by = audit.real_names({account}).get(account, account)
    return render(request, "cases/work.html", _desk(request, case_id, held_by=held_by))


@require_POST
def decide(request: PageRequest, case_id: int) -> HttpResponse:
    """Take what was decided and show the next case in the same answer."""
    kind, office = asked.kind(request.POST), asked.text(request.POST, "office")
    done: dict[str, Any] = {}
    here = matching.turn_of(request.acting, case_id)  # setting it aside moves it to the end
    try:
        done = _carry_out(request, case_id, asked.text(request.POST, "verdict", most=20))
    except matching.NotDecidable as refusal:
        done = {"problem": f"疑点 {case_id} 没有判定：{words.WHY_NOT[refusal.why]}请继续下一件。"}
    except matching.AlreadyOne:
        done = {"problem": f"疑点 {case_id} 的两人已因另一件疑点合并，不能再判为不同的人。如有误，请先撤销那一件。"}
    except registry.NoBasis:
        return _answer(request, case_id, kind, office, {"problem": "请写明理由或转办去向。"})
    except registry.NotFound:
        done = {"problem": f"疑点 {case_id} 的人员已不在登记库中，没有判定。请待下次比对后再看。"}
    following = _following(request, case_id, kind, office, here)
    try:
        return _answer(request, following, kind, office, done)
    except audit.BudgetSpentError as spent:  # what was done stands; the next is not shown
        said = " ".join(filter(None, (done.get("problem") or done.get("said"), spent.sentence)))
        answer = _answer(request, None, kind, office, {"problem": said, "spent": spent})
        return answer if done.get("problem") else submissions.done(answer, _list(kind, office))


def _following(request: PageRequest, case_id: int, kind: str, office: str, here: matching.Turn) -> int | None:
    """The case after this one; at the end those that were passed over before."""
    given: dict[str, Any] = {"kind": kind, "office": office, "skip": case_id, "at": now()}
    return matching.take_next(request.acting, after=here, **given) or matching.take_next(request.acting, **given)


@require_POST
def undo(request: PageRequest, case_id: int) -> HttpResponse:
    """Take the decision back and show the case again."""
    kind, office = asked.kind(request.POST), asked.text(request.POST, "office")
    try:
        matching.undo(case_id, on=today(), actor=request.acting, at=now())
        done = {"said": f"已撤销，疑点 {case_id} 恢复到判定之前。"}
    except matching.NotDecidable:
        done = {"problem": f"疑点 {case_id} 不能撤销：它尚未判定，或不是您判定的。"}
    except registry.LaterActs:
        done = {"problem": f"疑点 {case_id} 判定之后，已有人对这些人员办理过业务，不能直接撤销。请先撤销那些办理。"}
    return _answer(request, case_id, kind, office, done)


def _carry_out(request: PageRequest, case_id: int, verdict: str) -> dict[str, Any]:
    actor, at = request.acting, now()
    reason = asked.text(request.POST, "note") or asked.text(request.POST, f"reason_{verdict}")
    if verdict in ("same", "different"):
        decided = matching.decide(case_id, same=verdict == "same", reason=reason, on=today(), actor=actor, at=at)
        said = words.ROW_VERDICTS if decided.kind == CaseKind.LISTED_PERSON else words.VERDICTS
        extra = {"SECOND": "（抽中双人判定，另一人判定后生效）", "ESCALATED": "（与另一人意见不同，转上级判定）"}
        return {
            "is_decision": True,
            "undo_id": case_id,
            "said": f"疑点 {case_id} 已判定：{said[verdict]}{extra.get(decided.state, '')}",
        }
    if verdict == "later":
        matching.set_aside(case_id, note=asked.text(request.POST, "note"), actor=actor, at=at)
        return {"undo_id": case_id, "said": f"疑点 {case_id} 已暂缓，排到最后"}
    matching.hand_on(case_id, note=asked.text(request.POST, "note"), actor=actor, at=at)
    return {"undo_id": case_id, "said": f"疑点 {case_id} 已记为转办"}


def _answer(request: PageRequest, case_id: int | None, kind: str, office: str, done: dict[str, Any]) -> HttpResponse:
    """The desk alone for htmx, with the address the page now has; a redirect to it otherwise."""
    address = _address(case_id, kind, office) if case_id else _list(kind, office)
    if not request.htmx:
        return _redirected(request, address, done)
    follows = bool(done.get("is_decision"))
    shown = (
        _desk(request, case_id, kind=kind, office=office, follows_decision=follows)
        if case_id
        else _bare(request, kind, office)
    )
    answer = render(request, "cases/_desk.html", shown | done)
    answer["HX-Push-Url"] = address
    return answer if done.get("problem") else submissions.done(answer, address)


def _redirected(request: PageRequest, address: str, done: dict[str, Any]) -> HttpResponse:
    """Without scripts the message waits for the next page."""
    if problem := done.get("problem"):
        messages.error(request, problem)
    else:
        undo_address = reverse("case-undo", args=[done["undo_id"]]) if "undo_id" in done else ""
        messages.success(request, done["said"], extra_tags=undo_address)
    return redirect(address)


def _desk(
    request: PageRequest,
    case_id: int,
    *,
    kind: str = "",
    office: str = "",
    held_by: str = "",
    follows_decision: bool = False,
) -> dict[str, Any]:
    view = matching.view_case(case_id, actor=request.acting, at=now(), follows_decision=follows_decision)
    kind, office = kind or view.case.kind, office or asked.text(request.GET, "office")
    for_, against, rest = view.evidence
    return _bare(request, kind, office) | {
        "view": view, "case": view.case, "heads": sides.heads(view), "rows": sides.rows(view, on=today()),
        "for": for_, "against": against, "rest": rest, "held_by": held_by,
        "state": words.STATES[view.case.state], "kind_label": words.KINDS[view.case.kind],
        "office_name": office_label(view.case.office_path), "settling": SETTLING[view.case.kind],
        "may_decide": view.refusal is None, "why_not": words.WHY_NOT[view.refusal] if view.refusal else "",
        "may_hand_on": view.case.state == "OPEN" and view.case.kind not in matching.DECIDED_HERE
        and allows(request.acting.role, Permission.CASE_DECIDE),
        "may_unmask": allows(request.acting.role, Permission.PERSON_UNMASK),
        "may_go_on": allows(request.acting.role, Permission.CASE_DECIDE),
        "is_undoable": view.case.state in ("DECIDED", "NOTED") and allows(request.acting.role, Permission.CASE_DECIDE),
    }  # fmt: skip


def _bare(request: PageRequest, kind: str, office: str) -> dict[str, Any]:
    is_list_row = kind == CaseKind.LISTED_PERSON
    return {
        "kind": kind, "office": office, "kind_label": words.KINDS[kind], "is_list_row": is_list_row,
        "reasons": words.ROW_REASONS if is_list_row else words.REASONS,
        "verdicts": words.ROW_VERDICTS if is_list_row else words.VERDICTS,
        "progress": matching.progress(request.acting, at=now()),
        "list_address": _list(kind, office),
    }  # fmt: skip


def _line(case: Any, page: matching.Page) -> dict[str, Any]:
    return {
        "case": case, "office": office_label(case.office_path), "state": words.STATES[case.state],
        "found_on": page.found_on.get(case.pk), "people": [
            (one.name or "（无姓名）", one.born, office_label(one.office)) for one in page.people.get(case.pk, [])
        ],
    }  # fmt: skip


def _address(case_id: int | None, kind: str, office: str) -> str:
    more = f"?{urlencode({'office': office})}" if office else ""
    return reverse("case", args=[case_id]) + more


def _list(kind: str, office: str) -> str:
    return f"{reverse('cases')}?{urlencode({'kind': kind} | ({'office': office} if office else {}))}"
