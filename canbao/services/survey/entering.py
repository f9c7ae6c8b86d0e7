"""Data entry in a town: what waits, the day's work of a clerk, and a form handed over (规程第八条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from canbao.rules import checks, entry, second_entry
from canbao.rules.answers import Fate
from canbao.rules.period import HERE, day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Move, TaskState
from canbao.services import access, audit, registry
from canbao.services.survey import comparing, drafting, knowing, reaching, settling
from canbao.services.survey.waiting import HANDED_IN_TO_ENTER, RETURNED
from canbao.store.models import EntryKind, FormEntry, FormReturn, SurveyRound, SurveyTask

VILLAGES = 500  # a town has fewer
SHOWN = 50
WINDOW = timedelta(days=30)  # of which the error rates speak


class NotTaken(Exception):
    """The checks stand in the way; `remarks` has all that there is to say."""

    def __init__(self, remarks: Sequence[checks.Remark]) -> None:
        super().__init__(len(remarks))
        self.remarks = remarks


@dataclass(frozen=True, slots=True)
class Village:
    """What waits in one village: with the paper here, and handed in without it."""

    path: str
    returned: int
    handed_in: int
    entered: int

    @property
    def waiting(self) -> int:
        return self.returned + self.handed_in


@dataclass(frozen=True, slots=True)
class Draft:
    """Begun and not handed over."""

    task_id: int
    name: str
    office: str
    saved_at: datetime
    filled: int
    kind: str


@dataclass(frozen=True, slots=True)
class Day:
    """A clerk's own day. seconds: the median at the keys; compared, wrong: items of his forms that another typed as well."""

    forms: int
    seconds: float | None
    compared: int
    wrong: int

    @property
    def error_percent(self) -> float | None:
        return 100 * self.wrong / self.compared if self.compared else None


@dataclass(frozen=True)
class Queue:
    """The desk's first page."""

    round: SurveyRound
    villages: list[Village]
    drafts: list[Draft]
    seconds_due: int
    differing: int
    day: Day

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.villages)


def queue(actor: Actor, round_id: int, *, at: datetime) -> Queue:
    """What waits in the actor's town; whose forms he has begun is on record. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER)
    drafts = _drafts(actor, round_id)
    reaching.note_listed(round_id, "没有录完的登记表", len(drafts), actor=actor, at=at)
    return Queue(
        round=round_,
        villages=_villages(actor, round_id),
        drafts=drafts,
        seconds_due=seconds_due(actor, round_id),
        differing=comparing.waiting(actor, round_id),
        day=day(actor, round_id, at=at),
    )


def _villages(actor: Actor, round_id: int) -> list[Village]:
    rows = reaching.tasks_of(actor, round_id).order_by().values("office_path")
    found = rows.annotate(
        returned=Count("pk", filter=RETURNED),
        handed_in=Count("pk", filter=HANDED_IN_TO_ENTER),
        entered=Count("pk", filter=Q(state__in=(TaskState.ENTERED, TaskState.CLOSED), entered_at__isnull=False)),
    ).order_by("office_path")
    villages = [
        Village(row["office_path"], row["returned"], row["handed_in"], row["entered"]) for row in found[:VILLAGES]
    ]
    return [one for one in villages if one.waiting or one.entered]


def _drafts(actor: Actor, round_id: int) -> list[Draft]:
    mine = access.within(FormEntry.objects.filter(round_id=round_id, entered_by=actor.account, done_at=None), actor)
    found = list(mine.order_by("pk")[:SHOWN])
    names = dict(SurveyTask.objects.filter(pk__in=[one.task_id for one in found]).values_list("pk", "name"))
    return [
        Draft(
            one.task_id, names.get(one.task_id, ""), one.office_path, one.saved_at or one.entered_at, len(one.answers),
            one.kind,
        )
        for one in found
    ]  # fmt: skip


def seconds_due(actor: Actor, round_id: int) -> int:
    """How many forms wait for this account to be typed a second time."""
    own = FormEntry.objects.filter(kind=EntryKind.FIRST, entered_by=actor.account, round_id=round_id).values("task_id")
    return reaching.tasks_of(actor, round_id).filter(second_due=True).exclude(pk__in=own).count()


def day(actor: Actor, round_id: int, *, at: datetime) -> Day:
    """The actor's own day, and how right his forms of the last thirty days were."""
    began = datetime.combine(day_of(at), datetime.min.time(), HERE)
    mine = access.within(FormEntry.objects.filter(entered_by=actor.account, done_at__isnull=False), actor)
    times = list(mine.filter(done_at__gte=began).values_list("seconds", flat=True)[:2000])
    firsts = mine.filter(round_id=round_id, kind=EntryKind.FIRST, done_at__gte=at - WINDOW).values("task_id")
    seconds = FormEntry.objects.filter(
        round_id=round_id, kind=EntryKind.SECOND, done_at__isnull=False, task_id__in=firsts
    )
    compared = wrong = 0
    for answers, differs, settled in seconds.values_list("answers", "differs", "settled"):
        compared += len(set(answers) | set(differs))
        wrong += len(second_entry.mistakes(differs, settled))
    timed = [one for one in times if one]
    return Day(len(times), median(timed) if timed else None, compared, wrong)


