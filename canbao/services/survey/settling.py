"""A form into the register: new facts with the form as basis, what was declared, and requests for what it says otherwise (规程第八条)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from canbao.rules.addresses import is_of_city
from canbao.rules.answers import BY_NAME, Fate, Item, Kept, Shape, fate
from canbao.rules.duty import Gap
from canbao.rules.identity import clean
from canbao.rules.offices import office_path
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.scope import ScopeBasis
from canbao.rules.survey import Outcome, visited_on
from canbao.rules.twins import Likeness
from canbao.services import access, changes, evidence, registry
from canbao.services.survey import finding
from canbao.services.survey.knowing import Gone, Knows, of
from canbao.store.models import FormEntry, FoundState, SurveyTask

# The form has a box for a death and for moving away among its reasons: the paper for it proves that item.
MISREAD = "复录核实：首次录入与纸表不符"
_PROVEN_AS = {"death_on": "reason_not_enrolled", "hukou_status": "reason_not_enrolled"}


@dataclass(frozen=True, slots=True)
class NumberTaken:
    """Somebody else in the register has this number: he is looked up first, nothing was written."""


@dataclass(frozen=True, slots=True)
class PossibleDuplicates:
    """Somebody in the register is very probably this person: it has to be said how that was ruled out. Nothing was written.

    told: those who may be told, of the own area or by number and name or name and birth date; there may be others.
    """

    told: tuple[finding.Twin, ...]


def settle(knows: Knows, answers: Mapping[str, str], *, actor: Actor, at: datetime) -> dict[str, str]:
    """Bring each answer where it belongs, in the caller's transaction; says what became of each.

    The caller has asked `find_conflicts` before. Raises registry.StaleVersion.
    """
    fates = {name: found for name in answers if name in BY_NAME and (found := _fate(BY_NAME[name], answers, knows))}
    since = _since(knows, answers, at)
    if knows.person is None:
        _register(knows, answers, since, actor=actor, at=at)
    else:
        _correct(knows, answers, fates, since, actor=actor, at=at)
        _ask(knows, answers, fates, actor=actor, at=at)
        _end(knows, answers, actor=actor, at=at)
    _declare(knows, answers, fates, since, actor=actor, at=at)
    return {name: one.value for name, one in fates.items()}


def correct_entry(
    knows: Knows, first: FormEntry, item: str, value: str, signed: Mapping[str, str], *, actor: Actor, at: datetime
) -> Fate | None:
    """One answer that was typed wrongly, in the caller's transaction: what it had asked for is ended, what it had written is stated anew
    or asked for. value: "" where the paper says nothing. Says what became of it. The caller has asked `takes_number` before.
    """
    assert knows.person
    changes.void(knows.person.pk, item, task_id=knows.task.pk, reason=MISREAD, actor=actor, at=at)
    since, wrote = _since(knows, signed, at), first.fates.get(item) in (Fate.NEW, Fate.STATED)
    if wrote and BY_NAME[item].kept is Kept.DECLARATION:
        stated = value or _stated_before(knows.person.pk, first, item, since)
        registry.declare(knows.person.pk, facts={item: stated}, valid_from=since, basis=knows.basis, actor=actor, at=at)
        return Fate.STATED
    if wrote and not value:
        _request(knows, item, knows.facts.get(item), None, MISREAD, actor=actor, at=at)
        return Fate.CONTRADICTS
    became = _fate(BY_NAME[item], {item: value}, knows)
    if became is not None:
        fates = {item: became}
        _correct(knows, {item: value}, fates, since, actor=actor, at=at)
        _declare(knows, {item: value}, fates, since, actor=actor, at=at)
        _ask(knows, {item: value}, fates, actor=actor, at=at)
    return became


def _stated_before(person_id: int, first: FormEntry, item: str, on: date) -> Any:
    """What the misread form had replaced."""
    assert first.done_at
    known_at = first.done_at - timedelta(microseconds=1)
    return registry.as_of(person_id, valid_on=on, known_at=known_at).declared.get(item)


def ask_of_outcome(task: SurveyTask, *, actor: Actor, at: datetime) -> None:
    """What a visit found of the person himself (dead, moved away), for a line that is closed without a form. Nobody of the area: nothing."""
    try:
        knows = of(task, actor=actor)
    except Gone:
        return
    if knows.person is not None:
        _end(knows, {}, actor=actor, at=at)


def _fate(item: Item, answers: Mapping[str, str], knows: Knows) -> Fate | None:
    answer, known = answers[item.name], knows.facts.get(item.name)
    if item.name == "doc_number" and known:
        known = clean(str(known))
    return fate(item, answer=answer, known=known)


def _since(knows: Knows, answers: Mapping[str, str], at: datetime) -> date:
    """The day from which it is true: of the signature, or of the visit."""
    if answers.get("signed_on"):
        return date.fromisoformat(answers["signed_on"])
    return visited_on(knows.visit.visited_at, came=knows.visit.at) if knows.visit else day_of(at)


def _typed(name: str, value: str) -> Any:
    return date.fromisoformat(value) if BY_NAME[name].shape is Shape.DAY else value


def _chosen(fates: Mapping[str, Fate], kept: Kept, wanted: Iterable[Fate]) -> list[str]:
    return [name for name, one in fates.items() if one in wanted and BY_NAME[name].kept is kept]


def _correct(
    knows: Knows, answers: Mapping[str, str], fates: Mapping[str, Fate], since: date, *, actor: Actor, at: datetime
) -> None:
    assert knows.person
    new = _chosen(fates, Kept.PERSON, {Fate.NEW})
    if new:
        registry.correct(
            knows.person.pk, facts={name: _typed(name, answers[name]) for name in new}, valid_from=since,
            version=knows.person.version, basis=knows.basis, actor=actor, at=at,
        )  # fmt: skip


def _declare(
    knows: Knows, answers: Mapping[str, str], fates: Mapping[str, Fate], since: date, *, actor: Actor, at: datetime
) -> None:
    names = _chosen(fates, Kept.DECLARATION, {Fate.NEW, Fate.STATED})
    if names and knows.task.person_id:
        registry.declare(
            knows.person.pk if knows.person else knows.task.person_id, facts={name: answers[name] for name in names},
            valid_from=since, basis=knows.basis, actor=actor, at=at,
        )  # fmt: skip


def _ask(knows: Knows, answers: Mapping[str, str], fates: Mapping[str, Fate], *, actor: Actor, at: datetime) -> None:
    for name, one in fates.items():
        if one is Fate.CONTRADICTS:
            _request(knows, name, knows.facts.get(name), answers[name], "", actor=actor, at=at)


def _end(knows: Knows, answers: Mapping[str, str], *, actor: Actor, at: datetime) -> None:
    """What the visit found of the person himself is asked for, never written."""
    note = answers.get("note") or (knows.visit.note if knows.visit else "")
    if knows.task.outcome == Outcome.DEAD and not knows.facts.get("death_on"):
        _request(knows, "death_on", None, answers.get("died_on"), note, actor=actor, at=at)
    if knows.task.outcome == Outcome.MOVED and knows.facts.get("hukou_status") != "MOVED_OUT":
        _request(knows, "hukou_status", knows.facts.get("hukou_status"), "MOVED_OUT", note, actor=actor, at=at)


def _request(knows: Knows, item: str, before: Any, after: str | None, note: str, *, actor: Actor, at: datetime) -> None:
    assert knows.person
    changes.ask(
        knows.person, item=item, before=before, after=after, basis=knows.basis, note=note, task_id=knows.task.pk,
        form_number=knows.number, evidence_ids=evidence.proving(knows.task.pk, _PROVEN_AS.get(item, item), actor=actor), actor=actor, at=at,
    )  # fmt: skip


def _register(knows: Knows, answers: Mapping[str, str], since: date, *, actor: Actor, at: datetime) -> None:
    """Somebody found at a door is registered; whether he is there already has been looked at right before."""
    facts = {
        name: _typed(name, answers[name]) for name in answers if name in BY_NAME and BY_NAME[name].kept is Kept.PERSON
    }
    scope = ScopeBasis.LOCAL_HUKOU if _is_local(answers) else ScopeBasis.RESIDENT_HERE
    person_id = registry.record(
        facts | {"office_path": _office(knows, answers, at), "gap": Gap.NONE_AT_ALL.value, "scope": scope.value},
        valid_from=since, basis=knows.basis, actor=actor, at=at,
    )  # fmt: skip
    knows.task.person_id = person_id
    knows.task.save(update_fields=["person_id"])
    if knows.found:
        knows.found.state, knows.found.person_id = FoundState.RECORDED, person_id
        knows.found.settled_by, knows.found.settled_at = actor.account, at
        knows.found.save(update_fields=["state", "person_id", "settled_by", "settled_at"])


def _is_local(answers: Mapping[str, str]) -> bool:
    """A hukou of this city as far as the form tells: its kind says so, or where it says nothing its address."""
    kind = answers.get("hukou_type", "")
    if kind[:1] in "125" and kind[1:] in ("1", "2"):
        return kind[1:] == "1"
    return is_of_city(answers.get("hukou_address", ""))


def _office(knows: Knows, answers: Mapping[str, str], at: datetime) -> str:
    """The village of the line; where he says that he lives in another of the same town, that one."""
    own = knows.task.office_path
    lives = office_path(answers.get("home_division"), day_of(at))
    return lives if lives.startswith(own[:15]) and len(lives) >= len(own) else own


def find_conflicts(
    knows: Knows, answers: Mapping[str, str], explained: Mapping[str, str], *, actor: Actor, at: datetime
) -> NumberTaken | PossibleDuplicates | None:
    """Who else in the city stands against this form, asked before anything is written; on record."""
    if knows.person is None:
        return _duplicates(knows, answers, explained, actor=actor, at=at)
    number = answers.get("doc_number", "")
    return NumberTaken() if takes_number(knows, "doc_number", number, actor=actor, at=at) else None


def _duplicates(
    knows: Knows, answers: Mapping[str, str], explained: Mapping[str, str], *, actor: Actor, at: datetime
) -> NumberTaken | PossibleDuplicates | None:
    """One more look over the whole city before somebody found is registered."""
    born = answers.get("birth_date")
    traits = finding.Traits(
        name=answers.get("name", ""), sex=answers.get("sex", ""), birth_date=date.fromisoformat(born) if born else None,
        doc_type=answers.get("doc_type", ""), doc_number=answers.get("doc_number", ""), phone=answers.get("phone", ""),
    )  # fmt: skip
    twins = finding.alike(
        traits, round_id=knows.task.round_id, need=Permission.SURVEY_ENTER, except_found=knows.task.found_id or 0,
        actor=actor, at=at,
    )  # fmt: skip
    if any(one.likeness is Likeness.SAME for one in twins):
        return NumberTaken()
    near = [one for one in twins if one.likeness is Likeness.LIKELY]
    if near and not explained.get("name"):
        return PossibleDuplicates(tuple(one for one in near if one.told or access.is_inside(actor, one.office)))
    return None


def takes_number(knows: Knows, item: str, value: str, *, actor: Actor, at: datetime) -> bool:
    """Whether the answer would give the person a number that somebody else in the city has, now or earlier; on record."""
    if item != "doc_number" or not value or _fate(BY_NAME[item], {item: value}, knows) is not Fate.NEW:
        return False
    own = knows.person.pk if knows.person else None
    return finding.is_taken(value, task_id=knows.task.pk, by_other_than=own, actor=actor, at=at)
