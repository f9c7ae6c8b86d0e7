"""The pages for what is not there, not allowed, or more than the account may look up; each on record."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render

from canbao.services import access, audit
from canbao.web.request import PageRequest, now

_LONGEST = 100  # characters of an address that the journal keeps


def not_found(request: PageRequest, error: access.NotFound | Http404) -> HttpResponse:
    """The page for what is not in the area or not there at all. A guess counts, and so many are refused."""
    try:
        note_guess(request, error)
    except audit.BudgetSpentError as spent:
        return too_much(request, spent)
    return render(request, "404.html", status=404)


def note_guess(request: PageRequest, error: access.NotFound | Http404) -> None:
    """What was not found goes on record, also where a page says so by itself. Raises audit.BudgetSpentError."""
    if request.actor:
        kind, match = getattr(error, "kind", ""), request.resolver_match
        audit.note_guess(request.path, kind=kind, names=match.kwargs if match else (), actor=request.actor, at=now())


def not_allowed(request: PageRequest, error: access.NotAllowed) -> HttpResponse:
    """The page for what the post does not carry."""
    if request.actor:
        audit.record_look(
            audit.Event.ACCESS_REFUSED, actor=request.actor, at=now(), target_kind="page",
            target_id=request.path[:_LONGEST], detail={"permission": error.permission.value},
        )  # fmt: skip
    return render(request, "403.html", {"need": error.permission}, status=403)


def too_much(request: PageRequest, spent: audit.BudgetSpentError) -> HttpResponse:
    """Which budget is spent, when it begins anew, and how more may be asked for."""
    answer = render(request, "429.html", {"spent": spent}, status=429)
    answer["Retry-After"] = str(seconds_until(spent.renews_at))
    return answer


def guesses_spent(request: PageRequest) -> HttpResponse | None:
    """A refusal where the account has tried too many numbers that do not exist: what exists is not told either."""
    if request.actor is None:
        return None
    try:
        audit.require_guesses_left(actor=request.actor, at=now())
    except audit.BudgetSpentError as spent:
        return too_much(request, spent)
    return None


def seconds_until(moment: datetime) -> int:
    """For the Retry-After header."""
    return max(1, int((moment - now()).total_seconds()))
