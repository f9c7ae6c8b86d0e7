"""An address that need not be typed: of the same household's form, or of the hukou; on record, for it is shown in full (规程第八条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.unmasking import Reason
from canbao.services import access, audit, unmasking
from canbao.services.survey import knowing
from canbao.store.models import FormEntry, Person, SurveyTask

MEMBERS = 30


REASON: Final = "录入登记表，复制地址"


@dataclass(frozen=True, slots=True)
class Copied:
    """source: whose it is, in a word; "" where there is none to copy. person_id, item: what was opened by copying it, if somebody's."""

    address: str = ""
    division: str = ""
    source: str = ""
    person_id: int | None = None
    item: str = ""


@transaction.atomic
def address(task_id: int, *, own_hukou: bool, actor: Actor, at: datetime) -> Copied:
    """The address of another line of the household in the round, or else of the hukou; own_hukou: only that.

    It is shown in full: whose it is has it unmasked for the entry of the form, with that reason on record.
    Raises NotAllowed, NotFound, knowing.Gone.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER)
    found = Copied() if own_hukou else _of_household(task, actor)
    if not found.address:
        knows = knowing.of(task, actor=actor)
        if (hukou := knows.facts.get("hukou_address")) and knows.person:
            found = Copied(str(hukou), "", "户籍地址", knows.person.pk, "hukou_address")
    if found.person_id:
        unmasking.unmask(found.person_id, item=found.item, reason=Reason.OTHER, note=REASON, actor=actor, at=at)
    audit.record_look(
        audit.Event.ENTRY_OPENED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), area=task.office_path,
        detail={"item": found.item or "home_address", "source": found.source},
    )  # fmt: skip
    return found


def _of_household(task: SurveyTask, actor: Actor) -> Copied:
    if not task.household_no:
        return Copied()
    lines = SurveyTask.objects.filter(
        round_id=task.round_id, office_path=task.office_path, household_no=task.household_no
    )
    others = dict(access.within(lines.exclude(pk=task.pk), actor).values_list("pk", "person_id")[:MEMBERS])
    there = set(
        access.within(Person.objects.filter(pk__in=[one for one in others.values() if one]), actor).values_list(
            "pk", flat=True
        )
    )
    forms = FormEntry.objects.filter(task_id__in=list(others), done_at__isnull=False).order_by("-done_at")
    for line, answers in access.within(forms, actor).values_list("task_id", "answers"):
        if answers.get("home_address"):
            whose = others[line] if others[line] in there else None
            return Copied(
                answers["home_address"], answers.get("home_division", ""), "同户人员的登记表", whose, "home_address"
            )
    row = (
        Person.objects.filter(pk__in=there, home_address__isnull=False)
        .values_list("pk", "home_address", "home_division")
        .first()
    )
    return Copied(row[1], row[2] or "", "同户人员的登记信息", row[0], "home_address") if row and row[1] else Copied()
