"""What another system is given of a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from canbao.rules.masking import mask
from canbao.services.registry import PersonView


def for_client(view: PersonView, *, fields: Collection[str]) -> dict[str, Any]:
    """The granted fields as codes and days, hidden as on screen; what was not granted is not in it."""
    answer: dict[str, Any] = {
        "person_id": view.person_id,
        "facts": {name: _plain(mask(name, view.facts.get(name))) for name in fields if name != "enrolments"},
    }
    if "enrolments" in fields:
        answer["enrolments"] = [
            {
                "scheme": row["scheme"],
                "state": row["state"],
                "first_enrolled_on": _plain(row["first_enrolled_on"]),
                "division": row["enrolment_division"],
            }
            for row in view.enrolments
        ]
    return answer


def _plain(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)
