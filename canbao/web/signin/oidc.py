"""Signing in through the city's own identity service (OpenID Connect), where one is configured."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from canbao.services import access
from canbao.services.accounts import provider, signing
from canbao.web.request import PageRequest, now
from canbao.web.signin.shared import remember

NOT_KNOWN, UNREACHABLE = "PROVIDER", "PROVIDER_DOWN"


def button() -> str:
    """The words on the button; nothing where no service is configured."""
    return str(settings.OIDC_LABEL) if settings.OIDC_ISSUER else ""


class Go(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """To the service, with state, nonce and a PKCE challenge."""

    get_settings = staticmethod(provider.setting)


class Back(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """From the service."""

    get_settings = staticmethod(provider.setting)
    why = NOT_KNOWN

    def login_success(self) -> HttpResponse:
        second, wanted = provider.by_two_factors(self.request), self.success_url
        try:
            signing.admit(self.request, self.user, way=signing.BY_PROVIDER, at=now(), second=second)
        except signing.Refused:
            return _to_sign_in(NOT_KNOWN)
        answer = HttpResponseRedirect(wanted)
        return remember(answer, cast(PageRequest, self.request)) if second else answer

    def login_failure(self) -> HttpResponse:
        signing.note_failure(signing.BY_PROVIDER, at=now())
        return _to_sign_in(self.why)


def go(request: PageRequest) -> HttpResponse:
    """Raises access.NotFound where no service is configured."""
    _configured()
    try:
        answer: HttpResponse = Go.as_view()(request)
    except (requests.RequestException, SuspiciousOperation):
        return _to_sign_in(UNREACHABLE)
    return answer


def back(request: PageRequest) -> HttpResponse:
    """Raises access.NotFound where no service is configured."""
    _configured()
    try:
        answer: HttpResponse = Back.as_view()(request)
    except requests.RequestException:
        return _failed(UNREACHABLE)
    except (jwt.PyJWTError, SuspiciousOperation):
        return _failed(NOT_KNOWN)
    return answer


def _failed(why: str) -> HttpResponse:
    signing.note_failure(signing.BY_PROVIDER, at=now())
    return _to_sign_in(why)


def _configured() -> None:
    if not settings.OIDC_ISSUER:
        raise access.NotFound


def _to_sign_in(why: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'why': why})}")
