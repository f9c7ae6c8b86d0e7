"""Headers that every answer carries: pages, files, errors and refusals alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

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


class HeadersMiddleware:
    """First of all, so that nothing is answered without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer
