"""Headers that every answer carries: pages, files, errors and refusals alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

# What a browser can do and no page of ours asks for: a foreign script that got in could not either.
_NEVER_USED: Final = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid",
    "idle-detection", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "serial", "usb", "web-share", "xr-spatial-tracking",
)  # fmt: skip
HEADERS: Final = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _NEVER_USED),
    "Cross-Origin-Resource-Policy": "same-origin",  # no page elsewhere shows a picture or a file of ours
    "X-Permitted-Cross-Domain-Policies": "none",
}
# Of an answer that is no page of ours, made before or without the middleware that says more: nothing may be done with it.
BARE: Final = HEADERS | {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class HeadersMiddleware:
    """First of all, so that nothing is answered without it: whatever an answer does not say itself is said here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        # Neither the browser nor anything between keeps a page: the next at this machine would read it.
        if not answer.has_header("Cache-Control"):
            add_never_cache_headers(answer)
        for name, value in BARE.items():
            answer.headers.setdefault(name, value)
        return answer
