"""The district calls some of the visited back: a sample that nobody can choose, and what the people say (规程第八条)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields import CharField
from django.db.models.functions import MD5, Cast, Coalesce, Concat

from canbao.rules import outreach
from canbao.rules.answers import BY_NAME
from canbao.rules.approval import SamePerson
from canbao.rules.indicators import sample_size
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import WITH_TOWN, TaskState
from canbao.rules.unmasking import Reason
from canbao.services import access, audit, unmasking
from canbao.services.showing import Fact, fact
from canbao.services.survey import reaching
from canbao.services.survey.reported import COUNTS, answered, latest_visits
from canbao.store.models import FoundPerson, SurveyCall, SurveyRound, SurveyTask, SurveyVisit

PAGE = 50
VISIT_ITSELF = "outcome"  # whether somebody was there at all, and said what was reported
_DRAWN_FROM = (TaskState.VISITED, *sorted(WITH_TOWN), TaskState.CLOSED)
_LATEST = SurveyVisit.objects.filter(task_id=OuterRef("pk"), withheld__in=COUNTS).order_by("-pk")
_FOUND = FoundPerson.objects.filter(pk=OuterRef("found_id"))  # whom a village found it has seen


class NothingToDraw(Exception):
    """As many as the round asks for have been drawn of everything that has been visited."""


class NotReachedButDiffers(Exception):
    """Nobody was reached, and still something is said to differ."""


@dataclass(frozen=True, slots=True)
class Called:
    """A line that was drawn, as the list shows it."""

    call: SurveyCall
    name: str
    reported_by: str
    outcome: str
    village: str


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Called]
    after: int | None


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one worker in one village, in the order of the villages: never a ranking."""

    village: str
    reported_by: str
    drawn: int
    called: int
    reached: int
    differing: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the caller has before him."""

    call: SurveyCall
    task: SurveyTask
    name: str
    phones: list[Fact]
    reported: list[Fact]
    note: str
    reported_by: str
    outcome: str
    said: str  # the note of an earlier call


@transaction.atomic
def draw(round_id: int, *, actor: Actor, at: datetime) -> int:
    """Draw what is still lacking of each worker's share in each village, by a hash that no one chooses; says how many.

    Raises NotAllowed, NotFound, RoundOver, NothingToDraw.
    """
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_CALL, is_open=True, lock=True)
    chosen = [row for lines in _by_worker(actor, round_) for row in _lacking(lines, round_.call_percent)]
    if not chosen:
        raise NothingToDraw(round_id)
    SurveyCall.objects.bulk_create(
        SurveyCall(
            task_id=row["pk"], round_id=round_id, office_path=row["office_path"], reported_by=row["by"],
            reported_at=row["seen_at"] if row["by"] else None, drawn_by=actor.account, drawn_at=at,
        )
        for row in chosen
    )  # fmt: skip
    audit.record(
        audit.Event.CALLS_DRAWN, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"drawn": len(chosen)}, area=actor.office,
    )  # fmt: skip
    return len(chosen)


def _by_worker(actor: Actor, round_: SurveyRound) -> Iterator[list[Mapping[str, Any]]]:
    """The visited lines of each village and worker, in the order in which they would be drawn."""
    key = MD5(Concat(Value(f"{round_.pk}:"), Cast("pk", CharField()), output_field=CharField()))
    rows = (
        reaching.tasks_of(actor, round_.pk)
        .filter(state__in=_DRAWN_FROM, person_id__isnull=False)  # somebody found is called once he is registered
        .annotate(
            by=Coalesce(Subquery(_LATEST.values("account")[:1]), Subquery(_FOUND.values("found_by")[:1]), Value("")),
            seen_at=Coalesce(Subquery(_LATEST.values("at")[:1]), Subquery(_FOUND.values("found_at")[:1])),
            drawn=Subquery(SurveyCall.objects.filter(task_id=OuterRef("pk")).values("pk")[:1]),
            key=key,
        )
        .filter(seen_at__isnull=False)  # there is nobody to ask whether he was visited who never was
        .order_by("office_path", "by", "key")
        .values("pk", "office_path", "by", "seen_at", "drawn")
    )
    lines: list[Mapping[str, Any]] = []
    for row in rows.iterator(chunk_size=5000):
        if lines and (lines[0]["office_path"], lines[0]["by"]) != (row["office_path"], row["by"]):
            yield lines
            lines = []
        lines.append(row)
    if lines:
        yield lines


def _lacking(lines: Sequence[Mapping[str, Any]], share: int) -> Sequence[Mapping[str, Any]]:
    open_ = [row for row in lines if row["drawn"] is None]
    wanted = sample_size(len(lines), share) - (len(lines) - len(open_))
    return open_[: max(0, wanted)]


def calls(actor: Actor, round_id: int, *, done: bool, after: int, on: date, at: datetime) -> Page:
    """The lines drawn, those still to call or those called; on record. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CALL)
    rows = _calls(actor, round_id).filter(called_at__isnull=not done, pk__gt=after).order_by("pk")
    found = list(rows[: PAGE + 1])
    tasks = SurveyTask.objects.in_bulk([call.task_id for call in found])
    names = audit.real_names({call.reported_by for call in found})
    shown = [_called(call, tasks[call.task_id], names, on) for call in found[:PAGE] if call.task_id in tasks]
    reaching.note_listed(round_id, "回访名单", len(shown), actor=actor, at=at)
    return Page(shown, found[PAGE - 1].pk if len(found) > PAGE else None)


