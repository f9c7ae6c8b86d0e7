"""What I asked for: how far it is, how it ended."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from canbao.rules.roles import Actor
from canbao.services import access, jobs
from canbao.services.jobs import Kind, Seen
from canbao.web.jobs.archive import zipped
from canbao.web.request import PageRequest, now, row_number

EXPORTS = {kind.value: kind for kind in (Kind.EXPORT_CASES,)}


def jobs_page(request: PageRequest) -> HttpResponse:
    seen = jobs.of(_actor(request), after=row_number(request.GET.get("after", "")))
    more = seen[-1].job.pk if len(seen) == 50 else None
    return render(request, "jobs/jobs.html", {"seen": seen, "after": more})


def job(request: PageRequest, job_id: int) -> HttpResponse:
    return render(request, "jobs/job.html", {"seen": _look(request, job_id)})


def progress(request: PageRequest, job_id: int) -> HttpResponse:
    """The part that looks again by itself; when the job ends, the page it stands on is read anew."""
    seen = _look(request, job_id)
    answer = render(request, "components/job.html", {"seen": seen})
    if not seen.is_running:
        answer["HX-Refresh"] = "true"
    return answer


def cancel(request: PageRequest, job_id: int) -> HttpResponse:
    seen = _look(request, job_id)
    if request.method == "POST":
        try:
            jobs.cancel(job_id, actor=_actor(request), at=now())
            messages.success(request, f"已要求取消“{seen.job.label}”。")
        except jobs.NotCancellable:
            messages.warning(request, "这项任务已经结束，或者不能中途停止。")
    return redirect("job", job_id=job_id)


def file(request: PageRequest, job_id: int) -> HttpResponse:
    path = jobs.download(job_id, actor=_actor(request), at=now())
    return cast(
        HttpResponse, FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
    )  # routes ask for one; a stream is its sibling


def named_file(request: PageRequest, job_id: int, file_name: str) -> HttpResponse:
    """One of several files."""
    path = jobs.download(job_id, file_name, actor=_actor(request), at=now())
    return cast(HttpResponse, FileResponse(path.open("rb"), as_attachment=True, filename=path.name))


def all_files(request: PageRequest, job_id: int) -> HttpResponse:
    """All of them as one archive, made while it is sent."""
    paths = jobs.download_all(job_id, actor=_actor(request), at=now())
    answer = StreamingHttpResponse(zipped(paths), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="job-{job_id}.zip"'
    return cast(HttpResponse, answer)


def export(request: PageRequest) -> HttpResponse:
    kind = EXPORTS.get(request.POST.get("kind", ""))
    if request.method == "POST" and kind:
        made = jobs.start(kind, label=kind.label, arguments={}, actor=request.acting, at=now())
        return redirect("job", job_id=made.pk)
    return render(request, "jobs/exports.html", {"kinds": EXPORTS.values()})


def _look(request: PageRequest, job_id: int) -> Seen:
    return jobs.look(job_id, _actor(request))


def _actor(request: PageRequest) -> Actor:
    """Somebody without a post today has no jobs."""
    if request.actor is None:
        raise access.NotFound
    return request.actor
