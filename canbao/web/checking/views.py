"""The town's desk: what lies in a village, sent back or closed by keyboard, and taken back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from canbao.rules.approval import NoReason
from canbao.rules.offices import office_area
from canbao.rules.permissions import Permission, allows
from canbao.rules.survey import TaskState
from canbao.services.survey import check_list, checking, reaching
from canbao.web import toasts
from canbao.web.checking import asked
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.survey.tabs import tabs_of

REASONS = (
    "登记表没有签名",
    "签名不是本人且没有委托书",
    "内容填写不全",
    "字迹不清",
    "缺证明材料",
    "与户内其他人的情况矛盾",
)
TONES = {"HANDED_IN": "wait", "RETURNED": "look", "ENTERED": "ok"}
REFUSALS: dict[type[checking.Refused], str] = {
    checking.NothingChosen: "没有选中可以办理的人。请先勾选（按 X），再退回或办结。",
    checking.NotThere: "所选人员中有 {} 人已由他人办理，状态已经变化，一个也没有办。页面已更新，请重新勾选。",
    checking.NotEntered: "所选人员中有 {} 人的登记表尚未录入，不能办结，一个也没有办。请先录入，或不勾选这些人。",
    checking.NoEvidence: "所选人员中有 {} 人缺死亡证明，不能办结，一个也没有办。请先收存证明材料，或退回村社补交。",
    checking.SecondDue: "所选人员中有 {} 人的登记表已抽中复录，须由另一人复录、差异核实之后才能办结，一个也没有办。",
    checking.OwnEntry: "所选人员中有 {} 人的登记表由您本人录入，须由另一人办结，一个也没有办。",
    checking.OwnReport: "所选人员中有 {} 人的走访结果由您本人上报，须由另一人办结，一个也没有办。",
    checking.StillOpen: "这个村社还有 {} 人没有上交，不能整村办结。请先催交，或逐人勾选办结。",
}  # fmt: skip


def check(request: PageRequest, round_id: int) -> HttpResponse:
    """A village's lines, or what was decided about them."""
    return _decide(request, round_id) if request.method == "POST" else _shown(request, round_id, request.GET)


def _shown(
    request: PageRequest, round_id: int, asked_for: QueryDict, *, wrong: dict[str, str] | None = None
) -> HttpResponse:
    """wrong: beside which field, and why nothing was done; ticks and texts are shown as they were sent."""
    villages = check_list.villages(request.acting, round_id)
    first = next((one.path for one in villages if one.to_check), villages[0].path if villages else "")
    village = asked.office(asked_for, "village") or first
    state = asked.text(asked_for, "state", most=12)
    after = row_number(request.GET.get("after", ""))
    page = check_list.lines(
        request.acting, round_id, village=village, state=state, after=after, on=today(), at=now()
    ) if village else check_list.Page([], None)  # fmt: skip
    shown: dict[str, Any] = {
        "round": reaching.round_of(request.acting, round_id), "page": page, "after": page.after, "state": state,
        "villages": [(one, office_area(one.path)) for one in villages], "village": village,
        "here": next((one for one in villages if one.path == village), None), "reasons": REASONS, "tones": TONES,
        "states": [one for one in TaskState if one.value in TONES],
        "tabs": tabs_of(request, round_id, here="survey-check"), "wrong": wrong or {}, "kept": request.POST if wrong else None,
        "may_enter": allows(request.acting.role, Permission.SURVEY_ENTER), "may_open": allows(request.acting.role, Permission.PERSON_VIEW),
    }  # fmt: skip
    return render(request, "checking/check.html", shown, status=422 if wrong else 200)


def _decide(request: PageRequest, round_id: int) -> HttpResponse:
    village = asked.office(request.POST, "village")
    try:
        match request.POST.get("act"):
            case "send":
                _send_back(request, round_id)
            case "close":
                _close(request, round_id)
            case "village":
                _close_village(request, round_id, village)
            case _:
                return _shown(request, round_id, request.POST, wrong={"task": "请选择退回或办结。"})
    except checking.Refused as refusal:
        wrong = {"task": REFUSALS[type(refusal)].format(refusal.count)}
        return _shown(request, round_id, request.POST, wrong=wrong)
    except NoReason:
        said = "退回须写明原因，村社才知道要补什么。请选择或填写退回原因。"
        return _shown(request, round_id, request.POST, wrong={"reason": said})
    except reaching.RoundOver:
        return _shown(request, round_id, request.POST, wrong={"task": "本次入户调查已经结束，不能再审核。"})
    return redirect(_address(round_id, village, asked.text(request.POST, "state", most=12)))


def _address(round_id: int, village: str, state: str = "") -> str:
    """The same list again: its village and, where one was chosen, the state."""
    kept = {name: value for name, value in (("village", village), ("state", state)) if value}
    return reverse("survey-check", args=[round_id]) + ("?" + urlencode(kept) if kept else "")


def _send_back(request: PageRequest, round_id: int) -> None:
    tasks = asked.rows(request.POST, "task")
    parts = (asked.text(request.POST, "reason"), asked.text(request.POST, "more"))
    done = checking.send_back(
        round_id, tasks=tasks, reason="；".join(filter(None, parts)), actor=request.acting, at=now()
    )
    undo = {"what": "send", "task": ",".join(map(str, tasks)), "village": asked.office(request.POST, "village")}
    toasts.done(request, f"已退回 {done} 人。", undo=_undo(round_id, undo))


def _close(request: PageRequest, round_id: int) -> None:
    at = now()
    done = checking.close(round_id, tasks=asked.rows(request.POST, "task"), actor=request.acting, at=at)
    undo = {"what": "close", "at": at.isoformat(), "village": asked.office(request.POST, "village")}
    toasts.done(request, f"已办结 {done} 人。", undo=_undo(round_id, undo))


def _close_village(request: PageRequest, round_id: int, village: str) -> None:
    at = now()
    done = checking.close_village(round_id, village=village, actor=request.acting, at=at)
    undo = {"what": "close", "at": at.isoformat(), "village": village}
    toasts.done(request, f"已整村办结 {done} 人。", undo=_undo(round_id, undo))


def _undo(round_id: int, what: dict[str, str]) -> str:
    return reverse("survey-check-undo", args=[round_id]) + "?" + urlencode(what)


@require_POST
def undo(request: PageRequest, round_id: int) -> HttpResponse:
    """Take back what the last page said."""
    at = asked.moment(request.GET, "at")
    try:
        if request.GET.get("what") == "close" and at:
            done = checking.undo_close(round_id, closed_at=at, actor=request.acting, at=now())
        else:
            tasks = asked.rows(request.GET, "task")
            done = checking.undo_send_back(round_id, tasks=tasks, actor=request.acting, at=now())
        toasts.done(request, f"已撤销，{done} 人恢复原状。")
    except checking.NotYours:
        toasts.refused(request, "不能撤销：由谁退回或办结，就由谁撤销。")
    except checking.Refused:
        toasts.refused(request, "不能撤销：这些人已经重新走访，或者已由他人办理。")
    except reaching.RoundOver:
        toasts.refused(request, "本次入户调查已经结束，不能再撤销。")
    return redirect(_address(round_id, asked.office(request.GET, "village")))
