"""Lines of a round of their own: {"village", "count", "state"} -> {"round", "tasks"}; people of the village, handed down to it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

import django

django.setup()

from canbao.store.models import Person, SurveyRound, SurveyTask  # noqa: E402

AT = datetime.now(UTC)
asked = json.loads(sys.argv[1])
due = (AT + timedelta(days=30)).date()
round_ = SurveyRound.objects.create(
    office=asked["village"][:6], name="浏览器走访", reasons=["NOT_ENROLLED"], asked_items=[], due_on=due, state="OPEN",
    opened_by="made", opened_at=AT, built_at=AT,
)  # fmt: skip
people = Person.objects.filter(office_path=asked["village"], death_on=None).order_by("id")[: asked["count"]]
back = {"handed_in_at": AT, "returned_at": AT, "outcome": "CHECKED"} if asked["state"] == "RETURNED" else {}
tasks = [
    SurveyTask.objects.create(
        round_id=round_.pk, person_id=who.pk, office_path=asked["village"], held_at=asked["village"], name=who.name, sex=who.sex,
        birth_date=who.birth_date, address=who.home_address, address_key=f"{who.pk}", phone=who.phone,
        reasons=["NOT_ENROLLED"], state=asked["state"], due_on=due, dispatched_at=AT, form_number=f"{who.pk:012d}", **back,
    ).pk
    for who in people
]  # fmt: skip
print(json.dumps({"round": round_.pk, "tasks": tasks}))  # noqa: T201
