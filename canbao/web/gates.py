"""What stands between a signed-in account and the pages: signing in, a password to change, a second factor to set up."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from canbao.web.request import PageRequest


def stop(request: PageRequest) -> HttpResponse | None:
    """Where the request has to go first, or None."""
    if not request.user.is_authenticated:
        back = urlencode({"next": request.get_full_path()})
        return _go(request, f"{reverse('sign-in')}?{back}")
    return None


def _go(request: PageRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
