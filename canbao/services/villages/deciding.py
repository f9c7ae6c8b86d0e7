"""A clerk's word on villages: suggestions confirmed in bulk, a village corrected, an assignment withdrawn.

`undoing` takes such an act back as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from canbao.bulk.sqltext import checked, columns, sql
from canbao.rules.offices import VILLAGE_PATH, office_open, office_short_name, offices, scope_range
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.village_choice import PLACED, RULE_VERSION, AssignmentState
from canbao.services import access, audit, registry
from canbao.store.models import Person, VillageAct, VillageAssignment

CLERK = "CLERK"  # the rule of what a clerk said himself
MOST_AT_ONCE: Final = 5000
"""People that one act may decide on: it is one transaction of a page."""
BEFORE: Final = (
    "person_id", "town", "village", "village_path", "rule", "people", "in_village", "state", "rule_version", "reason", "act",
    "decided_by", "decided_at", "office_path",
)  # fmt: skip
"""What an act changes of an assignment, kept as it was before (village_act_before)."""
_REASON = 200


class ActKind(StrEnum):
    """What was done with several people."""

    CONFIRM = "CONFIRM"
    CORRECT = "CORRECT"
    WITHDRAW = "WITHDRAW"

    @property
    def label(self) -> str:
        return {"CONFIRM": "确认", "CORRECT": "更正", "WITHDRAW": "撤回"}[self.value]


class NothingToDecideError(Exception):
    """None of the people stands where this step begins."""


class NoReasonError(Exception):
    """A correction and a withdrawal need a reason in writing."""


class NotAVillageBelowError(Exception):
    """An office that is no village of the people's town today, or lies outside the actor's area."""


class TooManyAtOnceError(Exception):
    """More than MOST_AT_ONCE people."""


class OtherNumberError(Exception):
    """As many people as were shown do not fit any more: what is decided has to be what was read."""


class OfDistrictError(Exception):
    """The departments name no more than the district of all these people: only there can their village be withdrawn."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One act. pk: of village_act; people: how many it decided on; of_district: left out, because they would go back to the district."""

    pk: int
    people: int
    of_district: int = 0


@transaction.atomic
def confirm(rows: QuerySet[VillageAssignment], *, actor: Actor, at: datetime, shown: int | None = None) -> Decided:
    """Make the suggested village of each person the responsible one.

    rows: a choice of `listing.chosen`; shown: how many of them the clerk read that there are, where all are meant.

    Raises NotAllowed, NothingToDecideError, OtherNumberError, TooManyAtOnceError.
    """
    access.require(actor, Permission.VILLAGE_DECIDE)
    _require_shown(rows, shown)
    chosen = locked(rows.filter(state=AssignmentState.SUGGESTED))
    act = _open(ActKind.CONFIRM, list(chosen), actor, at)
    with connection.cursor() as cursor:
        cursor.execute(
            "update village_assignment set state = 'CONFIRMED', act = %s, decided_by = %s, decided_at = %s,"
            " office_path = village_path where person_id = any(%s)",
            [act.pk, actor.account, at, list(chosen)],
        )
    _move(act, at)
    _note(audit.Event.VILLAGES_CONFIRMED, act, actor, at)
    return Decided(act.pk, act.people)


@transaction.atomic
def correct(
    rows: QuerySet[VillageAssignment], *, office: str, reason: str, actor: Actor, at: datetime, shown: int | None = None
) -> Decided:
    """Give the people to another village of their town; shown as with `confirm`.

    Raises NotAllowed, NoReasonError, NotAVillageBelowError, NothingToDecideError, OtherNumberError, TooManyAtOnceError.
    """
    access.require(actor, Permission.VILLAGE_DECIDE)
    said = _reason(reason)
    _require_shown(rows, shown)
    chosen = locked(rows.exclude(office_path=office))
    is_village = len(office) == VILLAGE_PATH and access.is_inside(actor, office) and office_open(office, day_of(at))
    if not is_village or any(not office.startswith(base) for base in chosen.values()):
        raise NotAVillageBelowError(office)
    act = _open(ActKind.CORRECT, list(chosen), actor, at)
    VillageAssignment.objects.filter(pk__in=list(chosen)).update(
        state=AssignmentState.CORRECTED, town=office[6:15], village=office[6:], village_path=office, rule=CLERK, people=0, in_village=0,
        reason=said, act=act.pk, rule_version=RULE_VERSION, decided_by=actor.account, decided_at=at, office_path=office,
    )  # fmt: skip
    _move(act, at)
    _note(audit.Event.VILLAGES_CORRECTED, act, actor, at, {"reason": said})
    return Decided(act.pk, act.people)


