"""Which sheets are still out: by village, and in a village by address. In sets, without loading anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from canbao.rules.offices import UnknownOffice, office_name
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome, TaskState, is_late, settled_without_form
from canbao.services import access, audit
from canbao.services.showing import Fact, fact
from canbao.services.survey import reaching
from canbao.store.models import RegistrationForm, SurveyRound, SurveyTask

PAGE = 300  # of one village, on a screen and on paper


class Standing(StrEnum):
    """How the paper of a line stands."""

    MISSING = "MISSING"
    UNPRINTED = "UNPRINTED"
    BACK = "BACK"
    NONE_NEEDED = "NONE_NEEDED"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    Standing.MISSING: "未收回",
    Standing.UNPRINTED: "未打印",
    Standing.BACK: "已收回",
    Standing.NONE_NEEDED: "不需交表",
}


@dataclass(frozen=True, slots=True)
class Village:
    """One village's numbers; path may be the town's own where a line has no village."""

    path: str
    name: str
    counts: dict[Standing, int]

    @property
    def lines(self) -> int:
        return sum(self.counts.values())

    @property
    def expected(self) -> int:
        """Sheets that should come back sooner or later."""
        return self.lines - self.counts[Standing.NONE_NEEDED]

    def of(self, standing: Standing) -> int:
        return self.counts[standing]


@dataclass(frozen=True, slots=True)
class Out:
    """A line of a village as it stands in the list. number: of its newest sheet."""

    task_id: int
    name: str
    address: Fact
    phone: Fact
    state: TaskState
    outcome: str
    visits: int
    due_on: date | None
    late: bool
    number: str


@dataclass(frozen=True, slots=True)
class Listed:
    """after: where the next page begins; None at the end."""

    round: SurveyRound
    village: Village
    rows: list[Out]
    after: int | None


def villages(actor: Actor, round_id: int) -> list[Village]:
    """The numbers of every village of the area, by path. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_RETURN)
    counted = _standing(_lines(actor, round_), round_).values("office_path").annotate(**_sums()).order_by("office_path")
    return [_village(str(row["office_path"]), row) for row in counted]


def listed(
    actor: Actor, round_id: int, *, village: str, standing: Standing, after: int = 0, on: date, at: datetime
) -> Listed:
    """The lines of a village whose paper stands so, by address; the look is on record.

    Raises NotAllowed, NotFound.
    """
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_RETURN)
    rows = _standing(_lines(actor, round_), round_).filter(office_path=village)
    numbers = _village(village, rows.aggregate(**_sums())) if _is_own(actor, village) else None
    if numbers is None:
        raise access.NotFound(village)
    found = list(_after(rows.filter(_WHERE[standing]), after)[: PAGE + 1])
    page = found[:PAGE]
    audit.record_look(
        audit.Event.MISSING_FORMS_LISTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"office": audit.office_words(village), "rows": len(page)}, area=village,
    )  # fmt: skip
    newest = _numbers(page)
    return Listed(
        round_, numbers, [_out(task, newest.get(task.pk, ""), on) for task in page],
        page[-1].pk if len(found) > PAGE else None,
    )  # fmt: skip


def _is_own(actor: Actor, village: str) -> bool:
    lowest, highest = access.people_range(actor)
    try:
        return lowest <= village <= highest and len(village) in (15, 18) and bool(office_name(village))
    except UnknownOffice:
        return False


def _lines(actor: Actor, round_: SurveyRound) -> QuerySet[SurveyTask]:
    return reaching.tasks_of(actor, round_.pk).exclude(state=TaskState.DROPPED)


def _standing(rows: QuerySet[SurveyTask], round_: SurveyRound) -> QuerySet[SurveyTask]:
    """`sheet`: one was printed for the line, or for its person since the round was opened."""
    by_line = RegistrationForm.objects.filter(task_id=OuterRef("pk"))
    by_person = RegistrationForm.objects.filter(
        task_id__isnull=True, person_id=OuterRef("person_id"), printed_at__gte=round_.opened_at
    )
    return rows.alias(sheet=Exists(by_line) | Exists(by_person))


_WITHOUT = [outcome.value for outcome in settled_without_form()]
_BACK = Q(state__in=[TaskState.RETURNED, TaskState.ENTERED]) | Q(state=TaskState.CLOSED) & (
    Q(returned_at__isnull=False) | Q(entered_at__isnull=False)
)
_ENDED_WITHOUT = Q(outcome__in=_WITHOUT) & ~Q(state=TaskState.TRYING)  # somebody not met yet is visited again
_FREE = ~_BACK & _ENDED_WITHOUT
_OUT = ~_BACK & ~_ENDED_WITHOUT
_WHERE: Final = {
    Standing.MISSING: _OUT & Q(sheet=True),
    Standing.UNPRINTED: _OUT & Q(sheet=False),
    Standing.BACK: _BACK,
    Standing.NONE_NEEDED: _FREE,
}


def _sums() -> dict[str, Count]:
    return {standing.value: Count("pk", filter=where) for standing, where in _WHERE.items()}


def office_short(path: str) -> str:
    """The office's own name, or its path where no office ever had it."""
    try:
        return office_name(path)
    except UnknownOffice:
        return path


def _village(path: str, row: Mapping[str, Any]) -> Village:
    return Village(path, office_short(path), {standing: row[standing.value] for standing in Standing})


def _after(rows: QuerySet[SurveyTask], after: int) -> QuerySet[SurveyTask]:
    """In the order of the addresses, from behind the line with this number."""
    rows = rows.order_by("address_key", "pk")
    key = rows.model.objects.filter(pk=after).values_list("address_key", flat=True).first() if after else None
    if key is None:
        return rows
    return rows.filter(Q(address_key__gt=key) | Q(address_key=key, pk__gt=after))


def _numbers(tasks: Iterable[SurveyTask]) -> dict[int, str]:
    """By line, the number of its newest sheet."""
    people = {task.person_id: task.pk for task in tasks if task.person_id}
    own = Q(task_id__in=[task.pk for task in tasks])
    rows = RegistrationForm.objects.filter(own | Q(task_id__isnull=True, person_id__in=list(people)))
    found = rows.order_by("pk").values_list("task_id", "person_id", "number")
    return {task or people.get(person or 0, 0): number for task, person, number in found}


def _out(task: SurveyTask, number: str, on: date) -> Out:
    state = TaskState(task.state)
    return Out(
        task.pk, task.name, fact("address", task.address, on=on, label="地址"),
        fact("phone", task.phone, on=on), state, Outcome(task.outcome).label if task.outcome else "", task.visits,
        task.due_on, is_late(state, task.due_on, on=on), number,
    )  # fmt: skip
