"""What the employers of enrolments are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from canbao.store.models import Employer


def employers_of(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Names by (source, number) for rows of enrolments."""
    wanted = {(row["source"], row["employer_no"]) for row in rows if row["employer_no"]}
    asked = Q(pk__in=[])
    for source, number in wanted:
        asked |= Q(source=source, employer_no=number)
    found = Employer.objects.filter(asked).values_list("source", "employer_no", "name") if wanted else ()
    return {(source, number): name for source, number, name in found if name}
