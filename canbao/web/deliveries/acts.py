"""What is done with deliveries and batches. The long part runs in the background."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from canbao.outside.files.names import shown
from canbao.rules.labels import SOURCES
from canbao.services import intake, jobs
from canbao.services.jobs import Kind
from canbao.web.deliveries.forms import Reason, Said, Upload
from canbao.web.deliveries.views import described
from canbao.web.request import PageRequest, now

_SAME = "您接收或首先放行过这一批次，不能再由您办理这一步：须由另一人办理。"


def receive(request: PageRequest) -> HttpResponse:
    """Upload files; they are kept first and received in the background."""
    form = Upload(request.POST or None, request.FILES or None) if request.method == "POST" else Upload()
    if request.method == "POST" and form.is_valid():
        files = form.cleaned_data["chosen"]
        try:
            token = intake.keep_upload(((file.name, file.chunks()) for file in files), actor=request.acting)
        except intake.BadUpload as bad:
            form.add_error(
                "chosen",
                f"不能接收名为“{shown(bad.name)}”的文件：文件名重复、含有特殊字符，或者不是可以接收的格式。请改名后重新选择。",
            )
        else:
            names = "、".join(file.name for file in files[:2]) + (f" 等 {len(files)} 个文件" if len(files) > 2 else "")
            return _start(request, Kind.RECEIVE, f"接收 {names}", {"upload": token} | form.words())
    waiting = intake.inbox(actor=request.acting)
    return render(request, "deliveries/receive.html", {
        "form": form, "waiting": [(one, SOURCES.get(one.stated.source) if one.stated else "") for one in waiting],
    })  # fmt: skip


def receive_inbox(request: PageRequest) -> HttpResponse:
    """Receive a folder of the server's inbox: its manifest is shown first."""
    name = request.POST.get("folder") or request.GET.get("folder", "")
    if not name:
        return redirect("deliveries-receive")
    folder = intake.inbox_folder(name, actor=request.acting)
    form = Said(request.POST if "go" in request.POST else None)
    form.needs_all = folder.stated is None
    if "go" in request.POST and form.is_valid():
        return _start(request, Kind.RECEIVE, f"接收收件箱 {folder.name}", {"inbox": folder.name} | form.words())
    return render(request, "deliveries/inbox.html", {
        "form": form, "folder": folder, "source": SOURCES.get(folder.stated.source) if folder.stated else "",
    })  # fmt: skip


def release(request: PageRequest, batch_id: int) -> HttpResponse:
    form = Reason(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = intake.approve(batch_id, actor=request.acting, at=now(), reason=form.cleaned_data["reason"])
        except intake.SamePerson:
            form.add_error(None, _SAME)
        except intake.NoSuchBatch:
            pass  # `described` says so
        except intake.WrongStatus:
            messages.warning(request, f"批次 {batch_id} 现在不需要放行。")
            return redirect("batch", batch_id=batch_id)
        else:
            ready = done.status == "PREPARED"
            messages.success(request, f"批次 {batch_id} 已放行，{'可以提交' if ready else '还须另一人放行'}。")
            return redirect("batch", batch_id=batch_id)
    return render(request, "deliveries/release.html", {"form": form, "batch": described(request, batch_id)})


def commit(request: PageRequest, batch_id: int) -> HttpResponse:
    batch = described(request, batch_id)
    if request.method == "POST":
        if batch["is_own"]:
            messages.error(request, _SAME)
        elif batch["status"] != "PREPARED":
            messages.warning(request, f"批次 {batch_id} {batch['status_label']}，现在不能提交。")
        else:
            return _start(request, Kind.COMMIT, f"提交批次 {batch_id}（{batch['label']}）", {"batch": batch_id})
    return redirect("batch", batch_id=batch_id)


def reverse(request: PageRequest, batch_id: int) -> HttpResponse:
    undone = intake.undone_by(batch_id, actor=request.acting)
    form = Reason(request.POST or None)
    if request.method == "POST" and form.is_valid() and not undone.later and undone.batch.status == "COMMITTED":
        label = f"撤销批次 {batch_id}（{SOURCES[undone.batch.delivery.source]}）"
        return _start(request, Kind.REVERSE, label, {"batch": batch_id, "reason": form.cleaned_data["reason"]})
    return render(
        request, "deliveries/reverse.html", {"form": form, "undone": undone, "batch": described(request, batch_id)}
    )


def match(request: PageRequest) -> HttpResponse:
    if request.method == "POST":
        return _start(request, Kind.MATCH, "信息比对", {})
    return redirect("runs")


def _start(request: PageRequest, kind: Kind, label: str, arguments: dict[str, Any]) -> HttpResponse:
    made = jobs.start(kind, label=label, arguments=arguments, actor=request.acting, at=now())
    return redirect("job", job_id=made.pk)
