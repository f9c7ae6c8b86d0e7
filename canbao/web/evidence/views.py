"""The papers of a line: taken in, looked at page by page, withdrawn."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from canbao.rules import approval
from canbao.rules.evidence import EvidenceKind
from canbao.rules.permissions import Permission, allows
from canbao.services import access, audit, evidence
from canbao.services.survey import papers_of
from canbao.web import toasts
from canbao.web.evidence import words
from canbao.web.evidence.forms import Paper
from canbao.web.request import PageRequest, now, row_number, today
from canbao.web.submissions import done


@require_GET
def of_task(request: PageRequest, task_id: int) -> HttpResponse:
    """What is on file for a line, and the form to take in more."""
    kind = request.GET.get("kind", "")
    form = Paper(initial={"kind": kind if kind in set(EvidenceKind) else ""})
    return render(request, "evidence/list.html", _list(request, task_id, form))


@require_POST
def add(request: PageRequest, task_id: int) -> HttpResponse:
    """Take one paper in."""
    access.task(request.acting, task_id, need=Permission.EVIDENCE_ADD)
    form = Paper(request.POST, request.FILES)
    if form.is_valid():
        try:
            paper = _add(request, task_id, form.cleaned_data)
        except words.REFUSALS as refusal:
            form.add_error(*words.why_not(refusal))
        else:
            toasts.done(request, f"已收存{EvidenceKind(paper.kind).label}，保管期限{_years(paper.keep_years)}。")
            return _go(request, task_id)
    return render(request, "evidence/list.html", _list(request, task_id, form), status=422)


def _go(request: PageRequest, task_id: int) -> HttpResponse:
    """To the list; the script of the page goes there itself, so that the message waits for it."""
    address = reverse("task-evidence", args=[task_id])
    if request.headers.get("Accept", "").startswith("application/json"):
        return done(JsonResponse({"go": address}), address)
    return redirect(address)


def _years(years: int | None) -> str:
    return "永久" if years is None else f" {years} 年"


def _add(request: PageRequest, task_id: int, said: dict[str, Any]) -> Any:
    files = [
        (str(file.name), file.read() if file.size <= evidence.MOST_BYTES else _too_large(file))
        for file in said["chosen"]
    ]
    return evidence.add(
        task_id, files=files, kind=EvidenceKind(said["kind"]), items=said["items"], paper_number=said["paper_number"],
        issuer=said["issuer"], issued_on=said["issued_on"], actor=request.acting, at=now(),
    )  # fmt: skip


def _too_large(file: Any) -> bytes:
    """As much as tells that it is too large."""
    return bytes(file.read(evidence.MOST_BYTES + 1))


def _list(request: PageRequest, task_id: int, form: Paper) -> dict[str, Any]:
    return {
        "head": papers_of.head(task_id, actor=request.acting, on=today(), at=now()),
        "papers": evidence.of_task(task_id, actor=request.acting), "form": form, "task_id": task_id,
        "may_add": allows(request.acting.role, Permission.EVIDENCE_ADD),
    }  # fmt: skip


@require_GET
def one(request: PageRequest, evidence_id: int) -> HttpResponse:
    """One paper, a page at a time."""
    return _shown(request, evidence_id)


def _shown(request: PageRequest, evidence_id: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    paper = evidence.view(evidence_id, actor=request.acting, at=now())
    number = max(1, min(row_number(request.GET.get("page", "1")), paper.pages))
    damaged = False
    if paper.pages:
        try:
            evidence.check(evidence_id, number=number, actor=request.acting, at=now())
        except evidence.Damaged:
            damaged, status = True, 409
    shown = {
        "paper": paper, "number": number, "damaged": damaged, "problem": problem,
        "before": number - 1 if number > 1 else None, "after": number + 1 if number < paper.pages else None,
        "may_remove": allows(request.acting.role, Permission.EVIDENCE_ADD) and not paper.is_removed,
    }  # fmt: skip
    return render(request, "evidence/paper.html", shown, status=status)


@require_GET
def picture(request: PageRequest, evidence_id: int, place: int) -> HttpResponse:
    """One page as we have drawn it; never what was uploaded."""
    try:
        drawn = evidence.picture(evidence_id, number=place, actor=request.acting, at=now())
    except (evidence.Damaged, evidence.NotAPaper, evidence.PausedError, evidence.OneAtATimeError) as error:
        status, sentence = words.not_shown(error)
        return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=status)
    answer = HttpResponse(drawn, content_type="image/png")
    answer["Content-Disposition"] = "inline"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
def remove(request: PageRequest, evidence_id: int) -> HttpResponse:
    """Withdraw a paper; it stays in the files."""
    try:
        row = evidence.remove(evidence_id, reason=request.POST.get("reason", "")[:200], actor=request.acting, at=now())
    except approval.NoReason:
        return _shown(request, evidence_id, problem="没有撤下：请写明撤下的理由。", status=422)
    except evidence.AlreadyRemoved as already:
        return _shown(
            request,
            evidence_id,
            problem=f"这份材料已由 {audit.real_names({already.by}).get(already.by, already.by)} 撤下。",
            status=409,
        )
    toasts.done(request, f"已撤下{EvidenceKind(row.kind).label}：不再作为证明，仍留在档案中。")
    return redirect("task-evidence", row.task_id) if row.task_id else redirect("evidence", evidence_id)