@transaction.atomic
def withdraw(
    rows: QuerySet[VillageAssignment], *, reason: str, actor: Actor, at: datetime, shown: int | None = None
) -> Decided:
    """The village is wrong and the right one is not known: back to where the departments have the people, for a clerk to decide.

    People whom the departments place no nearer than above the actor's area stay: there they would be out of his sight, and who
    answers for them is decided above. shown as with `confirm`.

    Raises NotAllowed, NoReasonError, NothingToDecideError, OfDistrictError, OtherNumberError, TooManyAtOnceError.
    """
    access.require(actor, Permission.VILLAGE_DECIDE)
    said = _reason(reason)
    _require_shown(rows, shown)
    chosen = locked(rows.filter(state__in=[*PLACED, AssignmentState.SUGGESTED]))
    mine = [person_id for person_id, base in chosen.items() if access.is_inside(actor, base)]
    if not mine:
        raise OfDistrictError
    act = _open(ActKind.WITHDRAW, mine, actor, at)
    with connection.cursor() as cursor:
        cursor.execute(
            "update village_assignment set state = 'WITHDRAWN', act = %s, reason = %s, decided_by = %s, decided_at = %s,"
            " office_path = base_path where person_id = any(%s)",
            [act.pk, said, actor.account, at, mine],
        )
    _move(act, at)
    _note(audit.Event.VILLAGES_WITHDRAWN, act, actor, at, {"reason": said})
    return Decided(act.pk, act.people, len(chosen) - len(mine))


def _reason(reason: str) -> str:
    said = reason.strip()[:_REASON]
    if not said:
        raise NoReasonError
    return said


def _require_shown(rows: QuerySet[VillageAssignment], shown: int | None) -> None:
    if shown is None:
        return
    count = rows.order_by()[: MOST_AT_ONCE + 1].count()
    if count > MOST_AT_ONCE:
        raise TooManyAtOnceError
    if count != shown:
        raise OtherNumberError


def locked(rows: QuerySet[VillageAssignment]) -> dict[int, str]:
    """Person and base office of the rows, locked until the end with the people.

    Without those who stand neither there nor in the village: a form or a run has moved them since, and no word about where they were
    holds for where they are. Raises NothingToDecideError, TooManyAtOnceError.
    """
    found = list(
        rows.order_by("pk")
        .select_for_update()
        .values_list("person_id", "base_path", "village_path")[: MOST_AT_ONCE + 1]
    )
    if len(found) > MOST_AT_ONCE:
        raise TooManyAtOnceError
    people = Person.objects.filter(pk__in=[person_id for person_id, *_ in found])
    stands = dict(people.order_by("pk").select_for_update().values_list("pk", "office_path"))
    still = {person_id: base for person_id, base, village in found if stands.get(person_id) in (base, village)}
    if not still:
        raise NothingToDecideError
    return still


def _open(kind: ActKind, people: list[int], actor: Actor, at: datetime) -> VillageAct:
    """A new act, and what stood of these people before it."""
    act = VillageAct.objects.create(
        kind=kind, people=len(people), office_path=actor.office, decided_by=actor.account, decided_at=at
    )
    with connection.cursor() as cursor:
        cursor.execute(checked(_KEEP), [act.pk, people])
    return act


_KEEP = sql(
    "insert into village_act_before (of_act, {kept}) select %s, {kept} from village_assignment where person_id = any(%s)",
    kept=columns(BEFORE),
)


def basis_of(act: int) -> str:
    """What an act writes to the register with."""
    return f"village-act:{act}"


def _move(act: VillageAct, at: datetime) -> None:
    registry.stage_moves()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into moving select person_id, office_path from village_assignment where act = %s", [act.pk]
        )
    registry.place(basis=basis_of(act.pk), at=at, plain=False)


def _note(
    event: audit.Event, act: VillageAct, actor: Actor, at: datetime, more: Mapping[str, object] | None = None
) -> None:
    """One line of the journal for each village that gained people, or for the towns they went back to."""
    rows = VillageAssignment.objects.filter(act=act.pk).order_by().values("office_path").annotate(n=Count("pk"))
    lines = (
        audit.Line(
            event, "village_act", str(act.pk), basis=basis_of(act.pk),
            detail={"people": row["n"], "office": audit.office_words(row["office_path"])} | dict(more or {}),
            area=row["office_path"],
        )
        for row in rows.order_by("office_path")
    )  # fmt: skip
    audit.record_all(lines, actor=actor, at=at)


def villages_of(actor: Actor, town_path: str, *, on: datetime) -> list[tuple[str, str]]:
    """The villages of a town of the actor's area today, by path: what a correction may choose. Raises NotAllowed, NotFound."""
    access.require(actor, Permission.VILLAGE_DECIDE)
    if not access.is_inside(actor, town_path):
        raise access.NotFound(town_path)
    lowest, highest = scope_range(town_path)
    day = day_of(on)
    found = (
        o for o in offices() if lowest < o.path <= highest and len(o.path) == VILLAGE_PATH and o.period.contains(day)
    )
    return sorted((o.path, office_short_name(o.path)) for o in found)
