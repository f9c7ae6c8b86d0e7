"""Who asks: the actor of the request, the area in the database, and the pages for what is not there or not allowed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import cast
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from canbao.services import access, accounts, audit
from canbao.web.request import PageRequest, now, today

CHOSEN_POST = "post"
# Numbers in an address that somebody may try one after the other; a miss is on record, and many raise an alarm.
GUESSED = frozenset({"person_id", "case_id"})


class TerminalMiddleware:
    """Behind the TLS proxy every connection is the proxy's; whose it was stands last in what the proxy adds.

    Failures are counted by this address and the journal keeps it. Whatever stands before was said by whoever asks.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.SECURE_PROXY_SSL_HEADER:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        with suppress(ValueError):
            request.META["REMOTE_ADDR"] = str(ip_address(said))
        return self.get_response(request)


class ActorMiddleware:
    """Who asks, in the post that was chosen. No transaction yet: the body of the request is still to be read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        request = cast(PageRequest, plain)
        request.posts = accounts.posts_on(request.user, today()) if request.user.is_authenticated else []
        chosen = request.session.get(CHOSEN_POST) if request.posts else None
        request.held = next((held for held in request.posts if held.post_id == chosen), None) or next(
            iter(request.posts), None
        )
        request.actor = accounts.actor_of(request.user, request.held) if request.held else None
        if request.actor:
            request.acting = request.actor
        answer = self.get_response(request)
        # Neither the browser nor anything between keeps a page: the next at this machine would read it.
        if not answer.has_header("Cache-Control"):
            add_never_cache_headers(answer)
        return answer


class AreaMiddleware:
    """Each request is one transaction in the area of the actor, begun when all of the request is here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        request = cast(PageRequest, plain)
        with access.acting_as(request.actor):
            audit.came_from(terminal=request.META.get("REMOTE_ADDR", ""), request_id=uuid4().hex[:12])
            return self.get_response(request)

    def process_exception(self, plain: HttpRequest, error: Exception) -> HttpResponse | None:
        """Anticipated refusals become pages; anything else is a bug and goes on."""
        request = cast(PageRequest, plain)
        if isinstance(error, access.NotFound):
            if request.actor and request.resolver_match and GUESSED & request.resolver_match.kwargs.keys():
                audit.record(
                    audit.Event.NOT_IN_AREA,
                    actor=request.actor,
                    at=now(),
                    target_kind="page",
                    target_id=request.path[:100],
                )
            return render(request, "404.html", status=404)
        if isinstance(error, access.NotAllowed):
            if request.actor:
                audit.record(
                    audit.Event.ACCESS_REFUSED, actor=request.actor, at=now(), target_kind="page",
                    target_id=request.path[:100], detail={"permission": error.permission.value},
                )  # fmt: skip
            return render(request, "403.html", {"need": error.permission}, status=403)
        return None
