"""Lines that lie with a town because no village was known go to the village once it is: by set, for every open round (规程第八条)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Length

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import TaskState
from canbao.services import access, audit, villages
from canbao.services.survey.dispatching import TOWN, VILLAGE
from canbao.store.models import Person, RoundState, SurveyRound, SurveyTask

REASON = "村（社区）已确定"


def work_out(*, actor: Actor, at: datetime, step: Callable[[str], None] = lambda name: None) -> None:
    """Villages of the towns that changed, and the lines of open rounds after them; nothing where another is at it, who does this too.

    Call after the register changed as a whole: a run of the matching, a reversal. step: told the name of each stage. Raises NotAllowed.
    """
    with suppress(villages.AlreadyRefreshingError):
        villages.refresh(actor=actor, at=at, step=step)
        follow(actor=actor, at=at)


@transaction.atomic
def follow(*, actor: Actor, at: datetime) -> int:
    """Give lines of the actor's area to the village of their person; says how many. They wait there to be handed down.

    Only lines that nobody has begun to visit, and only down from the town that has them. Raises NotAllowed.
    """
    access.require(actor, Permission.VILLAGE_VIEW)
    done = 0
    for round_id in SurveyRound.objects.filter(state=RoundState.OPEN).order_by("pk").values_list("pk", flat=True):
        lines = {line.pk: str(line.now_at) for line in _waiting(round_id, actor)}
        office = Person.objects.filter(pk=OuterRef("person_id")).values("office_path")[:1]
        done += SurveyTask.objects.filter(pk__in=list(lines)).update(office_path=Subquery(office))
        audit.record_all(
            (
                audit.Line(
                    audit.Event.TASKS_REASSIGNED, "round", str(round_id),
                    detail={"people": people, "office": audit.office_words(path), "reason": REASON}, area=path,
                )
                for path, people in sorted(Counter(lines.values()).items())
            ),
            actor=actor, at=at,
        )  # fmt: skip
    return done


def _waiting(round_id: int, actor: Actor) -> QuerySet[Any]:
    """Planned lines at a town whose person is registered in one of its villages."""
    people = Person.objects.filter(pk=OuterRef("person_id"), office_path__startswith=OuterRef("office_path"))
    own = people.annotate(width=Length("office_path")).filter(width=VILLAGE).values("office_path")[:1]
    rows = access.within(SurveyTask.objects.filter(round_id=round_id, state=TaskState.PLANNED), actor)
    at_town = rows.annotate(own_width=Length("office_path")).filter(own_width=TOWN)
    return (
        at_town.annotate(now_at=Subquery(own)).filter(now_at__isnull=False).only("pk").select_for_update(of=("self",))
    )
