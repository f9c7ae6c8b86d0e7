"""People of a town with a suggested village each: {"count"} -> the town's path. {"town"} -> how many are in which state."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from collections import Counter  # noqa: E402
from datetime import UTC, date, datetime  # noqa: E402

from canbao.rules.offices import offices  # noqa: E402
from canbao.rules.village_choice import RULE_VERSION  # noqa: E402
from canbao.store.models import Person, VillageAssignment  # noqa: E402

asked = json.loads(sys.argv[1])
AT, FIRST = datetime.now(UTC), 9_000_001
if "town" in asked:
    rows = VillageAssignment.objects.filter(base_path=asked["town"])
    print(json.dumps(Counter(rows.values_list("state", flat=True))))  # noqa: T201
    sys.exit()
open_now = sorted(office.path for office in offices() if office.period.contains(AT.date()) and len(office.path) == 18)
lived_in = {path[:15] for path in Person.objects.values_list("office_path", flat=True)}
village = next(path for path in reversed(open_now) if path[:15] not in lived_in)  # nobody of the other tests
town = village[:15]
Person.objects.bulk_create(
    Person(
        id=FIRST + number, name="陈小明", name_key="陈小明", home_address=f"青年路{number}号", scope="RESIDENT_HERE", gap="NONE_AT_ALL",
        office_path=town, valid_from=date(2020, 1, 1), recorded_at=AT, basis="test",
    )
    for number in range(asked["count"])
)  # fmt: skip
VillageAssignment.objects.bulk_create(
    VillageAssignment(
        person_id=FIRST + number, base_path=town, town=town[6:], village=village[6:], village_path=village, rule="ROAD", people=40,
        in_village=38, share=0.95, state="SUGGESTED", rule_version=RULE_VERSION, decided_by="test", decided_at=AT, office_path=town,
    )
    for number in range(asked["count"])
)  # fmt: skip
print(json.dumps(town))  # noqa: T201
