"""What two typed otherwise: how often that happens, and which is right by the paper."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from canbao.rules.answers import Fate
from canbao.services import audit
from canbao.services.survey import comparing, settling
from canbao.services.survey.comparing import EntryKind
from canbao.web import toasts
from canbao.web.entry import words
from canbao.web.request import PageRequest, now, today
from canbao.web.survey.tabs import tabs_of

_BECAME = {
    Fate.NEW: "写入登记库", Fate.STATED: "已更正申报", Fate.SAME: "与登记一致", Fate.CONTRADICTS: "转变更申请", "": "",
}  # fmt: skip


@never_cache
@require_GET
def seconds(request: PageRequest, round_id: int) -> HttpResponse:
    """The forms that two typed otherwise, and the error rates."""
    clerks, items = comparing.rates(request.acting, round_id)
    context = {
        "round_id": round_id, "clerks": clerks, "items": items, "tabs": tabs_of(request, round_id, here="survey-entry"),
        "account": request.acting.account,
        "differences": [
            (one, audit.office_words(one.office), [(item, _BECAME.get(item.fate, "")) for item in one.items])
            for one in comparing.differences(request.acting, round_id, on=today(), at=now())
        ],
    }  # fmt: skip
    return render(request, "entry/seconds.html", context)


@never_cache
def compare(request: PageRequest, task_id: int) -> HttpResponse:
    """One form beside its paper; what was found is sent by POST."""
    try:
        if request.method == "POST":
            return _settle(request, task_id)
        found = comparing.show(task_id, actor=request.acting, at=now())
    except comparing.NothingToSettle:
        return render(request, "entry/held.html", {"task_id": task_id, "said": words.NOTHING_TO_SETTLE})
    return _compared(request, task_id, found)


def _compared(
    request: PageRequest, task_id: int, found: comparing.Difference, *, wrong: dict[str, str] | None = None
) -> HttpResponse:
    """wrong: beside which item, and why it was not settled; what was chosen stays."""
    return render(request, "entry/compare.html", {
        "found": found, "task_id": task_id, "round_id": found.round_id, "office": audit.office_words(found.office),
        "is_own": found.first_account == request.acting.account, "kinds": list(EntryKind),
        "items": [(one, _BECAME.get(one.fate, "")) for one in found.items],
        "wrong": wrong or {}, "kept": request.POST if wrong else None,
    }, status=422 if wrong else 200)  # fmt: skip


def _settle(request: PageRequest, task_id: int) -> HttpResponse:
    """Each item is a decision of its own: what one refuses, the others do not wait for."""
    found = comparing.show(task_id, actor=request.acting, at=now())
    chosen = {one: request.POST.get(f"stands-{one.name}", "") for one in found.items if not one.stands}
    chosen = {one: said for one, said in chosen.items() if said in set(EntryKind)}
    if not chosen:
        said = "没有选择以哪一次为准。请对照纸表逐项选择，再提交。"
        return _compared(request, task_id, found, wrong={"stands": said})
    done, wrong = 0, {}
    for one, said in chosen.items():
        try:
            became = comparing.settle(task_id, item=one.name, stands=EntryKind(said), actor=request.acting, at=now())
            if isinstance(became, settling.NumberTaken):
                wrong[one.name] = words.TAKEN_BY_ANOTHER
            else:
                done += 1
        except words.NOT_SETTLED as why:
            wrong[one.name] = words.not_settled(why)
    if done:
        toasts.done(request, f"已核实 {done} 项，留有记录。")
    if wrong:
        return _compared(request, task_id, comparing.show(task_id, actor=request.acting, at=now()), wrong=wrong)
    return redirect("entry-seconds", found.round_id) if done == found.unsettled else redirect("task-seconds", task_id)
