"""What was last reported of a line, in the words of the form and hidden by default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbao.rules import outreach
from canbao.rules.answers import AWAY_SCHEMES, ITEMS, Fate, Item, Kept, Shape
from canbao.rules.survey import TaskState
from canbao.rules.wording import code_in_words
from canbao.services.showing import Fact, fact
from canbao.store.models import EntryKind, FormEntry, SurveyVisit

COUNTS = ("", TaskState.PLANNED.value)  # `SurveyVisit.withheld` of those whose outcome the line has


def latest_visits(tasks: Iterable[int]) -> dict[int, SurveyVisit]:
    """By line, its last submission that took effect, at once or when the list came again."""
    rows = SurveyVisit.objects.filter(task_id__in=list(tasks), withheld__in=COUNTS)
    rows = rows.order_by("task_id", "-pk").distinct("task_id")
    return {visit.task_id: visit for visit in rows}


def answered(visit: SurveyVisit | None, *, on: date) -> list[Fact]:
    """The items that the visit brought, in the form's order, then what came of the outreach; what only stays on the form is left
    out."""
    said = visit.answers if visit and isinstance(visit.answers, dict) else {}
    items = (item for item in ITEMS if item.kept is not Kept.FORM)
    found = [_fact(item, said[item.name], on) for item in items if said.get(item.name) not in (None, "", [])]
    return found + (agreed(visit) if visit else [])


def agreed(visit: SurveyVisit) -> list[Fact]:
    """What came of the outreach, in words; only what was said."""
    said = outreach.stored(visit.outreach)
    words = {
        "willing": said.willing.label if said.willing else "",
        "schemes": "、".join(scheme.label for scheme in said.schemes),
        "joins_in": f"{said.joins_in:%Y-%m}" if said.joins_in else "",
        "reason_until": said.reason_until.isoformat() if said.reason_until else "",
    }
    return [Fact(name, outreach.LABELS[name], text) for name, text in words.items() if text]


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form said of an item and what became of it (`rules.answers.Fate`)."""

    fact: Fact
    fate: Fate


def entered(found: FormEntry | None, *, on: date) -> list[Entered]:
    """The items of an entry with a fate, in the form's order, hidden by default."""
    if found is None:
        return []
    return [
        Entered(_fact(item, found.answers[item.name], on), Fate(found.fates[item.name]))
        for item in ITEMS
        if found.answers.get(item.name) and item.name in found.fates
    ]


def last_entries(tasks: Iterable[int]) -> dict[int, FormEntry]:
    """By line, the entry that stands."""
    rows = FormEntry.objects.filter(task_id__in=list(tasks), kind=EntryKind.FIRST, done_at__isnull=False)
    return {one.task_id: one for one in rows.order_by("task_id", "-turn").distinct("task_id")}


def _fact(item: Item, value: Any, on: date) -> Fact:
    """Masked under the item's own name; codes in words."""
    if item.shape is Shape.CODES and isinstance(value, list):
        value = "、".join(AWAY_SCHEMES.get(str(one), str(one)) for one in value)
    elif item.shape is Shape.CODE:
        value = code_in_words(item.table, str(value))
        return Fact(item.name, item.label, value)
    return fact(item.name, str(value), on=on, label=item.label)
