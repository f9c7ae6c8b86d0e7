"""Every page names what it takes to open it; the matrix test reads these names."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import URLPattern, path

from canbao.rules.permissions import Permission
from canbao.services import access
from canbao.web import gates
from canbao.web.request import PageRequest

View = Callable[..., HttpResponse]
WAYS = ("GET", "HEAD", "POST")  # the pages tell POST from the rest; TRACE and inventions would pass for reading


class Open(StrEnum):
    """Pages without a permission: to anybody, or to any signed-in account."""

    ANYBODY = "ANYBODY"
    SIGNED_IN = "SIGNED_IN"


def page(route: str, view: View, *, name: str, need: Permission | Open, repeats: bool = False) -> URLPattern:
    """A route whose view runs only for those who may: others are sent to sign in, or refused (on record).

    repeats: a POST may be carried out again from a page that was shown before (canbao.web.submissions), as a search or a switch.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = cast(PageRequest, request)
        if request.method not in WAYS:
            return HttpResponseNotAllowed(WAYS)
        if need is not Open.ANYBODY and (answer := gates.stop(asked)):
            return answer
        if isinstance(need, Permission):
            if asked.actor is None:
                raise access.NotAllowed(need)
            access.require(asked.actor, need)
            asked.acting = asked.actor
        answer = view(asked, *args, **kwargs)
        return _nothing_to_read(request, answer) if request.method == "GET" and answer.status_code == 405 else answer

    guarded.need = need  # type: ignore[attr-defined]
    guarded.repeats = repeats  # type: ignore[attr-defined]
    return path(route, guarded, name=name)


def _nothing_to_read(request: HttpRequest, refused: HttpResponse) -> HttpResponse:
    """What only a button does was opened as a page: typed, reloaded, or come back to after signing in. Browsers show nothing of
    an answer without words."""
    answer = render(request, "405.html", status=405)
    answer.headers["Allow"] = refused.headers["Allow"]
    return answer
