"""Acts on one person: record, correct, end, merge, unmerge. Each has a basis, checks the version and is journaled."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from canbao.bulk.registry.tables import (
    BUSINESS_NUMBER,
    DECLARATION,
    DOCUMENT,
    ENROLMENT,
    LISTED_SPELL,
    NAME_KEY_MOST,
    NAME_SOUND_MOST,
    OF_PERSON,
    PERSON,
    Table,
)
from canbao.bulk.sqltext import columns, identifier, sql
from canbao.rules.division import CITY
from canbao.rules.names import name_key
from canbao.rules.offices import common_office
from canbao.rules.roles import Actor
from canbao.rules.sounds import sound_of
from canbao.rules.survivorship import FIELDS, Nature
from canbao.services import audit
from canbao.services.registry import history
from canbao.services.registry.reading import NotFound
from canbao.services.registry.restoring import restore
from canbao.store.models import FactDecision, OfficeRecord, Person, PersonDocument, PersonMerge

OFFICE = "office"  # the source of what the offices registered themselves
# What cannot change in the world: another value means that the old one was wrong all along.
CORRECTED_FACTS = tuple(n for n in PERSON.facts if n in FIELDS and FIELDS[n].nature is Nature.CORRECTED)


class NoBasis(Exception):
    """Nothing in writing: no basis, no write (art. 19)."""


class StaleVersion(Exception):
    """The person was changed since the decision was prepared; `found` is the version now."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


@transaction.atomic
def record(facts: dict[str, Any], *, valid_from: date, basis: str, actor: Actor, at: datetime) -> int:
    """Add a person nobody's list has: a row of the source `office`, which runs read beside the lists.

    Returns the new person id, above all that the runs give. Raises NoBasis.
    """
    require_basis(basis)
    with connection.cursor() as cursor:
        cursor.execute("select nextval('person_by_hand')")
        (person_id,) = cursor.fetchone() or (0,)
    known = facts | _keys_of(facts)
    Person.objects.create(id=person_id, valid_from=valid_from, recorded_at=at, basis=basis, **known)
    OfficeRecord.objects.create(
        person_id=person_id, valid_from=valid_from, basis=basis, recorded_by=actor.account, recorded_at=at, **known
    )
    if facts.get("doc_number"):
        PersonDocument.objects.create(
            person_id=person_id, number=facts["doc_number"], doc_type=facts.get("doc_type"), sources=OFFICE,
            office_path=facts.get("office_path", CITY), valid_from=valid_from, recorded_at=at, basis=basis,
        )  # fmt: skip
    audit.record(
        audit.Event.PERSON_RECORDED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=basis,
        detail={"fields": sorted(facts)}, area=facts.get("office_path", CITY),
    )  # fmt: skip
    return person_id


