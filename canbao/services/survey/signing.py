"""Who signed the sheets that are back: what is missing with them, and which say nothing yet (规程附件, 填表说明 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from canbao.rules.answers import Signer
from canbao.rules.evidence import EvidenceKind
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.signatures import SignatureProblem, born_after, signature_problem
from canbao.services import access
from canbao.store.models import Evidence, FormReturn, RoundState, SurveyRound, SurveyTask

MOST = 100  # listed; the rest is counted
_MANDATES = Evidence.objects.filter(kind=EvidenceKind.MANDATE, removed_at__isnull=True)


def with_mandate(tasks: Iterable[int]) -> set[int]:
    """Those of the lines with a 委托书 on file."""
    rows = _MANDATES.filter(task_id__in=list(tasks)).values_list("task_id", flat=True)
    return {task for task in rows if task is not None}


def problem_of(row: FormReturn, task: SurveyTask, *, on: date, on_file: bool) -> SignatureProblem | None:
    return signature_problem(row.signer, has_mandate=row.has_mandate or on_file, birth_date=task.birth_date, on=on)


def without_mandate(actor: Actor, *, round_id: int | None = None) -> QuerySet[FormReturn]:
    """Sheets signed by an agent with nothing to show for it; of one round, or of all that go on.

    Raises NotAllowed.
    """
    access.require(actor, Permission.SURVEY_RETURN)
    open_ = SurveyRound.objects.filter(state=RoundState.OPEN).values("pk")
    rows = FormReturn.objects.filter(signer=Signer.AGENT, has_mandate=False)
    rows = rows.filter(round_id=round_id) if round_id else rows.filter(round_id__in=open_)
    return access.within(rows, actor).filter(~Exists(_MANDATES.filter(task_id=OuterRef("task_id"))))


def by_child(actor: Actor, round_id: int, *, on: date) -> QuerySet[FormReturn]:
    """Sheets of children that they signed themselves."""
    born = SurveyTask.objects.filter(pk=OuterRef("task_id")).values("birth_date")[:1]
    rows = FormReturn.objects.filter(round_id=round_id, signer=Signer.SELF).alias(born=Subquery(born))
    return access.within(rows.filter(born__gt=born_after(on)), actor)


def unsaid(actor: Actor, round_id: int) -> int:
    """How many sheets do not say yet who signed them."""
    return access.within(FormReturn.objects.filter(round_id=round_id, signer=""), actor).count()


def problems(actor: Actor, round_id: int, *, on: date) -> tuple[list[FormReturn], int]:
    """The sheets of a round with something to be mended or looked at, errors first; and how many more there are.

    Raises NotAllowed.
    """
    without, children = without_mandate(actor, round_id=round_id), by_child(actor, round_id, on=on)
    found = [*without.order_by("-pk")[:MOST], *children.order_by("-pk")[:MOST]][:MOST]
    return found, without.count() + children.count() - len(found)
