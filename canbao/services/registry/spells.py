"""What an explaining list says of a person, where a clerk decided that it means this person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from canbao.bulk.registry.tables import PERSON
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.registry import history
from canbao.services.registry.restoring import LaterActs, restore
from canbao.services.registry.single import CORRECTED_FACTS, locked, require_basis
from canbao.store.models import ListedSpell, Person


@dataclass(frozen=True)
class Spell:
    """A row of an explaining list: since when and until when (None: open), what it says besides. died: it is a list of deaths."""

    source: str
    record_key: str
    from_on: date | None = None
    until_on: date | None = None
    remark: str | None = None
    died: bool = False


@transaction.atomic
def apply_spell(person_id: int, spell: Spell, *, on: date, basis: str, actor: Actor, at: datetime) -> None:
    """Write the row under its person; a death is written on the person too. Raises NoBasis, NotFound."""
    require_basis(basis)
    person = locked(person_id, None)
    ListedSpell.objects.get_or_create(
        person_id=person_id, source=spell.source, record_key=spell.record_key,
        defaults={
            "from_on": spell.from_on, "until_on": spell.until_on, "remark": spell.remark, "office_path": person.office_path,
            "valid_from": on, "recorded_at": at, "basis": basis,
        },
    )  # fmt: skip
    if spell.died:
        _write_death(person, spell.from_on, on=on, basis=basis, at=at)
    audit.record(
        audit.Event.PERSON_CORRECTED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=basis,
        detail={"fields": ["death_on"] if spell.died else [], "source": spell.source}, area=person.office_path,
    )  # fmt: skip


def _write_death(person: Person, died_on: date | None, *, on: date, basis: str, at: datetime) -> None:
    """The dead are in no group of the regulation (article 4)."""
    row = {name: getattr(person, name) for name in PERSON.facts} | {
        "death_on": died_on or person.death_on,
        "scope": None,
    }
    if (row["death_on"], row["scope"]) != (person.death_on, person.scope):
        history.stage_row(PERSON, [person.pk, *row.values(), max(on, person.valid_from)])
        history.apply_changes(PERSON, corrected=CORRECTED_FACTS, basis=basis, at=at)


@transaction.atomic
def withdraw_spell(person_id: int, *, applied_at: datetime, basis: str, actor: Actor, at: datetime) -> None:
    """Take back what `apply_spell` wrote with this basis; where a later act stands on it, the next run does.

    applied_at: when it was applied. Raises NoBasis.
    """
    require_basis(basis)
    try:
        with transaction.atomic():
            restore(before=applied_at, bases=[basis], basis=f"undo:{basis}", at=at, people=(person_id,))
    except LaterActs:
        restored = False
    else:
        restored = True
    person = Person.objects.filter(pk=person_id).first()
    audit.record(
        audit.Event.PERSON_CORRECTED, actor=actor, at=at, target_kind="person", target_id=str(person_id),
        basis=f"undo:{basis}", detail={"fields": [], "state": "DONE" if restored else "NEXT_RUN"},
        area=person.office_path if person else "",
    )  # fmt: skip
