"""An address that need not be typed: of the same household's form, or of the hukou; on record, for it is shown in full (规程第八条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.survey import knowing
from canbao.store.models import FormEntry, Person, SurveyTask

MEMBERS = 30


@dataclass(frozen=True, slots=True)
class Copied:
    """source: whose it is, in a word; "" where there is none to copy."""

    address: str = ""
    division: str = ""
    source: str = ""


@transaction.atomic
def address(task_id: int, *, own_hukou: bool, actor: Actor, at: datetime) -> Copied:
    """The address of another line of the household in the round, or else of the hukou; own_hukou: only that.

    Raises NotAllowed, NotFound, knowing.Gone.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER)
    found = Copied() if own_hukou else _of_household(task, actor)
    if not found.address:
        hukou = knowing.of(task, actor=actor).facts.get("hukou_address")
        found = Copied(str(hukou), source="户籍地址") if hukou else Copied()
    audit.record_look(
        audit.Event.ENTRY_OPENED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), area=task.office_path,
        detail={"item": "home_address", "source": found.source},
    )  # fmt: skip
    return found


def _of_household(task: SurveyTask, actor: Actor) -> Copied:
    if not task.household_no:
        return Copied()
    lines = SurveyTask.objects.filter(
        round_id=task.round_id, office_path=task.office_path, household_no=task.household_no
    )
    others = list(access.within(lines.exclude(pk=task.pk), actor).values_list("pk", "person_id")[:MEMBERS])
    forms = FormEntry.objects.filter(task_id__in=[one for one, _ in others], done_at__isnull=False).order_by("-done_at")
    for answers in access.within(forms, actor).values_list("answers", flat=True):
        if answers.get("home_address"):
            return Copied(answers["home_address"], answers.get("home_division", ""), "同户人员的登记表")
    people = Person.objects.filter(pk__in=[person for _, person in others if person], home_address__isnull=False)
    row = access.within(people, actor).values_list("home_address", "home_division").first()
    return Copied(row[0], row[1] or "", "同户人员的登记信息") if row and row[0] else Copied()
