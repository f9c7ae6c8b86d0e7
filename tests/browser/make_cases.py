"""More cases than a small city has: {"count", "kind"} -> the ids. Pairs of people, each person in one case at most."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from hashlib import md5  # noqa: E402

from django.db import connection  # noqa: E402

from canbao.rules.offices import common_office  # noqa: E402
from canbao.store.models import MatchCase, MatchCaseRecord, MatchRun, Person  # noqa: E402

SHOWN = ("name", "former_name", "doc_type", "doc_number", "sex", "phone", "mother_number", "birth_certificate")
asked = json.loads(sys.argv[1])
run = MatchRun.objects.latest("pk").pk
free = Person.objects.exclude(pk__in=[p for ids in MatchCase.objects.values_list("person_ids", flat=True) for p in ids])
people = list(free.exclude(doc_number=None).order_by("office_path", "id")[: 2 * asked["count"]])
made = []
for one, other in zip(people[::2], people[1::2], strict=True):
    office = common_office((one.office_path, other.office_path))
    case = MatchCase.objects.create(
        kind="POSSIBLE_SAME", subject=md5(f"made|{one.pk}|{other.pk}".encode()).hexdigest(),
        person_ids=[one.pk, other.pk], record_keys=[f"police:made{one.pk}", f"police:made{other.pk}"],
        reason="支持：出生日期相近（差一处）、同一镇街；反对：姓名不同；证据不足以自动合并", office_path=office,
        first_run_id=run, last_run_id=run,
    )  # fmt: skip
    MatchCaseRecord.objects.bulk_create(
        MatchCaseRecord(
            case_id=case.pk, place=place, person_id=side.pk, source="police", record_key=f"made{side.pk}",
            facts={name: getattr(side, name) for name in SHOWN}
            | {"birth_date": side.birth_date and side.birth_date.isoformat(), "division": side.hukou_division,
               "address": side.hukou_address, "person_no": None},
            office_path=office,
        )
        for place, side in enumerate((one, other), 1)
    )  # fmt: skip
    made.append(case.pk)
with connection.cursor() as cursor:
    cursor.execute("select 1")
print(json.dumps(made))  # noqa: T201