@transaction.atomic
def finish(
    task_id: int, *, answers: Mapping[str, Any], explained: Mapping[str, Any], seconds: int, version: int, actor: Actor,
    at: datetime, edition: int | None = None,
) -> FormEntry | settling.NumberTaken | settling.PossibleDuplicates:  # fmt: skip
    """Hand over a form: checked, brought into the register, the line moved on. Handing it over again changes nothing.

    Somebody else in the city may stand in the way: then it says so, and nothing was written.
    version: of what was known of the person when the form was shown; edition: of the draft that the page has seen. Raises
    NotAllowed, NotFound, RoundOver, NotWaiting, Held, Late, NotTaken, registry.StaleVersion, knowing.Gone.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER, lock=True)
    if task.state == TaskState.ENTERED and (before := drafting.last_done(task_id)):
        return before
    desk = drafting.open_form(task_id, actor=actor, at=at)
    if desk.knows.version != version:
        raise registry.StaleVersion(desk.knows.version)
    drafting.check_edition(desk.entry, edition, entry.read_all(answers)[0])
    values, said = _checked(desk, answers, explained, actor=actor, at=at)
    if others := settling.find_conflicts(desk.knows, values, drafting.said(explained), actor=actor, at=at):
        return others
    fates = settling.settle(desk.knows, values, actor=actor, at=at)
    _close(desk.entry, values, said, fates, seconds, at)
    _note_signer(desk.knows.sheet, values.get("signer", ""))
    round_ = reaching.round_of(actor, task.round_id)
    due = second_entry.in_sample(task.pk, round_.second_percent)
    reaching.step(desk.task, Move.ENTER, entered_at=at, second_due=due)
    audit.record(
        audit.Event.FORM_ENTERED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), basis=desk.knows.basis,
        detail={"counts": counted(fates)}, area=task.office_path,
    )  # fmt: skip
    return desk.entry


def remarks_on(desk: drafting.Desk, answers: Mapping[str, Any], *, actor: Actor, at: datetime) -> list[checks.Remark]:
    """What the checks say of what has been typed so far."""
    values, _ = entry.read_all(answers)
    return checks.look(values, knowing.for_checks(desk.knows, values, actor), day_of(at))


def _checked(
    desk: drafting.Desk, answers: Mapping[str, Any], explained: Mapping[str, Any], *, actor: Actor, at: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    values, _ = entry.read_all(answers)
    said = drafting.said(explained)
    remarks = remarks_on(desk, values, actor=actor, at=at)
    if checks.refuses(remarks, said):
        raise NotTaken(remarks)
    asked = {one.item for one in remarks if one.strength is checks.Strength.EXPLAIN}
    if desk.knows.person is None:
        asked.add("name")  # why he is not the one who is there already
    return values, {name: text for name, text in said.items() if name in asked}


def _close(
    found: FormEntry,
    values: Mapping[str, str],
    said: Mapping[str, str],
    fates: Mapping[str, str],
    seconds: int,
    at: datetime,
) -> None:
    found.answers, found.explained, found.fates = dict(values), dict(said), dict(fates)
    found.seconds = max(found.seconds, min(seconds, drafting.MOST_SECONDS))
    found.edition, found.saved_at, found.done_at = found.edition + 1, at, at
    found.save(update_fields=["answers", "explained", "fates", "seconds", "edition", "saved_at", "done_at"])


def _note_signer(sheet: FormReturn | None, signer: str) -> None:
    """Who signed is noted on the sheet too, where nobody did when it came back."""
    if sheet and signer and not sheet.signer:
        sheet.signer = signer
        sheet.save(update_fields=["signer"])


def counted(fates: Mapping[str, str]) -> str:
    """In words: how many items went where."""
    written = sum(one in (Fate.NEW, Fate.STATED) for one in fates.values())
    asked = sum(one == Fate.CONTRADICTS for one in fates.values())
    same = sum(one == Fate.SAME for one in fates.values())
    parts = [
        f"{written} 项写入登记库",
        f"{asked} 项转变更申请" if asked else "",
        f"{same} 项与登记一致" if same else "",
    ]
    return "，".join(filter(None, parts))


__all__ = ["NotTaken", "Queue", "counted", "day", "finish", "queue", "remarks_on", "seconds_due"]
