"""Somebody found at a door: led to his line, given a line, or kept as a provisional record that the town settles (规程第八、九条)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from canbao.rules import checks, entry
from canbao.rules.addresses import walking_key
from canbao.rules.answers import BY_NAME
from canbao.rules.identity import birth_of, examine, sex_of
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome, TaskState, VisitReason
from canbao.rules.twins import Likeness, spellings
from canbao.services import access, audit
from canbao.services.survey import reaching
from canbao.services.survey.finding import TooLittle, Traits, Twin, alike
from canbao.services.survey.visiting import MOST_NOTE, Clash, WrongAnswers, digest_of, receipt_number
from canbao.store.models import FoundPerson, FoundState, SurveyRound, SurveyTask

FACTS: Final = (
    "name", "sex", "birth_date", "ethnicity", "doc_type", "doc_number", "hukou_address", "home_address", "phone",
)  # fmt: skip
_LOCK: Final = 8009  # of the locks of the database, those of people found
_SEEN: Final = "证件上确实如此的，勾选“已对照证件”再提交。"
NUMBER_SEEN: Final = "已对照证件，号码确实如此。"  # begins the note that the town reads
NEW: Final = "NEW"  # "somebody else than those who are alike"


class Came(StrEnum):
    """What became of a submission."""

    ADDED = "ADDED"  # a provisional record with a line of its own
    LINE_MADE = "LINE_MADE"  # registered already: a line of this village for him
    ON_LIST = "ON_LIST"  # on the own list already: nothing was stored
    ELSEWHERE = "ELSEWHERE"  # on the list of another village: it is noted
    FOUND_BEFORE = "FOUND_BEFORE"  # somebody else has found him already: nothing was stored


class Missing(StrEnum):
    """What has to be said before somebody found is stored."""

    CHOICE = "CHOICE"  # who of those alike it is, or that it is nobody of them
    OTHER_NUMBER = "OTHER_NUMBER"  # somebody has this very number: it is he, or one of the two numbers is wrong
    NOTE = "NOTE"  # why it is nobody of those who are very alike


@dataclass(frozen=True, slots=True)
class MustChoose:
    """Nothing was stored: there is somebody alike.

    twins: those who may be told; of the others only that there is one: number_taken, who has the number under a name that is
    not the one that was typed; unsure, who is very alike by something else.
    """

    missing: Missing
    twins: tuple[Twin, ...]
    number_taken: bool
    unsure: bool

    @property
    def certain(self) -> bool:
        """Whether somebody has the very number, so that nobody new can be stored under it."""
        return self.number_taken or any(twin.likeness is Likeness.SAME for twin in self.twins)


class NumberUnsure(WrongAnswers):
    """The number cannot be right, and nobody has said that it stands so on the certificate. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class FoundSubmission:
    """chosen: "" while nobody has chosen, NEW, or the key of somebody alike (`key_of`). number_seen: the certificate was looked at
    once more, and its number is as it was typed although it cannot be right."""

    client_id: UUID
    round_id: int
    facts: Mapping[str, Any]
    chosen: str = ""
    note: str = ""
    number_seen: bool = False


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """number: "" where nothing was stored; task_id: the line to go on with, None where there is none of this village."""

    came: Came
    number: str = ""
    found_id: int | None = None
    task_id: int | None = None
    where: str = ""


def key_of(twin: Twin, client_id: UUID) -> str:
    """Names somebody alike for one submission, and tells nothing about him."""
    who = f"{client_id}:{'P' if twin.person_id else 'F'}{twin.person_id or twin.found_id}"
    return hashlib.sha256(who.encode()).hexdigest()[:16]


def is_own(twin: Twin, actor: Actor) -> bool:
    """Whether his line is on the actor's own list."""
    return twin.line_id is not None and twin.line_office == actor.office


def read_facts(typed: Mapping[str, Any], *, on: date, number_seen: bool = False) -> dict[str, Any]:
    """What was typed as it is kept; birth and sex are taken from a right number where they are missing.

    Raises WrongAnswers, NumberUnsure.
    """
    kept: dict[str, Any] = {}
    wrong = {name: "不认识的项目" for name in typed if name not in FACTS}
    for name in FACTS:
        text = typed.get(name)
        if not (text is None or isinstance(text, str)) or len(text or "") > BY_NAME[name].longest:
            wrong[name] = "格式不对或太长"
        elif (found := entry.read(name, text)).wrong:
            wrong[name] = "填写不正确，请按提示填写"
        elif found.value:
            kept[name] = date.fromisoformat(found.value) if name == "birth_date" else found.value
    _from_number(kept)
    wrong |= _missing(kept, wrong)
    must = {one.item: one.text for one in checks.at_the_door(typed, {"doc_type": kept.get("doc_type")}, on)}
    unsure = must.pop("doc_number", "")
    wrong |= must
    if unsure and not number_seen:
        raise NumberUnsure({"doc_number": f"{unsure}{_SEEN}"} | wrong)
    if wrong:
        raise WrongAnswers(wrong)
    return kept


