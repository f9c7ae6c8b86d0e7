"""An account in a post and a session for it, as the worker: {"name", "role", "office"} -> the session's cookie."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from datetime import UTC, datetime  # noqa: E402
from importlib import import_module  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import login  # noqa: E402
from django.http import HttpRequest  # noqa: E402

from canbao.store.models import Account, Post  # noqa: E402

asked = json.loads(sys.argv[1])
at = datetime.now(UTC)
account = Account.objects.filter(name=asked["name"]).first()
if account is None:
    account = Account.objects.create(
        name=asked["name"], real_name="演示员", password="!", must_change_password=False, password_set_at=at,
        created_by="sys", created_at=at,
    )  # fmt: skip
    Post.objects.create(
        account=account, role=asked["role"], office=asked["office"], valid_from=at.date().replace(year=2020),
        asked_by="sys", asked_at=at, granted_by="sec", granted_at=at,
    )  # fmt: skip
request = HttpRequest()
request.META["REMOTE_ADDR"] = "127.0.0.1"
request.session = import_module(settings.SESSION_ENGINE).SessionStore()
login(request, account, backend="django.contrib.auth.backends.ModelBackend")
request.session["second_factor_passed"] = True
request.session.save()
print(json.dumps({"name": settings.SESSION_COOKIE_NAME, "value": request.session.session_key}))  # noqa: T201
