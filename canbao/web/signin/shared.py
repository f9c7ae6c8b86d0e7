"""What the pages of signing in share: where to go on, who acts."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from canbao.rules.roles import Actor
from canbao.services.accounts import signing
from canbao.web.request import PageRequest


def wanted(request: PageRequest) -> str:
    """The page somebody came for, if it is one of ours; else nothing."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe and address.startswith("/") else ""


def go_on(request: PageRequest) -> HttpResponse:
    return HttpResponseRedirect(wanted(request) or "/")


def oneself(request: PageRequest) -> Actor:
    """Who acts on the own account, with or without a post."""
    return request.actor or signing.actor_without_post(request.user)