def _from_number(kept: dict[str, Any]) -> None:
    number = kept.get("doc_number", "")
    if number and kept.setdefault("doc_type", "01") in ("01", "21") and examine("01", number).valid:
        kept.setdefault("birth_date", birth_of(number))
        kept.setdefault("sex", sex_of(number))


def _missing(kept: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if "name" not in kept and "name" not in wrong:
        found["name"] = "请填写姓名"
    if not {"doc_number", "birth_date"} & (kept.keys() | wrong.keys()):
        found["birth_date"] = "证件号码和出生日期至少填一项，才能查重"
    return found


def traits_of(facts: Mapping[str, Any]) -> Traits:
    """What of somebody found is searched for; facts: as `read_facts` keeps them."""
    return Traits(
        name=facts["name"], sex=facts.get("sex", ""), birth_date=facts.get("birth_date"),
        doc_type=facts.get("doc_type", ""), doc_number=facts.get("doc_number", ""), phone=facts.get("phone", ""),
    )  # fmt: skip


@transaction.atomic
def report(submission: FoundSubmission, *, actor: Actor, at: datetime) -> FoundReceipt | MustChoose:
    """Store somebody found, once; or say where he is already, or what has to be said first.

    Raises NotAllowed, NotFound, RoundOver, WrongAnswers, NumberUnsure, Clash.
    """
    access.require(actor, Permission.SURVEY_VISIT)
    if known := _known(submission, actor):
        return known
    round_ = reaching.round_of(actor, submission.round_id, need=Permission.SURVEY_VISIT, is_open=True)
    facts = read_facts(submission.facts, on=day_of(at), number_seen=submission.number_seen)
    if (over := len(_note(submission)) - MOST_NOTE) > 0:
        raise WrongAnswers({"note": f"太长，请缩短 {over} 个字"})
    _alone(round_.pk, facts)
    twins = alike(traits_of(facts), round_id=round_.pk, actor=actor, at=at)
    twin = _chosen(submission, twins)
    if isinstance(twin, MustChoose):
        return twin
    if twin and is_own(twin, actor):
        return FoundReceipt(Came.ON_LIST, task_id=twin.line_id)
    if twin and twin.found_id:
        return FoundReceipt(Came.FOUND_BEFORE, where=twin.where)
    try:
        with transaction.atomic():
            return _store(submission, round_, facts, twins, twin, actor=actor, at=at)
    except IntegrityError:  # the same submission by another request, or his line was made elsewhere meanwhile
        if known := _known(submission, actor):
            return known
        raise Clash(submission.client_id) from None


def _known(submission: FoundSubmission, actor: Actor) -> FoundReceipt | None:
    """The receipt of a submission that is here already. Raises Clash."""
    found = access.within(FoundPerson.objects.filter(client_id=submission.client_id), actor).first()
    if found is None:
        return None
    if found.digest != _digest(submission) or found.found_by != actor.account:
        raise Clash(submission.client_id)
    return _receipt(found, actor)


def receipt(client_id: UUID, *, actor: Actor) -> FoundReceipt:
    """What became of a submission. Raises NotAllowed, NotFound."""
    rows = FoundPerson.objects.all()
    return _receipt(access.fetch(rows, actor, need=Permission.SURVEY_VISIT, client_id=client_id), actor)


def _receipt(found: FoundPerson, actor: Actor) -> FoundReceipt:
    line = access.within(SurveyTask.objects.filter(found_id=found.pk), actor).values_list("pk", flat=True).first()
    if found.person_id is None or found.state != FoundState.KNOWN:
        return FoundReceipt(Came.ADDED, found.receipt, found.pk, line)
    came = Came.LINE_MADE if line else Came.ELSEWHERE
    where = next((one["where"] for one in found.alike if one.get("chosen")), "")
    return FoundReceipt(came, found.receipt, found.pk, line, where)


def _digest(submission: FoundSubmission) -> str:
    content = {"round": submission.round_id, "facts": submission.facts, "chosen": submission.chosen}
    return digest_of(content | {"note": _note(submission)})


def _note(submission: FoundSubmission) -> str:
    return f"{NUMBER_SEEN if submission.number_seen else ''}{submission.note.strip()}"


def _alone(round_id: int, facts: Mapping[str, Any]) -> None:
    """One at a time searches and adds a person of one number, or without one of one name and birth, in a round: two who come at
    the same moment find each other."""
    spelled = spellings(facts.get("doc_type"), facts.get("doc_number", ""))
    keys = sorted(spelled.all) if spelled.typed else [f"{facts['name']}{facts['birth_date']}"]
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, f"{round_id}:{key}"])


