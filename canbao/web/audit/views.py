"""Translate, ask the audit, translate back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from canbao.rules.anchors import text_of
from canbao.services import audit
from canbao.services.audit import alarms as watch
from canbao.services.audit import console
from canbao.web.audit.forms import FiltersForm, SettleForm
from canbao.web.request import PageRequest, now, row_number, today

SHOWN_ANCHORS = 200
DIRECTLY = 200_000  # entries that are verified while the page waits; beyond that the command does it


def journal(request: PageRequest) -> HttpResponse:
    """The list with its filters, checks and chart."""
    form = FiltersForm(request.GET)
    filters = form.filters()
    try:
        page = console.search(filters, actor=request.acting, at=now(), after=request.GET.get("after", ""))
    except console.BadPlace as error:
        raise Http404 from error
    counts = console.counts(filters, actor=request.acting, on=today())
    return render(request, "audit/journal.html", {
        "form": form, "page": page, "checks": list(console.Check), "counts": counts,
        "kinds": [(audit.event_words(kind), kind, number) for kind, number in counts.kinds],
        "total": sum(number for _, number in counts.days),
        "is_narrowed": bool(filters.as_detail()), "waiting": watch.waiting(actor=request.acting), "delay": audit.scan_delay(),
    })  # fmt: skip


def sample(request: PageRequest) -> HttpResponse:
    """Some of the entries that the filters leave, by chance."""
    form = FiltersForm(request.GET)
    drawn = console.sample(form.filters(), actor=request.acting, at=now())
    return render(request, "audit/sample.html", {"entries": drawn, "form": form})


def entry(request: PageRequest, number: int) -> HttpResponse:
    try:
        detail = console.entry(number, actor=request.acting, at=now())
    except console.EntryNotFound as error:
        raise Http404 from error
    told = detail.told
    return render(request, "audit/entry.html", {"detail": detail, "entry": told, "kind": audit.event_words(told.event)})


def alarms(request: PageRequest) -> HttpResponse:
    return _alarms(request, SettleForm())


def settle(request: PageRequest, number: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _alarms(request, form, wrong=number, status=422)
    try:
        watch.settle(number, note=form.cleaned_data["note"], actor=request.acting, at=now())
    except watch.AlarmNotFound as error:
        raise Http404 from error
    except watch.AlreadySettled as settled:
        messages.warning(request, f"这条告警已由 {settled.alarm.settled_by} 处理，您的意见没有记入。")
    else:
        messages.success(request, "告警已处理，意见已记入日志。")
    return redirect("audit-alarms")


def scan(request: PageRequest) -> HttpResponse:
    """Look now; otherwise the worker looks every five minutes."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    raised = audit.scan_own(at=now())
    messages.success(request, f"本辖区的日志已检查到现在，{f'新增告警 {raised} 条' if raised else '没有新的告警'}。")
    return redirect("audit-alarms")


def seals(request: PageRequest) -> HttpResponse:
    return render(request, "audit/seals.html", {
        "standing": audit.standing(actor=request.acting), "directly": DIRECTLY, "newest": next(iter(audit.latest(1)), None),
        "outside": [(way, state, state.is_late(now())) for way, state in audit.reached()],
    })  # fmt: skip


def verify(request: PageRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if audit.standing(actor=request.acting).sealed > DIRECTLY:
        messages.warning(request, "日志条数较多，请在服务器上执行 canbao audit verify，结果会显示在本页。")
        return redirect("audit-seals")
    try:
        report = audit.verify(actor=request.acting, at=now(), given=audit.GivenEvidence(stamps=SHOWN_ANCHORS))
    except audit.OnlyPart:
        messages.warning(request, "核验须查阅全市日志，请由市级审计管理员进行。")
        return redirect("audit-seals")
    (messages.success if report.intact else messages.error)(request, f"已核验 {report.sealed} 条。{report.verdict}")
    return redirect("audit-seals")


def anchors(request: PageRequest) -> HttpResponse:
    kept = [item for item in reversed(audit.anchors(SHOWN_ANCHORS)) if item.anchor]
    return render(request, "audit/anchors.html", {"kept": kept, "shown": SHOWN_ANCHORS, "outside": audit.reached()})


def anchor_now(request: PageRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        audit.order_anchor(actor=request.acting, at=now())
    except audit.OnlyPart:
        messages.warning(request, "封存凭证概括全市日志，请由市级审计管理员生成。")
        return redirect("audit-anchors")
    messages.success(
        request, "已交后台进程生成，几秒后刷新本页即可看到。请打印两份，签字后由审计管理员和监督人分别保存。"
    )
    return redirect("audit-anchors")


def anchor(request: PageRequest, number: int) -> HttpResponse:
    """The sheet to print and sign."""
    found = audit.kept_anchor(number)
    if found is None:
        raise Http404
    return render(request, "audit/anchor.html", {"kept": found, "anchor": found.anchor})


def anchor_text(request: PageRequest, number: int) -> HttpResponse:
    """The same as a file, for the auditor to sign away from here."""
    found = audit.kept_anchor(number)
    if found is None or found.anchor is None:
        raise Http404
    answer = HttpResponse(text_of(found.anchor), content_type="text/plain; charset=us-ascii")
    answer["Content-Disposition"] = f'attachment; filename="anchor-{number}.txt"'
    return answer


def _alarms(request: PageRequest, form: SettleForm, *, wrong: int = 0, status: int = 200) -> HttpResponse:
    is_open = request.GET.get("state") != "settled"
    below = request.GET.get("after", "")
    found = watch.alarms(actor=request.acting, is_open=is_open, below=row_number(below) or None)
    after = found[-1].id if len(found) == watch.PAGE else ""
    context = {
        "alarms": found,
        "is_open": is_open,
        "form": form,
        "wrong": wrong,
        "after": after,
        "delay": audit.scan_delay(),
    }
    return render(request, "audit/alarms.html", context, status=status)
