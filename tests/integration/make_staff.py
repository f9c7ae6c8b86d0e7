"""Accounts that can sign in and one person, as the worker: PASSWORD TOWN {name: [[role, office]]} -> a line with name and secret for each."""

from __future__ import annotations

import json
import sys
from base64 import b32encode

import django

django.setup()

from datetime import UTC, datetime  # noqa: E402
from secrets import token_bytes  # noqa: E402

from canbao.services.accounts import passwords  # noqa: E402
from canbao.store.models import Account, Post, Totp, sealed_key  # noqa: E402
from tests.worlds import LONG_AGO, bare_account, person  # noqa: E402

AT = datetime.now(UTC)


def secret_of(account: Account) -> str:
    secret = token_bytes(20)
    Totp.objects.create(user_id=account.pk, name="device", confirmed=True, key=sealed_key(secret))
    return b32encode(secret).decode()


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
    print(name, secret_of(account))  # noqa: T201
person(1, town)
