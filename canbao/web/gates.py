"""What stands between a signed-in account and the pages: signing in, a password to change, a second factor to set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from django.contrib import auth
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from canbao.services.accounts import policy, sessions
from canbao.services.accounts.due import Due, due
from canbao.web.request import PageRequest, now

# Pages that ask by themselves again and again: they do not keep a session alive.
# Open to an account that has to choose another post.
_WITHOUT_POST = frozenset({"session", "choose-post", "me", "own-session-end", "change-password", "help"})
QUIET = frozenset({"job-progress", "survey-board"})


def stop(request: PageRequest) -> HttpResponse | None:
    """Where the request has to go first, or None."""
    if not request.user.is_authenticated:
        return _go(request, "sign-in", why=getattr(request.session, "ended_why", ""))
    rules, page = policy.current(), _page(request)
    request.idle_minutes = rules["idle_minutes"]
    if why := sessions.overdue(request.session, rules, now()):  # type: ignore[arg-type]
        auth.logout(request)
        return _go(request, "sign-in", why=why.value)
    if page not in QUIET:
        sessions.touch(request.session, now())  # type: ignore[arg-type]
    first = _first(request, rules)
    if first == "second-factor-setup" and page == "prove-oneself":
        return None  # the factor was set meanwhile: replacing it needs a proof
    if first or not request.post_ended or page in _WITHOUT_POST:
        return _go(request, first) if first and first != page else None
    return _go(request, "choose-post")


_PAGES: Final = {
    Due.FACTOR: "second-factor",
    Due.PASSWORD: "change-password",
    Due.SETUP: "second-factor-setup",
    Due.NOTICE: "reset-notice",
}


def _first(request: PageRequest, rules: Mapping[str, int]) -> str:
    """The page that has to be done with before any other."""
    found = due(request.session, request.user, rules, now())
    return _PAGES[found] if found else ""


def _page(request: PageRequest) -> str:
    return (request.resolver_match.url_name or "") if request.resolver_match else ""


def _go(request: PageRequest, name: str, *, why: str = "") -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" and not request.htmx else _page_behind(request)
    asked = {"next": "" if back == "/" else back, "why": why}
    query = urlencode({key: value for key, value in asked.items() if value})
    address = f"{reverse(name)}?{query}" if query else reverse(name)
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _page_behind(request: PageRequest) -> str:
    """The page on screen from which htmx asked, where that is an address at all."""
    try:
        return (request.htmx.current_url_abs_path or "") if request.htmx else ""
    except ValueError:
        return ""
