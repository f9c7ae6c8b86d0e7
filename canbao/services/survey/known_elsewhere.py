"""Somebody found who is registered with another office: that one enters his form, and the line here comes to an end (规程第九条)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Move, may
from canbao.services import access, audit, registry
from canbao.services.survey import reaching
from canbao.services.survey.finding import town_words
from canbao.store.models import FoundPerson, FoundState, Person, SurveyTask

ENDED = "登记已终结"


class NotElsewhere(Exception):
    """The person is registered here, or his line has come to an end already."""


def responsible(found: FoundPerson, line: SurveyTask | None, actor: Actor) -> str:
    """The office that answers for him in words, "" where it is here or nothing is open. For clerks who enter forms. Raises NotAllowed."""
    if found.state != FoundState.KNOWN or line is None or line.person_id is None or line.state not in may(Move.DROP):
        return ""
    with access.for_twins(actor, need=Permission.SURVEY_ENTER):
        person_id = registry.stands_as(line.person_id)
        office = Person.objects.filter(pk=person_id).values_list("office_path", flat=True).first()
    if office is None:
        return ENDED
    lowest, highest = access.people_range(actor)
    return "" if lowest <= office <= highest else town_words(office)


@transaction.atomic
def close(found_id: int, *, actor: Actor, at: datetime) -> str:
    """End the line of somebody another office answers for, without an entry here; says which office, which finds him on its list.

    Raises NotAllowed, NotFound, RoundOver, NotElsewhere.
    """
    found = access.fetch(FoundPerson.objects.all(), actor, need=Permission.SURVEY_ENTER, lock=True, pk=found_id)
    reaching.round_of(actor, found.round_id, need=Permission.SURVEY_ENTER, is_open=True)
    line = access.within(SurveyTask.objects.select_for_update().filter(found_id=found.pk), actor).first()
    office = responsible(found, line, actor)
    if line is None or not office:
        raise NotElsewhere(found_id)
    reaching.step(line, Move.DROP)
    said = ENDED if office == ENDED else f"由{office}负责办理，本机构不录入"
    found.settled_reason, found.settled_by, found.settled_at = said, actor.account, at
    found.save(update_fields=["settled_reason", "settled_by", "settled_at"])
    audit.record(
        audit.Event.FOUND_SETTLED, actor=actor, at=at, target_kind="found", target_id=str(found.pk),
        detail={"decision": FoundState.KNOWN.label, "reason": said}, area=found.office_path,
    )  # fmt: skip
    return office