def _chosen(submission: FoundSubmission, twins: Sequence[Twin]) -> Twin | MustChoose | None:
    """Who it is among those alike, None for somebody new."""
    by_key = {key_of(twin, submission.client_id): twin for twin in twins if twin.told}
    if submission.chosen in by_key:
        return by_key[submission.chosen]
    hidden = {twin.likeness for twin in twins if not twin.told} - {Likeness.PERHAPS}
    if submission.chosen not in ("", NEW) or ((by_key or hidden) and submission.chosen != NEW):
        missing = Missing.CHOICE
    elif any(twin.likeness is Likeness.SAME for twin in twins):
        missing = Missing.OTHER_NUMBER
    elif any(twin.likeness is Likeness.LIKELY for twin in twins) and not submission.note.strip():
        missing = Missing.NOTE
    else:
        return None
    return MustChoose(missing, tuple(by_key.values()), Likeness.SAME in hidden, Likeness.LIKELY in hidden)


def _store(
    submission: FoundSubmission, round_: SurveyRound, facts: Mapping[str, Any], twins: Sequence[Twin],
    twin: Twin | None, *, actor: Actor, at: datetime,
) -> FoundReceipt:  # fmt: skip
    found = FoundPerson.objects.create(
        client_id=submission.client_id, receipt=receipt_number(submission.client_id, at), digest=_digest(submission),
        round_id=round_.pk, office_path=actor.office, note=_note(submission), found_by=actor.account, found_at=at,
        alike=[_kept(one, one is twin) for one in twins], **facts,
        **({"state": FoundState.KNOWN, "person_id": twin.person_id} if twin else {}),
    )  # fmt: skip
    if twin is None or twin.line_id is None:
        _line_of(found, round_, twin, actor=actor, at=at)
    audit.record(
        audit.Event.PERSON_FOUND, actor=actor, at=at, target_kind="found", target_id=str(found.pk),
        detail={"found": "已有登记" if twin else "新增"}, area=actor.office,
    )  # fmt: skip
    return _receipt(found, actor)


def _kept(twin: Twin, chosen: bool) -> dict[str, Any]:
    """For the town, which looks the people up by itself; no number, no address."""
    return {
        "person_id": twin.person_id, "found_id": twin.found_id, "likeness": twin.likeness.value, "why": list(twin.why),
        "office": twin.office, "where": twin.where if twin.told else "", "chosen": chosen, "told": twin.told,
    }  # fmt: skip


def _line_of(found: FoundPerson, round_: SurveyRound, twin: Twin | None, *, actor: Actor, at: datetime) -> SurveyTask:
    """His line in the own village: with nothing left to visit for somebody new, to be visited for somebody registered."""
    where = found.home_address or found.hukou_address
    visited: dict[str, Any] = {"state": TaskState.TO_VISIT}
    if twin is None:
        visited = {"state": TaskState.VISITED, "outcome": Outcome.CHECKED, "visits": 1, "visited_at": at}
    return SurveyTask.objects.create(
        round_id=round_.pk, person_id=twin.person_id if twin else None, found_id=found.pk, office_path=actor.office,
        held_at=actor.office, name=found.name, sex=found.sex, birth_date=found.birth_date, address=where,
        address_key=walking_key(where), phone=found.phone, reasons=[VisitReason.FOUND], due_on=round_.due_on, dispatched_at=at,
        **visited,
    )  # fmt: skip


__all__ = [
    "FACTS", "NEW", "Came", "FoundReceipt", "FoundSubmission", "Missing", "MustChoose", "NumberUnsure", "TooLittle", "is_own",
    "key_of", "read_facts", "receipt", "report", "traits_of",
]  # fmt: skip
