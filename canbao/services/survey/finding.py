"""Is somebody met at a door in the register already? Everything is searched before anybody is added (规程第九条).

Over the whole city, by indexes only: number in all its spellings, name or sound with birth date or telephone, and whom others
have found. No number and no address is told; name, town and reasons only where `Twin.told` (rules.twins.may_be_told).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from canbao.rules.identity import clean
from canbao.rules.names import NameLevel, compare, name_key
from canbao.rules.offices import UnknownOffice, office_name, scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.sounds import sound_of
from canbao.rules.twins import Likeness, Seen, Spellings, agrees, likeness, may_be_told, rank, reasons, spellings
from canbao.services import access, audit
from canbao.services.lookup.noting import number_terms
from canbao.store.models import (
    FoundPerson,
    FoundState,
    Person,
    PersonDocument,
    PersonDocumentHistory,
    PersonHistory,
    PersonMerge,
    SurveyTask,
)

MOST: Final = 20
_HOLDERS: Final = 60  # people of one number or name that are looked at


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of somebody at a door. numbers are looked for in every spelling."""

    name: str
    sex: str = ""
    birth_date: date | None = None
    doc_type: str = ""
    doc_number: str = ""
    phone: str = ""

    @property
    def enough(self) -> bool:
        """A name alone finds half the city."""
        return bool(self.name.strip()) and bool(self.doc_number or self.birth_date or self.phone)


@dataclass(frozen=True, slots=True)
class Twin:
    """Somebody alike. person_id or found_id; office: who answers for him; line_id: his line in the round, wherever it lies;
    told: whether name, town and reasons may be told outside his area."""

    likeness: Likeness
    why: tuple[str, ...]
    name: str
    office: str
    person_id: int | None = None
    found_id: int | None = None
    line_id: int | None = None
    line_office: str = ""
    ended: bool = False
    told: bool = False

    @property
    def where(self) -> str:
        """The town that answers, with its district."""
        return town_words(self.office)


@dataclass(frozen=True, slots=True)
class _Known:
    """One side of a comparison: a registered person, one who was, or somebody found."""

    name: str
    former_name: str
    sex: str
    birth_date: date | None
    number: str
    phone: str
    office: str
    person_id: int | None = None
    found_id: int | None = None
    ended: bool = False
    also: frozenset[str] = frozenset()  # other numbers he is or was known by


class TooLittle(Exception):
    """A name and nothing with it is no search."""


def town_words(office: str) -> str:
    """District and town of an office."""
    try:
        return "".join(office_name(office[:width]) for width in (6, 15) if len(office) >= width) or office_name(office)
    except UnknownOffice:
        return ""


@transaction.atomic
def alike(
    traits: Traits, *, round_id: int, need: Permission = Permission.SURVEY_VISIT, except_found: int = 0, actor: Actor,
    at: datetime,
) -> list[Twin]:  # fmt: skip
    """Everybody in the city who may be this person, the likeliest first; the question is on record.

    need: SURVEY_VISIT or SURVEY_ENTER. Raises NotAllowed, TooLittle.
    """
    access.require(actor, need)
    if not traits.enough:
        raise TooLittle
    spelled = spellings(traits.doc_type or None, traits.doc_number)
    with access.for_twins(actor, need=need):
        known = [*_registered(traits, spelled), *_found(traits, spelled, round_id, actor, except_found)]
        twins = [twin for one in known if (twin := _twin(one, traits, spelled))]
        best = sorted(twins, key=lambda one: (rank(one.likeness), one.found_id is not None, one.name))[:MOST]
        found = _with_lines(best, round_id)
    _note(found, "round", str(round_id), traits.doc_number, hits=len(found), actor=actor, at=at)
    return found


def is_taken(number: str, *, task_id: int, by_other_than: int | None, actor: Actor, at: datetime) -> bool:
    """Whether anybody in the city but one person has or had this number, as his own or beside it; the question is on record.

    Raises NotAllowed.
    """
    with access.for_twins(actor, need=Permission.SURVEY_ENTER):
        spelled = spellings(None, number)
        holders = set(_holders(spelled.same | spelled.old))
        stands = {gone: row.pk for gone, row in _merged(sorted(holders)).items()}
    taken = {stands.get(pk, pk) for pk in holders} - {by_other_than} != set()
    _note((), "task", str(task_id), number, hits=int(taken), actor=actor, at=at)
    return taken


def _note(
    found: Sequence[Twin], target_kind: str, target_id: str, number: str, *, hits: int, actor: Actor, at: datetime
) -> None:  # fmt: skip
    """Put a question to the whole city on record, and with each person who may be told that he was: one look against the budget.

    number: as it was typed; only its digests are kept.
    """
    detail = {"hits": hits} | number_terms(clean(number))
    asked = audit.Line(audit.Event.LOOKED_FOR_TWIN, target_kind, target_id, detail=detail, area=actor.office)
    told = [
        audit.Line(audit.Event.POSSIBLE_DUPLICATE_TOLD, "person", str(one.person_id), area=one.office)
        for one in found
        if one.told and one.person_id
    ]
    audit.record_looks([asked, *told], actor=actor, at=at, count=1)


def _twin(one: _Known, traits: Traits, spelled: Spellings) -> Twin | None:
    seen = Seen(
        name=_names_agree(name_key(traits.name), one),
        number=spelled.compare(one.number, also=one.also),
        birth=agrees(traits.birth_date, one.birth_date),
        sex=agrees(traits.sex, one.sex),
        phone=bool(traits.phone) and traits.phone == one.phone,
    )
    how = likeness(seen)
    if how is None:
        return None
    return Twin(
        how, reasons(seen), one.name, one.office, person_id=one.person_id, found_id=one.found_id, ended=one.ended,
        told=may_be_told(seen),
    )  # fmt: skip


