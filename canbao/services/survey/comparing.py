"""Where two typings of a form differ: the town looks at the paper and says which is right, item by item, on record (规程第八条)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from canbao.rules import checks, entry, second_entry
from canbao.rules.answers import BY_NAME, Fate, Kept, Shape
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.wording import code_in_words
from canbao.services import access, audit
from canbao.services.showing import Fact, fact
from canbao.services.showing.facts import NOTHING_CLEAR, Clear
from canbao.services.survey import knowing, reaching, settling
from canbao.store.models import EntryKind as EntryKind
from canbao.store.models import FormEntry, SurveyTask

SHOWN = 50
COMPARED = 5000  # the latest forms of which the rates speak
_STANDS = {EntryKind.FIRST: "首次录入", EntryKind.SECOND: "复录"}
_LABELS = {item.name: item.label for item in entry.FIELDS}


class NothingToSettle(Exception):
    """No difference of this form waits for this: there is none, or the form has been entered anew since."""


class OwnTyping(Exception):
    """The clerk who typed the form first does not judge that typing."""


class SettledOtherwise(Exception):
    """Somebody has decided already, and otherwise."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class Unsound(Exception):
    """The checks stand against what was typed the second time; `texts` says how."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(*texts)
        self.texts = texts


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a form that two have typed otherwise. stands: which was right, "" while that is not settled; by: a real name."""

    name: str
    label: str
    first: Fact
    second: Fact
    stands: str = ""
    by: str = ""
    at: datetime | None = None
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One form that two have typed otherwise. first_account: whose it was."""

    task_id: int
    round_id: int
    name: str
    form_number: str
    office: str
    done_at: datetime
    first_by: str
    second_by: str
    first_account: str
    items: Sequence[Item]

    @property
    def unsettled(self) -> int:
        return sum(not one.stands for one in self.items)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often the first typing is wrong, as far as the second and the paper tell."""

    of: str
    compared: int
    wrong: int

    @property
    def percent(self) -> float:
        return 100 * self.wrong / self.compared if self.compared else 0.0


def differences(actor: Actor, round_id: int, *, on: date, at: datetime) -> list[Difference]:
    """The forms of the area that two have typed otherwise: those that wait, the oldest first, then the latest that are settled.

    Hidden as everywhere, and on record. Raises NotAllowed, NotFound.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER)
    rows = access.within(_stand(FormEntry.objects.filter(round_id=round_id)), actor)
    waiting = list(rows.filter(unsettled__gt=0).order_by("pk")[:SHOWN])
    found = [*waiting, *rows.filter(unsettled=0).order_by("-pk")[: SHOWN - len(waiting)]]
    reaching.note_listed(round_id, "复录结果", len(found), actor=actor, at=at)
    return _differences(found, actor, on)


def waiting(actor: Actor, round_id: int) -> int:
    """How many forms of the area wait for a look at the paper."""
    return access.within(_stand(FormEntry.objects.filter(round_id=round_id, unsettled__gt=0)), actor).count()


@transaction.atomic
def show(task_id: int, *, actor: Actor, at: datetime) -> Difference:
    """One form with what two have typed, in full: the paper says the same. On record.

    Raises NotAllowed, NotFound, NothingToSettle.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER)
    second = _second(task)
    audit.record_look(
        audit.Event.ENTRY_OPENED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), area=task.office_path,
        detail={"fields": list(second.differs)},
    )  # fmt: skip
    return _differences([second], actor, day_of(at), clear=dict.fromkeys(("doc_number", *_LABELS), at))[0]


