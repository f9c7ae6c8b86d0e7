"""One submission id per form shown: a double click, the back button or a resend after a lost network has one effect."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from canbao.services import submissions
from canbao.web import uploads
from canbao.web.request import PageRequest, now

FIELD: Final = "submission"
_NOT_OF_THE_CONTENT: Final = (FIELD, "csrfmiddlewaretoken", "seconds")  # seconds: counted by the page
_LONGEST_PAGE, _LONGEST_LOCATION = 200, 500
_DONE: Final = "submission_done"


class SubmissionMiddleware:
    """After AreaMiddleware, inside its transaction: the id and the act are kept together or not at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        answer = self.get_response(plain)
        if begun := getattr(plain, FIELD, None):
            _end(plain, begun, answer)
        return answer

    def process_view(self, plain: HttpRequest, view: Callable[..., HttpResponse], *_: Any) -> HttpResponse | None:
        """The answer of the first sending, where there was one."""
        request = cast(PageRequest, plain)
        if request.method != "POST" or getattr(view, "repeats", False) or not request.user.is_authenticated:
            return None
        if (sent := _id_of(request)) is None:
            return None
        account, page = request.user.name, request.path[:_LONGEST_PAGE]
        try:
            first = submissions.begin(sent, account=account, page=page, digest=digest_of(request), at=now())
        except submissions.UsedAnewError as used:
            return render(request, "sent_already.html", {"location": used.location}, status=409)
        if first:
            return _again(request, first)
        setattr(request, FIELD, sent)
        return None


def done(answer: HttpResponse, address: str) -> HttpResponse:
    """Mark an answer that is no redirect as that of a finished act. address: what a second sending is led to."""
    setattr(answer, _DONE, address)
    return answer


def digest_of(request: HttpRequest) -> str:
    """Of what was sent, files with their content, without the keys that travel with it."""
    said = [(name, *values) for name, values in request.POST.lists() if name not in _NOT_OF_THE_CONTENT]
    # A corrected file often has the name and the size of the first.
    files = [(name, *((file.name, uploads.digest_of(file)) for file in all_)) for name, all_ in request.FILES.lists()]
    return hashlib.sha256(repr((sorted(said), sorted(files))).encode()).hexdigest()


def _id_of(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None


def _end(request: HttpRequest, sent: UUID, answer: HttpResponse) -> None:
    """What was done is kept, also what was done in part; a form of which nothing was done is corrected and sent again."""
    marked = getattr(answer, _DONE, "")
    location = marked or answer.headers.get("Location", "")
    was_done = bool(marked) or not _is_refused(request)
    if location and answer.status_code < 400 and was_done and len(location) <= _LONGEST_LOCATION:
        submissions.finish(sent, status=answer.status_code, location=location)
    else:
        submissions.forget(sent)


def _is_refused(request: HttpRequest) -> bool:
    """Whether it is only said what was not done."""
    told = cast(Any, messages.get_messages(request))
    levels = [said.level for said in getattr(told, "_queued_messages", ())]
    return messages.SUCCESS not in levels and any(level >= messages.ERROR for level in levels)


def _again(request: PageRequest, first: submissions.Answer) -> HttpResponse:
    """What the first sending was answered, as this browser asks for it."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"go": first.location})
    header = "HX-Redirect" if request.htmx else "Location"
    return HttpResponse(status=204 if request.htmx else 302, headers={header: first.location})
