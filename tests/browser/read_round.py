"""A round as the journeys need it: {"district"} -> the town with most lines; {"task"} -> what the register says of its person now."""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from django.db.models import Count  # noqa: E402
from django.db.models.functions import Left  # noqa: E402

from canbao.rules.offices import offices  # noqa: E402
from canbao.store.models import ChangeRequest, Declaration, Person, PersonDocument, SurveyTask  # noqa: E402


def busiest(district: str, round_id: int | None) -> dict[str, Any]:
    """A town of the district with most lines, a village of it, and an old number of somebody outside the district."""
    rows = SurveyTask.objects.filter(office_path__startswith=district).annotate(town=Left("office_path", 15))
    if round_id:
        rows = rows.filter(round_id=round_id)
    town = rows.filter(town__regex=r"^\d{15}$").values("town").annotate(n=Count("pk")).order_by("-n", "town").first()
    village = min(
        o.path for o in offices() if len(o.path) == 18 and o.path.startswith(town["town"]) and not o.period.end
    )
    old = PersonDocument.objects.filter(number__regex=r"^5009\d{11}$").exclude(office_path__startswith=district)
    found = old.order_by("person_id").first()
    return {
        "town": town["town"], "lines": town["n"], "village": village, "old_number": found.number,
        "old_name": Person.objects.get(pk=found.person_id).name,
    }  # fmt: skip


def stands(task_id: int) -> dict[str, Any]:
    """The line, its person's facts of the register, what was declared, and the requests that wait."""
    task = SurveyTask.objects.get(pk=task_id)
    person = Person.objects.get(pk=task.person_id)
    declared = Declaration.objects.filter(pk=person.pk).first()
    return {
        "state": task.state, "ethnicity": person.ethnicity, "phone": person.phone, "basis": person.basis,
        "occupation": declared.occupation if declared else None, "declared_basis": declared.basis if declared else "",
        "requests": list(ChangeRequest.objects.filter(person_id=person.pk).values_list("item", "before", "after", "state")),
    }  # fmt: skip


def lines(office: str, round_id: int | None) -> list[dict[str, Any]]:
    """What lies with an office, in the order of the doors."""
    rows = SurveyTask.objects.filter(office_path__startswith=office).order_by("address_key", "pk")
    if round_id:
        rows = rows.filter(round_id=round_id)
    return [
        {"id": row.pk, "name": row.name, "form": row.form_number, "asks": row.asks, "state": row.state,
         "person": row.person_id, "household": row.household_no} for row in rows
    ]  # fmt: skip


asked = json.loads(sys.argv[1])
if "district" in asked:
    told: Any = busiest(asked["district"], asked.get("round"))
elif "task" in asked:
    told = stands(asked["task"])
else:
    told = lines(asked["office"], asked.get("round"))
print(json.dumps(told))  # noqa: T201
