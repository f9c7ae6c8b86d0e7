"""Whom the journeys are about: {} -> the town with most open cases, a village of it, somebody there, somebody of another district."""

from __future__ import annotations

import json
from typing import Any

import django

django.setup()

from canbao.services import overview  # noqa: E402
from canbao.store.models import Person  # noqa: E402


def told(people: Any) -> dict[str, Any]:
    """Somebody alive with a whole number, a phone and an address."""
    known = people.filter(death_on=None).exclude(doc_number=None).exclude(phone="").exclude(phone=None)
    one = known.exclude(hukou_address="").filter(doc_type="01").order_by("id").first()
    return {
        "id": one.pk, "name": one.name, "number": one.doc_number, "phone": one.phone, "born": one.birth_date.year,
        "from": one.valid_from.isoformat(),
    }  # fmt: skip


village = overview.busiest_village()
here = Person.objects.filter(office_path__startswith=village[:15])
elsewhere = Person.objects.exclude(office_path__startswith=village[:6])
about = {"town": village[:15], "village": village, "own": told(here), "foreign": told(elsewhere)}
about["last"] = Person.objects.latest("id").pk
print(json.dumps(about))  # noqa: T201
