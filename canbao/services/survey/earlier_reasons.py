"""Why somebody did not join, as a visit in an earlier round brought it, as long as the reason holds (规程第八条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from canbao.rules.period import day_of
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome
from canbao.rules.wording import code_in_words
from canbao.services import access
from canbao.services.survey.reported import latest_visits
from canbao.store.models import SurveyTask


@dataclass(frozen=True, slots=True)
class EarlierReason:
    """label: the reason in words; until: the last day on which it holds; told_on: the day of the visit that brought it."""

    label: str
    until: date
    told_on: date


def earlier_reason(task: SurveyTask, *, actor: Actor, on: date) -> EarlierReason | None:
    """Of the person's lines in other rounds of the actor's area, the latest whose reason still holds on the day."""
    if task.person_id is None:
        return None
    rows = access.within(SurveyTask.objects.filter(person_id=task.person_id, reason_until__gte=on), actor)
    before = rows.exclude(pk=task.pk).order_by("-pk").first()
    visit = latest_visits([before.pk]).get(before.pk) if before else None
    if before is None or visit is None or not before.reason_until:
        return None
    code = (visit.answers or {}).get("reason_not_enrolled") or Outcome(visit.outcome).reason
    label = code_in_words("reason_not_enrolled", str(code)) if code else ""
    return EarlierReason(label, before.reason_until, day_of(visit.at)) if label else None
