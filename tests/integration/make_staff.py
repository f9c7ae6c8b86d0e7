"""Accounts that can sign in and one person, as the worker: PASSWORD TOWN {name: [[role, office]]}.

Prints a line for each account: its name, the secret of its second factor, and recovery codes.
"""

from __future__ import annotations

import json
import sys
from base64 import b32encode

import django

django.setup()

from datetime import UTC, datetime  # noqa: E402
from secrets import token_bytes, token_hex  # noqa: E402

from django_otp.plugins.otp_static.models import StaticDevice, StaticToken  # noqa: E402

from canbao.services.accounts import factors, passwords  # noqa: E402
from canbao.store.models import Account, Post, Totp, sealed_key  # noqa: E402
from tests.worlds import LONG_AGO, bare_account, person  # noqa: E402

AT = datetime.now(UTC)


def secret_of(account: Account) -> str:
    secret = token_bytes(20)
    Totp.objects.create(user_id=account.pk, name="device", confirmed=True, key=sealed_key(secret))
    return b32encode(secret).decode()


def codes_of(account: Account) -> list[str]:
    """More than the pages give: a recovery code does not grow old while a busy machine starts a command."""
    device = StaticDevice.objects.create(user_id=account.pk, name="device")
    codes = [token_hex(5) for _ in range(40)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=factors._kept(code)) for code in codes])
    return codes


password, town, staff = sys.argv[1:]
for administrator in ("sys", "sec"):
    bare_account(administrator)
for name, posts in json.loads(staff).items():
    account = bare_account(name, posts[0][1], created_at=AT)
    passwords.set_chosen(account, password, at=AT)
    for role, office in posts:
        Post.objects.create(
            account=account, role=role, office=office, valid_from=LONG_AGO, asked_by="sys", asked_at=AT,
            granted_by="sec", granted_at=AT,
        )  # fmt: skip
    print(name, secret_of(account), *codes_of(account))  # noqa: T201
person(1, town)
