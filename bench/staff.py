"""Clerks of the busiest towns of a register, signed in."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

from bench.browser import Clerk


def town_clerks(home: Path, port: int, count: int) -> list[Clerk]:
    """One account per town with a town clerk's post; its session is made without the sign-in page."""
    os.environ.update(CANBAO_HOME=str(home), DJANGO_SETTINGS_MODULE="canbao.config.settings", CANBAO_LOGIN="worker")
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select count(*) from person")
        (register,) = cursor.fetchone()
        cursor.execute(
            "select left(office_path, 15) from person where length(office_path) >= 15 group by 1 order by count(*) desc limit %s",
            [count],
        )
        towns = [town for (town,) in cursor.fetchall()]
    return [
        Clerk(
            port, name=f"bench-{town}", session=_session(f"bench-{town}", town), people=_people(town), register=register
        )
        for town in towns
    ]


def _people(town: str) -> list[dict[str, object]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select id, doc_number, name, extract(year from birth_date)::int from person"
            " where office_path between %s and %s and doc_number is not null and birth_date is not null limit 300",
            [town, town + "~"],
        )
        return [dict(zip(("id", "number", "name", "year"), row, strict=True)) for row in cursor.fetchall()]


def _session(name: str, town: str) -> str:
    from django.conf import settings
    from django.test import Client

    from canbao.rules.roles import Role
    from canbao.services.accounts.signing import FACTOR_PASSED
    from canbao.store.models import Account, Post

    at = datetime.now(UTC)
    for person in ("bench-a", "bench-b", name):
        account, made = Account.objects.get_or_create(
            name=person,
            defaults={
                "real_name": person, "staff_number": person.replace("-", "").upper()[-20:], "password": "!",
                "must_change_password": False, "password_set_at": at, "created_by": "bench", "created_at": at,
            },
        )  # fmt: skip
    if made:
        Post.objects.create(
            account=account, role=Role.TOWN_CLERK.value, office=town, valid_from=date(2020, 1, 1),
            asked_by="bench-a", asked_at=at, granted_by="bench-b", granted_at=at,
        )  # fmt: skip
    unlimited(name)
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[FACTOR_PASSED] = True
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def unlimited(name: str) -> None:
    """The bench looks up more in a minute than a clerk may in a day: its counts begin far below nothing, and no hour renews them."""
    from canbao.rules.budgets import Budget
    from canbao.store.models import LookCount

    never = datetime(9000, 1, 1, tzinfo=UTC)
    for budget in Budget:
        LookCount.objects.update_or_create(
            account=name, budget=budget, defaults={"day": never, "in_day": -(10**9), "hour": never, "in_hour": -(10**9)}
        )
