"""What a request says about a list, made harmless."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from canbao.rules.outreach import Willingness
from canbao.rules.survey import Suggestion, TaskState, VisitReason
from canbao.services.survey.listing import Filters
from canbao.web.request import row_number

VILLAGES = {"SUGGESTED": "有建议，待确认", "NONE": "没有，也没有建议", "KNOWN": "已确定"}
AT_ONCE = 1000  # ticks that one request may carry


def text(data: QueryDict, name: str, *, most: int = 200) -> str:
    return data.get(name, "").strip()[:most]


def rows(data: QueryDict, name: str) -> list[int]:
    return [number for one in data.getlist(name)[:AT_ONCE] if (number := row_number(one))]


def office(said: str) -> str:
    return said if said.isascii() and said.isdecimal() and len(said) in (2, 6, 15, 18) else ""


def offices(data: QueryDict, name: str) -> list[str]:
    return [found for one in data.getlist(name)[:AT_ONCE] if (found := office(one))]


def moment(said: str) -> datetime | None:
    """An instant as we wrote it into an address; None for anything else."""
    try:
        found = parse_datetime(said[:40])
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _one_of(said: str, known: type[StrEnum]) -> str:
    return said if said in {one.value for one in known} else ""


def filters(data: QueryDict) -> Filters:
    """What narrows the list; nonsense narrows nothing."""
    return Filters(
        office=office(data.get("office", "")),
        reason=_one_of(data.get("reason", ""), VisitReason),
        state=_one_of(data.get("state", ""), TaskState),
        suggestion=_one_of(data.get("suggestion", ""), Suggestion),
        late=data.get("late") == "1",
        name=text(data, "name", most=30),
        willing=_one_of(data.get("willing", ""), Willingness),
        village=data.get("village", "") if data.get("village", "") in VILLAGES else "",
    )
