"""What a request says, made harmless."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from canbao.services.survey.checking import AT_ONCE
from canbao.web.request import row_number


def text(data: QueryDict, name: str, *, most: int = 200) -> str:
    return data.get(name, "").strip()[:most]


def rows(data: QueryDict, name: str) -> list[int]:
    """The numbers ticked, or joined by commas; nonsense is left out."""
    said = [one for part in data.getlist(name)[:AT_ONCE] for one in part[:4000].split(",")]
    return [number for one in said[:AT_ONCE] if (number := row_number(one))]


def office(data: QueryDict, name: str) -> str:
    found = data.get(name, "")
    return found if found.isascii() and found.isdecimal() and len(found) in (2, 6, 15, 18) else ""


def moment(data: QueryDict, name: str) -> datetime | None:
    """An instant as we wrote it into an address; None for anything else."""
    try:
        found = parse_datetime(data.get(name, "")[:40])
    except ValueError:
        return None
    return found if found and found.tzinfo else None
