"""The forms of a village, or of all below an office: what is asked for, how many that is, the job that prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from canbao.rules.offices import (
    CITY_PATH,
    PATH_LENGTHS,
    VILLAGE_PATH,
    UnknownOffice,
    office_full_name,
    office_name,
    scope_range,
)
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import NOT_YET_BACK
from canbao.rules.unmasking import Reason
from canbao.services import access, audit, jobs
from canbao.services.forms.printing import said_for
from canbao.store.models import Job, SurveyTask

MOST = 50_000  # forms of one job: a large village and some; a district prints village by village
PER_FILE = 200


class NothingToPrint(LookupError):
    """No line of the list is as it was asked for."""


class TooMany(ValueError):
    """More than one job takes."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(frozen=True, slots=True)
class Order:
    """What is printed of a round. fresh: only lines without a form yet; reasons: none for all of them; why: for a print in full.

    leave_out: sheets with a character that no font draws are left out instead of stopping everything.
    """

    round_id: int
    office: str
    fresh: bool = True
    reasons: tuple[str, ...] = ()
    masked: bool = True
    why: str = ""
    per_file: int = PER_FILE
    leave_out: bool = False

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """As a job keeps it."""
        return cls(**{**arguments, "reasons": tuple(arguments.get("reasons", ()))})


def lines_of(order: Order, *, actor: Actor) -> QuerySet[SurveyTask]:
    """The lines in the order of the doors. What has come back already is not printed again."""
    rows = access.within(access.handed_to(SurveyTask.objects.filter(round_id=order.round_id), actor), actor)
    rows = rows.filter(office_path__range=scope_range(order.office), state__in=[one.value for one in NOT_YET_BACK])
    if order.fresh:
        rows = rows.filter(form_number="")
    if order.reasons:
        rows = rows.filter(reasons__overlap=list(order.reasons))
    return rows.order_by("office_path", "address_key", "id")


def how_many(order: Order, *, actor: Actor) -> int:
    """How many forms that is. Raises access.NotAllowed."""
    access.require(actor, Permission.SURVEY_PRINT)
    return lines_of(order, actor=actor).count()


@transaction.atomic
def start(order: Order, *, reason: Reason | None = None, note: str = "", actor: Actor, at: datetime) -> Job:
    """Put the printing in the queue. In full only for who may see it so, with a reason.

    Raises access.NotAllowed, NothingToPrint, TooMany, unmasking.NotSaid, audit.BudgetSpentError.
    """
    count = how_many(order, actor=actor)
    why = "" if order.masked else said_for(reason, note, actor)
    if not count:
        raise NothingToPrint
    if count > MOST:
        raise TooMany(count)
    if not order.masked:
        _note_in_full(order, count, why, actor=actor, at=at)
    given = asdict(order) | {"why": why, "reasons": list(order.reasons)}
    label = f"打印登记表 {count} 份：{office_words(order.office)}"
    return jobs.start(jobs.Kind.PRINT_FORMS, label=label, arguments=given, actor=actor, at=at)


def _note_in_full(order: Order, count: int, why: str, *, actor: Actor, at: datetime) -> None:
    """What is printed in full counts by the sheet before anything is printed: one download may hold a village."""
    line = audit.Line(
        audit.Event.FORMS_ASKED_IN_FULL, "round", str(order.round_id), why,
        {"office": office_words(order.office), "people": count, "reason": why}, order.office,
    )  # fmt: skip
    audit.record_looks([line], actor=actor, at=at, count=count)


def office_words(path: str) -> str:
    """An office with those above it; the bare path of one that never was."""
    try:
        return office_full_name(path) if len(path) > CITY_PATH else "全市"
    except UnknownOffice:
        return path


@dataclass(frozen=True, slots=True)
class Below:
    """An office with how many lines of the round are still out there."""

    path: str
    name: str
    lines: int


def offices_below(round_id: int, office: str, *, actor: Actor) -> list[Below]:
    """The offices one level below, with their lines; the office itself for lines that no office below answers for.

    Raises access.NotAllowed.
    """
    access.require(actor, Permission.SURVEY_PRINT)
    width = next((one for one in PATH_LENGTHS if one > len(office)), VILLAGE_PATH)
    rows = lines_of(Order(round_id, office, fresh=False), actor=actor).order_by()
    grouped = rows.annotate(_at=Substr("office_path", 1, width)).values_list("_at").annotate(n=Count("id"))
    return [Below(path, short_words(path), count) for path, count in sorted(grouped) if path != office]


def short_words(path: str) -> str:
    """An office by its own name alone; the bare path of one that never was."""
    try:
        return office_name(path) if len(path) > CITY_PATH else "全市"
    except UnknownOffice:
        return path
