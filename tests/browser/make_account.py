"""Accounts in posts and a session for each, as the worker: {"accounts": [{"name", "role", "office"}]} -> the sessions' cookies.

Each may have more `posts` [[role, office]], a `password` (nobody signs in by it otherwise), `is_new` (the password is a one-time one).
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from datetime import UTC, datetime  # noqa: E402
from importlib import import_module  # noqa: E402
from zlib import crc32  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import login  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.http import HttpRequest  # noqa: E402

from canbao.store.models import Account, Post  # noqa: E402

AT = datetime.now(UTC)


def staff_number(name: str) -> str:
    return f"B{crc32(name.encode()):08X}"


def administrators() -> None:
    """Who asks for and grants the posts."""
    for name in ("sys", "sec"):
        given = {
            "real_name": name,
            "staff_number": staff_number(name),
            "password": "!",
            "created_by": "sys",
            "created_at": AT,
        }
        Account.objects.get_or_create(name=name, defaults=given)


def made(asked: dict[str, Any]) -> Account:
    """The account of this name."""
    if known := Account.objects.filter(name=asked["name"]).first():
        return known
    password = make_password(asked["password"]) if "password" in asked else "!"
    account = Account.objects.create(
        name=asked["name"], real_name="演示员", staff_number=staff_number(asked["name"]), password=password,
        must_change_password=asked.get("is_new", False),
        password_set_at=AT, office=asked["office"], created_by="sys", created_at=AT,
    )  # fmt: skip
    for role, office in ((asked["role"], asked["office"]), *asked.get("posts", ())):
        Post.objects.create(
            account=account, role=role, office=office, valid_from=AT.date().replace(year=2020),
            asked_by="sys", asked_at=AT, granted_by="sec", granted_at=AT,
        )  # fmt: skip
    return account


def session(account: Account) -> dict[str, str | None]:
    """The cookie of a session that has passed the second factor."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    request.session["second_factor_passed"] = True
    request.session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": request.session.session_key}


administrators()
print(json.dumps([session(made(asked)) for asked in json.loads(sys.argv[1])["accounts"]]))  # noqa: T201