@transaction.atomic
def correct(
    person_id: int,
    *,
    facts: dict[str, Any],
    valid_from: date,
    version: int | None,
    basis: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Set facts by decision; `version` is the one the decision was taken on (None: whatever stands). Returns the new one.

    A field that cannot change in the world (birth date, number …) is corrected for the whole past; others hold from
    `valid_from`. Raises NoBasis, NotFound, StaleVersion.
    """
    require_basis(basis)
    before = locked(person_id, version)
    changes = {name: value for name, value in facts.items() if getattr(before, name) != value}
    if not changes:
        return before.version
    starts = before.valid_from if set(changes) <= set(CORRECTED_FACTS) else max(valid_from, before.valid_from)
    row = {name: changes.get(name, getattr(before, name)) for name in PERSON.facts} | _keys_of(changes)
    history.stage_row(PERSON, [person_id, *row.values(), starts])
    history.apply_changes(PERSON, corrected=CORRECTED_FACTS, basis=basis, at=at)
    FactDecision.objects.bulk_create(
        FactDecision(
            person_id=person_id, field=name, value=None if value is None else str(value), valid_from=valid_from,
            basis=basis, decided_by=actor.account, decided_at=at, office_path=row["office_path"],
        )
        for name, value in changes.items()
    )  # fmt: skip
    audit.record(
        audit.Event.PERSON_CORRECTED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=basis,
        detail={"fields": sorted(changes), "version": before.version + 1}, area=row["office_path"],
    )  # fmt: skip
    return before.version + 1


@transaction.atomic
def end(person_id: int, *, ended_on: date, version: int, basis: str, actor: Actor, at: datetime) -> None:
    """End a registration; its history stays. Raises NoBasis, NotFound, StaleVersion."""
    require_basis(basis)
    person = locked(person_id, version)
    for table in OF_PERSON:
        _end_rows(table, person_id, basis=basis, at=at, on=ended_on)
    OfficeRecord.objects.filter(pk=person_id, ended_at__isnull=True).update(ended_by=actor.account, ended_at=at)
    audit.record(
        audit.Event.PERSON_ENDED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=basis,
        area=person.office_path,
    )  # fmt: skip


@transaction.atomic
def merge(a: int, b: int, *, on: date, basis: str, actor: Actor, at: datetime) -> int:
    """Make two entries one; the older id stays. Returns it. Raises NoBasis, NotFound."""
    require_basis(basis)
    into, gone = sorted((a, b))
    if into == gone:
        return into
    office, other = locked(into, None).office_path, locked(gone, None).office_path
    merged = PersonMerge.objects.create(
        from_person_id=gone, into_person_id=into, basis=basis, merged_by=actor.account, merged_at=at,
        office_path=common_office((office, other)),
    )  # fmt: skip
    act = f"merge:{merged.pk}"
    for table in (DOCUMENT, BUSINESS_NUMBER, ENROLMENT, LISTED_SPELL, DECLARATION):
        _move_rows(table, gone, into, office, basis=act, at=at)
    for table in OF_PERSON:
        _end_rows(table, gone, basis=act, at=at, on=on)
    audit.record(
        audit.Event.PERSONS_MERGED, actor=actor, at=at, target_kind="person", target_id=str(into), basis=basis,
        detail={"from": gone, "into": into, "merge": merged.pk}, area=office,
    )  # fmt: skip
    return into


@transaction.atomic
def unmerge(gone: int, *, basis: str, actor: Actor, at: datetime) -> None:
    """Undo the merge that ended this entry: both stand as before. Raises NoBasis, NotFound, LaterActs."""
    require_basis(basis)
    merged = PersonMerge.objects.filter(from_person_id=gone, unmerged_at__isnull=True).first()
    if merged is None:
        raise NotFound(gone)
    restore(
        before=merged.merged_at, bases=[f"merge:{merged.pk}"], basis=f"unmerge:{merged.pk}", at=at,
        people=(gone, merged.into_person_id),
    )  # fmt: skip
    merged.unmerged_by, merged.unmerged_at = actor.account, at
    merged.save(update_fields=["unmerged_by", "unmerged_at"])
    audit.record(
        audit.Event.PERSONS_UNMERGED, actor=actor, at=at, target_kind="person", target_id=str(merged.into_person_id),
        basis=basis, detail={"from": gone, "into": merged.into_person_id}, area=merged.office_path,
    )  # fmt: skip


def _keys_of(facts: dict[str, Any]) -> dict[str, str | None]:
    """What a name is compared and searched by follows the name."""
    if not facts.get("name"):
        return {}
    key = name_key(facts["name"])[:NAME_KEY_MOST]
    sound = sound_of(key)
    return {"name_key": key, "name_sound": sound if len(sound or "") <= NAME_SOUND_MOST else None}


def require_basis(basis: str) -> None:
    """Raises NoBasis."""
    if not basis.strip():
        raise NoBasis


def locked(person_id: int, version: int | None) -> Person:
    """The person's row until the end of the transaction; `version` as in `correct`. Raises NotFound, StaleVersion."""
    person = Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise NotFound(person_id)
    if version is not None and person.version != version:
        raise StaleVersion(person.version)
    return person


def _end_rows(table: Table, person_id: int, *, basis: str, at: datetime, on: date) -> None:
    history.stage(table, "gone")
    with connection.cursor() as cursor:
        cursor.execute(
            sql(
                "insert into gone select {keys} from {table} where {first} = %s",
                keys=columns(table.key),
                table=identifier(table.name),
                first=identifier(table.key[0]),
            ),
            [person_id],
        )
    history.apply_ends(table, basis=basis, at=at, on=on)


def _move_rows(table: Table, gone: int, into: int, office: str, *, basis: str, at: datetime) -> None:
    """Copy what hangs on one entry to the other, where the other does not have it already."""
    others = columns(column for column in table.columns if column not in ("person_id", "office_path"))
    with connection.cursor() as cursor:
        cursor.execute(
            sql(
                "insert into {table} (person_id, office_path, {others}, version, valid_from, recorded_at, basis)"
                " select %s, %s, {others}, 1, valid_from, %s, %s from {table} where person_id = %s"
                " on conflict do nothing",
                table=identifier(table.name),
                others=others,
            ),
            [into, office, at, basis, gone],
        )
