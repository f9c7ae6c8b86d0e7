"""How many rows there are: {"visits": [task ids]} -> [(task, account)] of their visits; {"drafts": [task ids]} -> their answers."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from canbao.store.models import FormEntry, SurveyVisit  # noqa: E402

asked = json.loads(sys.argv[1])
if "visits" in asked:
    found = list(
        SurveyVisit.objects.filter(task_id__in=asked["visits"]).order_by("pk").values_list("task_id", "account")
    )
else:
    found = list(FormEntry.objects.filter(task_id__in=asked["drafts"]).values_list("answers", flat=True))
print(json.dumps(found))  # noqa: T201
