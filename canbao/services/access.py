"""Who may see or do what, and where: the only way from an actor to a row (规程第十八、十九条).

Two walls. The first is here: every fetch is narrowed to the actor's area. The second is PostgreSQL: `acting_as` tells it the
area, and the web's login sees nothing beyond. What lies outside is not there (NotFound), it is not forbidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Length

from canbao.rules.division import CITY
from canbao.rules.offices import scope_range
from canbao.rules.permissions import NotAllowed as NotAllowed
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import ADMINISTRATORS, Actor
from canbao.store.models import MatchCase, Person, RegistrationForm, SurveyTask

M = TypeVar("M", bound=Model)
NOBODY = ("~", "")  # an empty range


class NotFound(LookupError):
    """Not there, or not in the actor's area: no one can tell which. kind: what the number would name, for the journal."""

    def __init__(self, *numbers: object, kind: str = "") -> None:
        super().__init__(*numbers)
        self.kind = kind


class NoReason(Exception):
    """A look outside the own area needs a reason in writing."""


def people_range(actor: Actor | None) -> tuple[str, str]:
    """The office paths whose people the actor may see: none for administrators (art. 18)."""
    if actor is None or actor.role in ADMINISTRATORS:
        return NOBODY
    return scope_range(actor.office)


_SWITCH = """with old as materialized (select coalesce(current_setting('canbao.lo', true), '') as lo,
        coalesce(current_setting('canbao.hi', true), '') as hi,
        coalesce(current_setting('canbao.journal_lo', true), '') as journal_lo,
        coalesce(current_setting('canbao.journal_hi', true), '') as journal_hi)
    select lo, hi, journal_lo, journal_hi,
        set_config('canbao.lo', %s, true), set_config('canbao.hi', %s, true),
        set_config('canbao.journal_lo', %s, true), set_config('canbao.journal_hi', %s, true)
    from old"""


@contextmanager
def acting_as(actor: Actor | None) -> Iterator[None]:
    """One transaction in which the database, too, knows whose eyes look. Nobody signed in sees nobody.

    Inside another `acting_as` the area of the outer one is back at the end.
    """
    with transaction.atomic():
        before = _look_with((*people_range(actor), *(scope_range(actor.office) if actor else NOBODY)))
        yield
        _look_with(before)


@contextmanager
def beyond(actor: Actor, *, reason: str) -> Iterator[Actor]:
    """The city's people for one question of somebody whose role may look outside the own area; the caller notes the reason.

    Yields the actor to ask `within` with. Raises NotAllowed, NoReason.
    """
    require(actor, Permission.PERSON_LOOK_OUTSIDE)
    if not reason.strip():
        raise NoReason
    wider = replace(actor, office=CITY)
    with transaction.atomic():
        before = _look_with((*people_range(wider), *scope_range(actor.office)))
        yield wider
        _look_with(before)


@contextmanager
def for_twins(actor: Actor, *, need: Permission) -> Iterator[None]:
    """The whole city for one question of the product's own: is somebody who is about to be added there already (规程第九条)?

    What is found is not for the actor's eyes: the caller tells no more than that there is somebody, and notes the question.
    Raises NotAllowed.
    """
    require(actor, need)
    with _whole_city(actor):
        yield


def office_of_sheet(number: str, *, actor: Actor) -> str | None:
    """The office that answers for a printed sheet, wherever in the city; None where nobody printed it.

    The paper lies on the actor's desk and has to go to where it belongs: that is all that is told, nothing of whose it is. The
    caller notes the question. Raises NotAllowed.
    """
    require(actor, Permission.SURVEY_RETURN)
    with _whole_city(actor):
        return RegistrationForm.objects.filter(number=number).values_list("office_path", flat=True).first()


@contextmanager
def _whole_city(actor: Actor) -> Iterator[None]:
    with transaction.atomic():
        before = _look_with((*scope_range(CITY), *scope_range(actor.office)))
        yield
        _look_with(before)


def _look_with(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Set the four settings until the end of the transaction; returns what they were."""
    with connection.cursor() as cursor:
        cursor.execute(_SWITCH, wanted)
        row = cursor.fetchone()
        assert row
        return tuple(row[:4])


def require(actor: Actor, need: Permission) -> None:
    """Raises NotAllowed."""
    if not allows(actor.role, need):
        raise NotAllowed(need)


def within(rows: QuerySet[M], actor: Actor) -> QuerySet[M]:
    """The rows of the actor's area, for any table with an office_path."""
    lowest, highest = people_range(actor)
    return rows.filter(office_path__gte=lowest, office_path__lte=highest)


def is_inside(actor: Actor, office: str) -> bool:
    """Whether the people of an office are the actor's to see."""
    lowest, highest = people_range(actor)
    return lowest <= office <= highest


def fetch(rows: QuerySet[M], actor: Actor, *, need: Permission, lock: bool = False, **key: Any) -> M:
    """The one row with this key. Raises NotAllowed, NotFound."""
    require(actor, need)
    found = within(rows.select_for_update() if lock else rows, actor).filter(**key).first()
    if found is None:
        raise NotFound(*key.values(), kind=str(rows.model._meta.verbose_name))
    return found


def person(actor: Actor, person_id: int, *, need: Permission = Permission.PERSON_VIEW, lock: bool = False) -> Person:
    """Raises NotAllowed, NotFound."""
    return fetch(Person.objects.all(), actor, need=need, lock=lock, pk=person_id)


def task(actor: Actor, task_id: int, *, need: Permission = Permission.SURVEY_VIEW, lock: bool = False) -> SurveyTask:
    """A line of a survey that has come as far down as the actor's office. Raises NotAllowed, NotFound."""
    return fetch(handed_to(SurveyTask.objects.all(), actor), actor, need=need, lock=lock, pk=task_id)


def handed_to(rows: QuerySet[SurveyTask], actor: Actor) -> QuerySet[SurveyTask]:
    """The lines that were handed down to the actor's level at least: a list that is not here yet is not here."""
    return rows.annotate(_held=Length("held_at")).filter(_held__gte=len(actor.office))


def case(actor: Actor, case_id: int, *, need: Permission = Permission.CASE_VIEW, lock: bool = False) -> MatchCase:
    """Raises NotAllowed, NotFound."""
    return fetch(MatchCase.objects.all(), actor, need=need, lock=lock, pk=case_id)