def _names_agree(key: str, one: _Known) -> NameLevel:
    """The better of the name today and the former one."""
    levels = [compare(key, name_key(name)) for name in (one.name, one.former_name) if name]
    return min(levels, key=list(NameLevel).index, default=NameLevel.DIFFERENT)


def _registered(traits: Traits, spelled: Spellings) -> list[_Known]:
    numbers = _holders(spelled.all) if spelled.typed else {}
    found = {row.pk: row for row in Person.objects.filter(pk__in=list(numbers))}
    found |= {row.pk: row for row in _by_name(traits)}
    merged = _merged([pk for pk in numbers if pk not in found])
    for gone, row in merged.items():
        found.setdefault(row.pk, row)
        numbers[row.pk] = numbers.get(row.pk, frozenset()) | numbers[gone]
    known = [_of_person(row, numbers.get(row.pk, frozenset())) for row in found.values()]
    return [*known, *_ended([pk for pk in numbers if pk not in found and pk not in merged], numbers)]


def _holders(numbers: frozenset[str]) -> dict[int, frozenset[str]]:
    """People who have or had one of these numbers, with those of them that are his."""
    asked = (
        Person.objects.filter(doc_number__in=numbers).values_list("id", "doc_number"),
        PersonDocument.objects.filter(number__in=numbers).values_list("person_id", "number"),
        PersonDocumentHistory.objects.filter(number__in=numbers).values_list("person_id", "number"),
    )
    found: dict[int, frozenset[str]] = {}
    for pk, number in (pair for rows in asked for pair in rows.order_by()[:_HOLDERS]):
        found[pk] = found.get(pk, frozenset()) | {clean(str(number))}
    return found


def _by_name(traits: Traits) -> list[Person]:
    """By name or its sound, with the day of birth or the telephone; neither alone is a key."""
    key = name_key(traits.name)
    also = Q(pk__in=[])
    if traits.birth_date:
        also |= Q(birth_date=traits.birth_date)
    if traits.phone:
        also |= Q(phone=traits.phone)
    sound = sound_of(key)
    found: list[Person] = []
    for called in (Q(name_key=key), Q(name_sound=sound) if sound else None):
        if called is not None and (traits.birth_date or traits.phone):
            found += Person.objects.filter(called, also).order_by()[:_HOLDERS]
    return found


def _merged(gone: list[int]) -> dict[int, Person]:
    """Entries that were made one with another: under which they stand today."""
    if not gone:
        return {}
    into = dict(
        PersonMerge.objects.filter(from_person_id__in=gone, unmerged_at__isnull=True).values_list(
            "from_person_id", "into_person_id"
        )
    )
    people = Person.objects.in_bulk(list(into.values()))
    return {pk: people[to] for pk, to in into.items() if to in people}


def _ended(gone: list[int], numbers: dict[int, frozenset[str]]) -> list[_Known]:
    """The last that was known of entries that have ended."""
    found: dict[int, _Known] = {}
    for row in PersonHistory.objects.filter(person_id__in=gone).order_by("person_id", "-version", "-history_id")[:200]:
        if row.person_id not in found:
            one = _of_person(row, numbers[row.person_id])
            found[row.person_id] = replace(one, person_id=row.person_id, ended=True)
    return list(found.values())


def _of_person(row: Person | PersonHistory, numbers: frozenset[str]) -> _Known:
    return _Known(
        name=row.name, former_name=row.former_name or "", sex=row.sex or "", birth_date=row.birth_date,
        number=row.doc_number or "", phone=row.phone or "", office=row.office_path, person_id=row.pk, also=numbers,
    )  # fmt: skip


def _found(
    traits: Traits, spelled: Spellings, round_id: int, actor: Actor, except_found: int
) -> list[_Known]:  # fmt: skip
    """Whom others found in this round and nobody has settled: by number anywhere, by name in the own town."""
    rows = FoundPerson.objects.filter(round_id=round_id, state=FoundState.PROVISIONAL).exclude(pk=except_found)
    town = rows.filter(office_path__range=scope_range(actor.office[:15]), name=traits.name.strip())
    found = {row.pk: row for row in town.order_by()[:_HOLDERS]}
    if spelled.typed:
        found |= {row.pk: row for row in rows.filter(doc_number__in=spelled.all).order_by()[:_HOLDERS]}
    return [
        _Known(
            name=row.name, former_name="", sex=row.sex or "", birth_date=row.birth_date, number=row.doc_number or "",
            phone=row.phone or "", office=row.office_path, found_id=row.pk,
        )
        for row in found.values()
    ]  # fmt: skip


def _with_lines(twins: Iterable[Twin], round_id: int) -> list[Twin]:
    """Each with his line in the round, if he has one."""
    found = list(twins)
    people = [one.person_id for one in found if one.person_id]
    others = [one.found_id for one in found if one.found_id]
    by_person = _lines(SurveyTask.objects.filter(round_id=round_id, person_id__in=people), "person_id")
    by_found = _lines(SurveyTask.objects.filter(found_id__in=others), "found_id")
    return [_with_line(one, by_person.get(one.person_id) or by_found.get(one.found_id)) for one in found]


def _lines(rows: object, key: str) -> dict[int | None, tuple[int, str]]:
    return {row[0]: (row[1], row[2]) for row in rows.values_list(key, "pk", "held_at")}  # type: ignore[attr-defined]


def _with_line(one: Twin, line: tuple[int, str] | None) -> Twin:
    return replace(one, line_id=line[0], line_office=line[1]) if line else one
