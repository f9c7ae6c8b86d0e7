"""How the cases stand: {"ids"} -> {state: how many}."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from collections import Counter  # noqa: E402

from canbao.store.models import MatchCase  # noqa: E402

asked = json.loads(sys.argv[1])
print(json.dumps(Counter(MatchCase.objects.filter(pk__in=asked["ids"]).values_list("state", flat=True))))  # noqa: T201
