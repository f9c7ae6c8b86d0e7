"""What waits in the open rounds for a post: counts for its first page, round by round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from canbao.rules.division import CITY
from canbao.rules.roles import Actor
from canbao.rules.survey import TaskState, settled_without_form
from canbao.services import access
from canbao.services.survey import reaching
from canbao.services.survey.drafting import NOTHING_TO_ENTER
from canbao.services.survey.progress import late
from canbao.store.models import FoundPerson, FoundState, RoundState, SurveyCall, SurveyRound, SurveyTask

ROUNDS = 5  # open at a time, the newest: more are found in the list of rounds


# What the queue of data entry shows: forms that are here, and lines handed in whose form is to come.
RETURNED: Final = Q(state=TaskState.RETURNED)
HANDED_IN_TO_ENTER: Final = Q(state=TaskState.HANDED_IN) & ~Q(outcome__in=[one.value for one in NOTHING_TO_ENTER])


@dataclass(frozen=True, slots=True)
class Waiting:
    """The numbers of one open round; towns_late: how many towns have late lines, counted for a district."""

    round: SurveyRound
    to_visit: int = 0
    sent_back: int = 0
    to_hand_in: int = 0
    to_check: int = 0
    to_enter: int = 0
    late: int = 0
    calls: int = 0
    towns_late: int = 0


def of_lines(actor: Actor, *, on: date) -> Iterator[Waiting]:
    """What the village, the town has to do. Reads the lines of the actor's area: not for the city."""
    rounds = _open(actor)
    rows = access.within(access.handed_to(SurveyTask.objects.filter(round_id__in=rounds), actor), actor)
    for row in _counted(rows, on):
        yield Waiting(rounds[row["round_id"]], **{name: n for name, n in row.items() if name != "round_id"})


def of_district(actor: Actor, *, on: date) -> Iterator[Waiting]:
    """The calls to make, and the towns that are late."""
    rounds = _open(actor)
    for round_id, round_ in rounds.items():
        calls = access.within(SurveyCall.objects.filter(round_id=round_id, called_at__isnull=True), actor)
        open_calls = calls.exclude(reported_by=actor.account).count()
        yield Waiting(round_, calls=open_calls, towns_late=_towns_late(actor, round_id, on))


def _open(actor: Actor) -> dict[int, SurveyRound]:
    found = reaching.rounds_of(actor).filter(state=RoundState.OPEN)[:ROUNDS]
    return {round_.pk: round_ for round_ in found}


def _counted(rows: QuerySet[SurveyTask], on: date) -> QuerySet[SurveyTask, Mapping[str, Any]]:
    back = Q(state__in=(TaskState.HANDED_IN, TaskState.RETURNED))
    without = [outcome.value for outcome in settled_without_form()]
    to_check = Q(state=TaskState.ENTERED) | back & Q(outcome__in=without)
    return rows.order_by().values("round_id").annotate(
        to_visit=Count("pk", filter=Q(state__in=(TaskState.TO_VISIT, TaskState.TRYING))),
        sent_back=Count("pk", filter=Q(state=TaskState.SENT_BACK)),
        to_hand_in=Count("pk", filter=Q(state=TaskState.VISITED)),
        to_check=Count("pk", filter=to_check),
        to_enter=Count("pk", filter=RETURNED | HANDED_IN_TO_ENTER),
        late=Count("pk", filter=late(on)),
    ).order_by("-round_id")  # fmt: skip


def _towns_late(actor: Actor, round_id: int, on: date) -> int:
    rows = reaching.tasks_of(actor, round_id).filter(late(on)).order_by()
    return len({path[:15] for path in rows.values_list("office_path", flat=True).distinct().iterator()})


def to_hand_down(actor: Actor) -> Iterator[tuple[SurveyRound, int, int]]:
    """Of the lines that have come as far as the actor's office: how many can go further down, and how many first have to be given
    to an office below, because none is known. Reads them all: not for the city."""
    rounds = {} if actor.office == CITY else _open(actor)
    for round_id, round_ in rounds.items():
        here = reaching.tasks_of(actor, round_id).filter(state=TaskState.PLANNED, held_at=actor.office)
        nowhere = here.filter(office_path=actor.office).count()
        yield round_, here.count() - nowhere, nowhere


def found_waiting(actor: Actor) -> Iterator[tuple[SurveyRound, int]]:
    """The rounds in whose lists people found at a door wait for the office, whichever round they were found in."""
    rounds = _open(actor)
    rows = access.within(FoundPerson.objects.filter(round_id__in=rounds, state=FoundState.PROVISIONAL), actor)
    for round_id, count in rows.order_by("-round_id").values_list("round_id").annotate(n=Count("pk")):
        yield rounds[round_id], count


def building(actor: Actor) -> int:
    """The rounds whose lists are being made."""
    return reaching.rounds_of(actor).filter(state=RoundState.BUILDING).count()
