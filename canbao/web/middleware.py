"""Who asks: the actor of the request, the area in the database, and the pages for what is not there or not allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, cast
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse

from canbao.services import access, accounts, audit
from canbao.services.accounts import Held
from canbao.services.accounts.signing import FACTOR_PASSED
from canbao.web import refusals
from canbao.web.request import PageRequest, today
from canbao.web.routes import Open

CHOSEN_POST = "post"
# Pages that an account has whose guesses are spent: to leave, and to ask for more.
ALWAYS = frozenset({"budgets", "budget-ask", "budget-withdraw"})


def _post_of(request: PageRequest) -> tuple[Held | None, bool]:
    """The post the session works in; and whether there was one that has ended, when no other takes its place in silence."""
    if not request.user.is_authenticated:
        return None, False
    chosen = request.session.get(CHOSEN_POST)
    held = accounts.standing_in(request.posts, chosen)
    if held and held.post_id != chosen and request.session.get(FACTOR_PASSED):
        request.session[CHOSEN_POST] = held.post_id
    return held, held is None and chosen is not None


class TerminalMiddleware:
    """Behind the TLS proxy every connection is the proxy's; whose it was stands last in what the proxy adds.

    Failures are counted by this address and the journal keeps it. Whatever stands before was said by the client.
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
        request.held, request.post_ended = _post_of(request)
        request.actor = accounts.actor_of(request.user, request.held) if request.held else None
        if request.actor:
            request.acting = request.actor
        return self.get_response(request)

    def process_view(
        self, plain: HttpRequest, view: Callable[..., HttpResponse], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """An account that has guessed too many numbers is told nothing under a number any more. The interface asks by itself."""
        request = cast(PageRequest, plain)
        need = getattr(view, "need", Open.ANYBODY)
        if request.resolver_match and request.resolver_match.url_name in ALWAYS:
            return None
        is_asked = kwargs or request.method == "POST"
        return refusals.guesses_spent(request) if is_asked and need is not Open.ANYBODY else None

    def process_exception(self, plain: HttpRequest, error: Exception) -> HttpResponse | None:
        """Anticipated refusals become pages; anything else is a bug and goes on."""
        request = cast(PageRequest, plain)
        if isinstance(error, access.NotFound | Http404):
            return refusals.not_found(request, error)
        if isinstance(error, access.NotAllowed):
            return refusals.not_allowed(request, error)
        if isinstance(error, audit.BudgetSpentError):
            return refusals.too_much(request, error)
        return None


class AreaMiddleware:
    """Each request is one transaction in the area of the actor, begun when all of the request is here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        request = cast(PageRequest, plain)
        terminal, number = request.META.get("REMOTE_ADDR", ""), uuid4().hex[:12]
        with access.acting_as(request.actor), audit.came_from(terminal=terminal, request_id=number):
            return self.get_response(request)
