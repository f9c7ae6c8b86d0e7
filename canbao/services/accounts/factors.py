"""The second factor: a time-based code from a device, recovery codes for the day it is lost."""

from __future__ import annotations

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.accounts import people
from canbao.store.models import Account, Totp, sealed_key

ISSUER = "全民参保登记"
NAME = "device"
SECRET_BYTES = 20
CODES = 10
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE_LENGTH = 10
DIGITS = 6
COUNTED = 10  # wrong codes after each other that lengthen the wait: 2**9 seconds at most


class WrongCode(ValueError):
    """Not the code of this moment, used before, or not one of the recovery codes."""


class TooFast(ValueError):
    """After wrong codes the next try has to wait; `seconds` tells how long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Offer:
    """What the device is told: as an address for the QR code, and to be typed by hand."""

    address: str
    manual: str


def is_set(account: Account) -> bool:
    return bool(Totp.objects.filter(user_id=account.pk, confirmed=True).exists())


def codes_left(account: Account) -> int:
    return int(StaticToken.objects.filter(device__user_id=account.pk).count())


def offer(account: Account) -> Offer:
    """The secret of a device that is being set up; the same until it is confirmed."""
    device = Totp.objects.filter(user_id=account.pk, confirmed=False).first()
    if device is None:
        key = sealed_key(secrets.token_bytes(SECRET_BYTES))
        device = Totp.objects.create(user_id=account.pk, name=NAME, confirmed=False, key=key)
    secret = b32encode(device.bin_key).decode()
    label = quote(f"{ISSUER}:{account.name}")
    asked = urlencode({"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": 30})
    return Offer(f"otpauth://totp/{label}?{asked}", " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)))


@transaction.atomic
def confirm(account: Account, code: str, *, actor: Actor, at: datetime) -> list[str]:
    """The first code proves that the device has the secret; it takes the place of an older one.

    Answers new recovery codes. Raises WrongCode.
    """
    device = Totp.objects.select_for_update().filter(user_id=account.pk, confirmed=False).first()
    if device is None or not device.verify_token(_digits(code)):
        raise WrongCode
    Totp.objects.filter(user_id=account.pk, confirmed=True).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    audit.record(audit.Event.SECOND_FACTOR_SET, actor=actor, at=at, target_kind="account", target_id=account.name)
    return make_codes(account, actor=actor, at=at)


def check(account: Account, code: str, *, actor: Actor, at: datetime) -> None:
    """Take the code of this moment. Failures are counted and on record, so this does not roll back.

    Raises WrongCode, TooFast.
    """
    with transaction.atomic():
        device = Totp.objects.select_for_update().filter(user_id=account.pk, confirmed=True).first()
        is_right = device is not None and _try(device, _digits(code))
        if is_right:
            passed = audit.Event.SECOND_FACTOR_PASSED
            audit.record(passed, actor=actor, at=at, target_kind="account", target_id=account.name)
    if not is_right:
        _note_wrong(account, actor=actor, at=at)
        raise WrongCode


def recover(account: Account, code: str, *, actor: Actor, at: datetime) -> None:
    """Use up a recovery code. Raises WrongCode, TooFast."""
    with transaction.atomic():
        device = StaticDevice.objects.select_for_update().filter(user_id=account.pk, confirmed=True).first()
        is_right = device is not None and _try(device, _kept(_plain(code)))
        if is_right:
            audit.record(
                audit.Event.RECOVERY_CODE_USED, actor=actor, at=at, target_kind="account", target_id=account.name,
                detail={"left": str(codes_left(account))},
            )  # fmt: skip
    if not is_right:
        _note_wrong(account, actor=actor, at=at)
        raise WrongCode


def _note_wrong(account: Account, *, actor: Actor, at: datetime) -> None:
    audit.record_look(
        audit.Event.SECOND_FACTOR_FAILED, actor=actor, at=at, target_kind="account", target_id=account.name
    )


@transaction.atomic
def make_codes(account: Account, *, actor: Actor, at: datetime) -> list[str]:
    """New recovery codes, to be shown once; the older ones are void."""
    StaticDevice.objects.filter(user_id=account.pk).delete()
    device = StaticDevice.objects.create(user_id=account.pk, name=NAME)
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(_CODE_LENGTH)) for _ in range(CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=_kept(code)) for code in codes])
    audit.record(audit.Event.RECOVERY_CODES_MADE, actor=actor, at=at, target_kind="account", target_id=account.name)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def demo_code(account: Account, *, new: bool = False) -> str:
    """The code of this moment, for a demo without phones; new: of the device being set up.

    Nothing for an account that the demo did not make, and nothing outside a practice home.
    """
    if not settings.CANBAO_PRACTICE or account.created_by != people.DEMO:
        return ""
    device = Totp.objects.filter(user_id=account.pk, confirmed=not new).first()
    return f"{totp(device.bin_key):06d}" if device else ""


def forget(account: Account) -> None:
    """The device was lost: the account sets up a new one at its next sign-in. Part of an act that writes the journal."""
    Totp.objects.filter(user_id=account.pk).delete()
    StaticDevice.objects.filter(user_id=account.pk).delete()


def _try(device: Any, code: str) -> bool:
    """Raises TooFast. The wait doubles with each wrong code up to its limit: somebody who knows the password cannot keep the
    holder out for longer."""
    device.throttling_failure_count = min(device.throttling_failure_count, COUNTED)
    is_open, why = device.verify_is_allowed()
    if not is_open:
        # django-otp counts by its own clock
        raise TooFast(max(1, ceil((why["locked_until"] - timezone.now()).total_seconds())))
    return bool(device.verify_token(code))


def _digits(code: str) -> str:
    return "".join(sign for sign in code if sign.isdecimal())


def _plain(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum())


def _kept(code: str) -> str:
    """What the table keeps of a recovery code: nothing that could be typed."""
    mac = HMAC(settings.SECRET_KEY.encode(), SM3())
    mac.update(f"recovery {code}".encode())
    return mac.finalize().hex()[:16]