def _calls(actor: Actor, round_id: int) -> QuerySet[SurveyCall]:
    return access.within(SurveyCall.objects.filter(round_id=round_id), actor)


def _called(call: SurveyCall, task: SurveyTask, names: dict[str, str], on: date) -> Called:
    by = names.get(call.reported_by, call.reported_by)
    return Called(call, fact("name", task.name, on=on).text, by, task.outcome, call.office_path)


def rates(actor: Actor, round_id: int) -> list[Rate]:
    """How often what was reported did not agree, with the number of calls it rests on. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id)
    rows = _calls(actor, round_id).order_by().values("office_path", "reported_by").annotate(
        drawn=Count("pk"),
        called=Count("pk", filter=Q(called_at__isnull=False)),
        reached_n=Count("pk", filter=Q(reached=True)),
        differing=Count("pk", filter=Q(reached=True) & ~Q(differs=[])),
    )  # fmt: skip
    found = list(rows.order_by("office_path", "reported_by"))
    names = audit.real_names({row["reported_by"] for row in found})
    return [
        Rate(row["office_path"], names.get(row["reported_by"], row["reported_by"]), row["drawn"], row["called"],
             row["reached_n"], row["differing"])
        for row in found
    ]  # fmt: skip


@transaction.atomic
def sheet(call_id: int, *, actor: Actor, on: date, at: datetime) -> Sheet:
    """One call with what was reported; a look at somebody, on record. Raises NotAllowed, NotFound."""
    call, task = _reach(call_id, actor)
    visit = latest_visits([task.pk]).get(task.pk)
    clear = unmasking.active(task.person_id, actor=actor, at=at) if task.person_id else {}
    told = (visit.answers or {}).get("phone") if visit else None
    phones = [fact("phone", task.phone, on=on, clear=clear, label="名单上的电话")] if task.phone else []
    if told and told != task.phone:
        phones.append(fact("phone", str(told), on=on, clear=clear, label="走访时留的电话"))
    audit.record_look(
        audit.Event.TASK_VIEWED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), area=task.office_path
    )
    names = audit.real_names({call.reported_by})
    return Sheet(
        call=call, task=task, name=fact("name", task.name, on=on).text, phones=phones,
        reported=answered(visit, on=on), note=fact("note", visit.note, on=on).text if visit else "",
        reported_by=names.get(call.reported_by, call.reported_by), outcome=task.outcome,
        said=fact("note", call.note, on=on).text,
    )  # fmt: skip


def _reach(call_id: int, actor: Actor, *, lock: bool = False) -> tuple[SurveyCall, SurveyTask]:
    call = access.fetch(SurveyCall.objects.all(), actor, need=Permission.SURVEY_CALL, lock=lock, pk=call_id)
    return call, access.task(actor, call.task_id, need=Permission.SURVEY_CALL)


def show_phone(call_id: int, *, actor: Actor, at: datetime) -> None:
    """Open the phone number of a line for some minutes, on record. Raises NotAllowed, NotFound."""
    _, task = _reach(call_id, actor)
    if task.person_id is None:
        raise access.NotFound(call_id)
    unmasking.unmask(task.person_id, item="phone", reason=Reason.CALL, note="入户调查回访", actor=actor, at=at)


@transaction.atomic
def note_call(
    call_id: int, *, reached: bool, differs: Iterable[str], note: str, actor: Actor, at: datetime
) -> SurveyCall:
    """Write down what the person said; a later call takes the place of an earlier one.

    Raises NotAllowed, NotFound, RoundOver, SamePerson, NotReachedButDiffers.
    """
    call, task = _reach(call_id, actor, lock=True)
    reaching.round_of(actor, call.round_id, need=Permission.SURVEY_CALL, is_open=True)
    if call.reported_by == actor.account:
        raise audit.own_act(
            SamePerson(actor.account),
            actor=actor,
            at=at,
            target_kind="task",
            target_id=str(task.pk),
            area=task.office_path,
        )
    found = [name for name in (VISIT_ITSELF, *BY_NAME, *outreach.LABELS) if name in set(differs)]
    if found and not reached:
        raise NotReachedButDiffers(call_id)
    call.reached, call.differs, call.note = reached, found, note.strip()[:200]
    call.called_by, call.called_at = actor.account, at
    call.save(update_fields=["reached", "differs", "note", "called_by", "called_at"])
    audit.record(
        audit.Event.CALL_NOTED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), area=task.office_path,
        detail={"decision": _decision(reached, found), "fields": found},
    )  # fmt: skip
    return call


def _decision(reached: bool, differs: Sequence[str]) -> str:
    if not reached:
        return "未联系上"
    return f"{len(differs)} 项不一致" if differs else "一致"


def next_to_call(actor: Actor, round_id: int) -> int | None:
    """The oldest drawn line that nobody has called yet and that the actor did not report himself."""
    rows = _calls(actor, round_id).filter(called_at__isnull=True).exclude(reported_by=actor.account)
    return rows.order_by("pk").values_list("pk", flat=True).first()
