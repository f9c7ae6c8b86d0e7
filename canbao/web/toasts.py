"""What was done, said once on the next page; with the way back where there is one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest


def done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Good news. undo: the address to POST to. Never a full number, phone or address."""
    messages.success(request, text, extra_tags=undo)


def refused(request: HttpRequest, text: str) -> None:
    """Nothing was done, and why; stays until it is closed."""
    messages.error(request, text)
