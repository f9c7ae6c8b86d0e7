"""What waits for this post; and how this browser wants its pages."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from canbao.services import work
from canbao.web.context import VIEW_COOKIE, turned, view_of
from canbao.web.request import PageRequest, today

A_YEAR = 365 * 24 * 3600


def home(request: PageRequest) -> HttpResponse:
    items = work.waiting(request.actor, on=today()) if request.actor else []
    own, below = ([(item, _address(item)) for item in items if item.below is is_below] for is_below in (False, True))
    return render(request, "home/home.html", {"works": own, "below": below})


def _address(item: work.WorkItem) -> str:
    try:
        return reverse(item.route, args=item.args) + (f"?{item.query}" if item.query else "")
    except NoReverseMatch:  # a room that is not there yet
        return ""


@require_POST
def set_view(request: PageRequest) -> HttpResponse:
    """Turn large text on or off, choose dark or light colours, and go back to where one was."""
    wanted = turned(view_of(request), request.POST.get("turn", ""))
    back = request.POST.get("back", "/")
    answer = HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, None) else "/")
    answer.set_cookie(
        VIEW_COOKIE, ".".join(sorted(wanted)), max_age=A_YEAR, httponly=True, samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )  # fmt: skip
    return answer
