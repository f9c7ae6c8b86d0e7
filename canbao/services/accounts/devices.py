"""Devices that an account has signed in from by both factors: strangers' failures lock nobody out of them.

A signed cookie of the browser names the device and the accounts; it lets nobody in, it only decides with whose failures an attempt
is counted.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.core import signing
from django.http import HttpRequest

from canbao.store.models import Account

COOKIE: Final = "canbao_device"
KEPT: Final = timedelta(days=180)
MOST_ACCOUNTS: Final = 12  # of one device, as a whole office may share a machine
_SALT = "canbao.device"


@dataclass(frozen=True)
class Device:
    """id: of the browser. accounts: who signed in there, the last first."""

    id: str
    accounts: tuple[int, ...] = ()

    def knows(self, account: Account | None) -> bool:
        return account is not None and account.pk in self.accounts


def of(request: HttpRequest) -> Device:
    """The device that asks; a new one where its cookie is missing, old or not ours."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=KEPT)
        return Device(str(kept["id"]), tuple(int(pk) for pk in kept["accounts"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return Device(secrets.token_hex(8))


def remembered(request: HttpRequest, account: Account) -> str:
    """The cookie's value once the account has signed in here by both factors."""
    device = of(request)
    accounts = [account.pk, *(pk for pk in device.accounts if pk != account.pk)][:MOST_ACCOUNTS]
    return signing.dumps({"id": device.id, "accounts": accounts}, salt=_SALT)