@transaction.atomic
def settle(
    task_id: int, *, item: str, stands: EntryKind, actor: Actor, at: datetime
) -> str | settling.NumberTaken:  # fmt: skip
    """Say which typing says what the paper says; where it is the second, that goes the way of a form. Says what became of it.

    Saying the same again changes nothing; nothing is changed where somebody else has the number.
    Raises NotAllowed, NotFound, NothingToSettle, OwnTyping, SettledOtherwise, Unsound, knowing.Gone.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER, lock=True)
    second = _second(task)
    first = FormEntry.objects.get(task_id=task_id, turn=second.turn, kind=EntryKind.FIRST)
    if item not in second.differs:
        raise NothingToSettle(task_id)
    if first.entered_by == actor.account:
        raise OwnTyping(task_id)
    if before := second.settled.get(item):
        if before["stands"] != stands:
            raise SettledOtherwise(before["by"])
        return str(before["fate"])
    became = _correct_entry(task, first, second, item, actor=actor, at=at) if stands == EntryKind.SECOND else None
    if isinstance(became, settling.NumberTaken):
        return became
    said = {"stands": stands.value, "by": actor.account, "at": at.isoformat(), "fate": became.value if became else ""}
    second.settled, second.unsettled = second.settled | {item: said}, second.unsettled - 1
    second.save(update_fields=["settled", "unsettled"])
    _note(audit.Event.SECOND_SETTLED, task, actor=actor, at=at, fields=[item], decision=_STANDS[stands])
    return said["fate"]


def _correct_entry(
    task: SurveyTask, first: FormEntry, second: FormEntry, item: str, *, actor: Actor, at: datetime
) -> Fate | settling.NumberTaken | None:
    """Where the first typing was wrong. What only stays on the form is right by being said."""
    if item not in BY_NAME or BY_NAME[item].kept is Kept.FORM:
        return None
    knows, value = knowing.of(task, actor=actor), second.answers.get(item, "")
    answers = first.answers | {item: value}
    remarks = checks.look(answers, knowing.for_checks(knows, answers, actor), day_of(at))
    if wrong := [one.text for one in remarks if one.item == item and one.strength is checks.Strength.MUST]:
        raise Unsound(wrong)
    if settling.takes_number(knows, item, value, actor=actor, at=at):
        return settling.NumberTaken()
    signed = second.answers if "signed_on" in second.answers else first.answers
    return settling.correct_entry(knows, first, item, value, signed, actor=actor, at=at)


def _stand(rows: QuerySet[FormEntry]) -> QuerySet[FormEntry]:
    """The second typings with differences of forms that were not entered anew since."""
    newer = FormEntry.objects.filter(
        task_id=OuterRef("task_id"), kind=EntryKind.FIRST, turn__gt=OuterRef("turn"), done_at__isnull=False
    )
    return rows.filter(~Exists(newer), kind=EntryKind.SECOND, done_at__isnull=False).exclude(differs=[])


def _second(task: SurveyTask) -> FormEntry:
    """Raises NothingToSettle."""
    found = _stand(FormEntry.objects.filter(task_id=task.pk)).order_by("-turn").first()
    if found is None:
        raise NothingToSettle(task.pk)
    return found


def _differences(
    seconds: Sequence[FormEntry], actor: Actor, on: date, *, clear: Clear = NOTHING_CLEAR
) -> list[Difference]:
    ids = [one.task_id for one in seconds]
    firsts = {(one.task_id, one.turn): one for one in FormEntry.objects.filter(task_id__in=ids, kind=EntryKind.FIRST)}
    tasks = access.within(SurveyTask.objects.filter(pk__in=ids), actor).in_bulk()
    settlers = {said["by"] for one in seconds for said in one.settled.values()}
    names = audit.real_names({one.entered_by for one in (*seconds, *firsts.values())} | settlers)
    return [
        _difference(tasks[one.task_id], firsts[one.task_id, one.turn], one, names, on, clear)
        for one in seconds
        if one.task_id in tasks and (one.task_id, one.turn) in firsts
    ]


def _difference(
    task: SurveyTask, first: FormEntry, second: FormEntry, names: Mapping[str, str], on: date, clear: Clear
) -> Difference:
    def item(name: str) -> Item:
        said = second.settled.get(name, {})
        return Item(
            name, label(name), _said(name, first, on, clear), _said(name, second, on, clear), said.get("stands", ""),
            names.get(said.get("by", ""), said.get("by", "")),
            datetime.fromisoformat(said["at"]) if said else None, said.get("fate", ""),
        )  # fmt: skip

    return Difference(
        task_id=task.pk, round_id=task.round_id, name=task.name, form_number=second.form_number, office=task.office_path,
        done_at=second.done_at or second.entered_at, first_by=names.get(first.entered_by, first.entered_by),
        second_by=names.get(second.entered_by, second.entered_by), first_account=first.entered_by,
        items=[item(name) for name in _LABELS if name in second.differs],
    )  # fmt: skip


def _said(name: str, typed: FormEntry, on: date, clear: Clear) -> Fact:
    value = typed.answers.get(name)
    if value and name in BY_NAME and BY_NAME[name].shape is Shape.CODE:
        return Fact(name, label(name), code_in_words(BY_NAME[name].table, value))
    return fact(name, value, on=on, label=label(name), clear=clear, item=name if clear else "")


def rates(actor: Actor, round_id: int) -> tuple[list[Rate], list[Rate]]:
    """By clerk of the first typing, and by item: how many items were compared and how many the first had wrong.

    A difference that waits counts as wrong until the paper shows that the first was right. Raises NotAllowed, NotFound.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER)
    rows = access.within(
        FormEntry.objects.filter(round_id=round_id, kind=EntryKind.SECOND, done_at__isnull=False), actor
    )
    compared: dict[str, Counter[str]] = {"clerk": Counter(), "item": Counter()}
    wrong: dict[str, Counter[str]] = {"clerk": Counter(), "item": Counter()}
    seconds = list(rows.order_by("-pk").values_list("task_id", "turn", "answers", "differs", "settled")[:COMPARED])
    firsts = FormEntry.objects.filter(round_id=round_id, kind=EntryKind.FIRST, task_id__in=[row[0] for row in seconds])
    clerks = {(task, turn): by for task, turn, by in firsts.values_list("task_id", "turn", "entered_by")}
    for task_id, turn, answers, differs, settled in seconds:
        items, mistakes = set(answers) | set(differs), second_entry.mistakes(differs, settled)
        compared["clerk"][clerks.get((task_id, turn), "")] += len(items)
        wrong["clerk"][clerks.get((task_id, turn), "")] += len(mistakes)
        compared["item"].update(items)
        wrong["item"].update(mistakes)
    names = audit.real_names(compared["clerk"])
    by_clerk = [Rate(names.get(one, one), n, wrong["clerk"][one]) for one, n in compared["clerk"].most_common()]
    by_item = [Rate(label(one), compared["item"][one], n) for one, n in wrong["item"].most_common()]
    return by_clerk, by_item


def label(item: str) -> str:
    return _LABELS.get(item, item)


def _note(event: audit.Event, task: SurveyTask, *, actor: Actor, at: datetime, **detail: object) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="task", target_id=str(task.pk), detail=detail, area=task.office_path
    )
