"""What a request says about the list of villages, made harmless."""

from __future__ import annotations

from django.http import QueryDict

from canbao.rules.village_choice import AssignmentState, Evidence, Missing
from canbao.services.villages import CLERK, Filters
from canbao.web.request import row_number

AT_ONCE = 1000  # ticks that one request may carry
_RULES = {*(evidence.value for evidence in Evidence), *(missing.value for missing in Missing), CLERK}
_STATES = {state.value for state in AssignmentState}


def path(said: str) -> str:
    """The path of an office, or "" for anything else."""
    return said if said.isascii() and said.isdecimal() and len(said) in (2, 6, 15, 18) else ""


def filters(data: QueryDict) -> Filters:
    """What narrows the list; nonsense narrows nothing."""
    state, rule = data.get("state", "SUGGESTED"), data.get("rule", "")
    return Filters(
        state=state if state in _STATES else "",
        office=path(data.get("office", "")),
        village=path(data.get("village", "")),
        rule=rule if rule in _RULES else "",
    )


def people(data: QueryDict) -> list[int]:
    return [number for said in data.getlist("person")[:AT_ONCE] if (number := row_number(said))]


def text(data: QueryDict, name: str) -> str:
    return data.get(name, "").strip()[:200]
