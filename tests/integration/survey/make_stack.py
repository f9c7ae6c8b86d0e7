"""A town's clerk and a stack of printed sheets, as the worker: {"count", "at"} -> the session, the round and the numbers of the sheets.

Run as a program beside a served register.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from importlib import import_module  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import login  # noqa: E402
from django.http import HttpRequest  # noqa: E402

from canbao.rules.forms import form_number  # noqa: E402
from canbao.rules.roles import Role  # noqa: E402
from canbao.store.models import RegistrationForm, SurveyTask  # noqa: E402
from tests.worlds import AT, account, survey_round, town_offices, village_office  # noqa: E402


def stack(count: int) -> dict[str, object]:
    town = town_offices()[0]
    village, round_ = village_office(town), survey_round()
    tasks = SurveyTask.objects.bulk_create(
        SurveyTask(
            round_id=round_.pk, person_id=n, office_path=village, held_at=village, name="张三", address_key=f"{n:05d}",
            address=f"某村{n}号", reasons=["NOT_ENROLLED"], state="VISITED", outcome="CHECKED", due_on=round_.due_on,
        )
        for n in range(1, count + 1)
    )  # fmt: skip
    numbers = [form_number(2026, n) for n in range(1, count + 1)]
    RegistrationForm.objects.bulk_create(
        RegistrationForm(
            number=number, version=1, person_id=task.person_id, person_version=1, masked=True, printed_by="li",
            printed_at=AT, office_path=village, task_id=task.pk,
        )
        for number, task in zip(numbers, tasks, strict=True)
    )  # fmt: skip
    return {"round": round_.pk, "numbers": numbers, "session": _session(town), "village": village}


def _session(town: str) -> str | None:
    """Of a clerk who has passed the second factor."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, account("li", Role.TOWN_CLERK, town), backend="django.contrib.auth.backends.ModelBackend")
    request.session["second_factor_passed"] = True
    request.session.save()
    return request.session.session_key


print(json.dumps(stack(int(sys.argv[1]))))  # noqa: T201
