"""The city's own identity service (OpenID Connect): recognises the holders of accounts that exist here, makes none."""

from __future__ import annotations

from functools import cache
from typing import Any

import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from canbao.store.models import Account

ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}
SECONDS = 10
ACR = "provider_acr"


def setting(name: str, *default: Any) -> Any:
    """What mozilla-django-oidc asks for: addresses from the service's own description, the rest from the settings."""
    if name in ENDPOINTS:
        return described(settings.OIDC_ISSUER)[ENDPOINTS[name]]
    return getattr(settings, name, *default)


@cache
def described(issuer: str) -> dict[str, Any]:
    """The service's description of itself. Raises requests.RequestException, SuspiciousOperation."""
    answer = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=SECONDS)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    if found.get("issuer") != issuer:
        raise SuspiciousOperation("the identity service calls itself otherwise")
    return found


class Provider(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Named in settings.AUTHENTICATION_BACKENDS. Asks the service for its addresses only when somebody comes from there."""

    def __init__(self) -> None:
        self.UserModel = Account
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        self.OIDC_RP_CLIENT_SECRET = settings.OIDC_RP_CLIENT_SECRET
        self.OIDC_RP_SIGN_ALGO = settings.OIDC_RP_SIGN_ALGO
        self.OIDC_RP_IDP_SIGN_KEY = None

    def __getattr__(self, name: str) -> Any:
        if name in ENDPOINTS:
            return setting(name)
        raise AttributeError(name)

    get_settings = staticmethod(setting)

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> Account | None:
        """Only for who comes back from the service: with the password form this has nothing to do."""
        if "nonce" not in kwargs:
            return None
        found: Account | None = super().authenticate(request, **kwargs)
        return found

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The signature is checked by the library; for whom it was issued, and by whom, is checked here.

        Raises SuspiciousOperation.
        """
        payload: dict[str, Any] = super().verify_token(token, **kwargs)
        meant = payload.get("aud")
        if payload.get("iss") != settings.OIDC_ISSUER or self.OIDC_RP_CLIENT_ID not in (
            meant if isinstance(meant, list) else [meant]
        ):
            raise SuspiciousOperation("the token is another's")
        return payload

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Account | None:
        setattr(self.request, ACR, payload.get("acr"))
        found: Account | None = super().get_or_create_user(access_token, id_token, payload)
        return found

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Raises SuspiciousOperation when the answer is about somebody else."""
        claims: dict[str, Any] = super().get_userinfo(access_token, id_token, payload)
        if claims.get("sub") != payload.get("sub"):
            raise SuspiciousOperation("the claims are another's")
        return claims

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        return isinstance(claims.get(settings.OIDC_CLAIM), str)

    def filter_users_by_claims(self, claims: dict[str, Any]) -> QuerySet[Account]:
        return Account.objects.filter(name=claims[settings.OIDC_CLAIM])


def by_two_factors(request: HttpRequest) -> bool:
    """Whether the service said so, in a word that the settings take for it."""
    return getattr(request, ACR, None) in settings.OIDC_TWO_FACTOR_ACR
