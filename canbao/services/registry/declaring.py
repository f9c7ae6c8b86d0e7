"""What people declare on their forms: written with the form as basis, kept on the two clocks like every other fact (规程第八条)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from canbao.bulk.registry.tables import DECLARATION
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.registry import history
from canbao.services.registry.reading import NotFound
from canbao.services.registry.single import NoBasis
from canbao.store.models import Declaration, Person


@transaction.atomic
def declare(
    person_id: int, *, facts: Mapping[str, Any], valid_from: date, basis: str, actor: Actor, at: datetime
) -> int:
    """Set what a person declared, true from `valid_from`; what is not named stays. Returns the version of the declaration.

    facts: by the names of DECLARATION's columns. Raises NoBasis, NotFound.
    """
    if not basis.strip():
        raise NoBasis
    person = Person.objects.select_for_update().filter(pk=person_id).only("id", "office_path").first()
    if person is None:
        raise NotFound(person_id)
    before = Declaration.objects.filter(pk=person_id).first()
    changes = {name: value for name, value in facts.items() if getattr(before, name, None) != value}
    if not changes:
        return before.version if before else 0
    if before is None:
        Declaration.objects.create(
            person_id=person_id, office_path=person.office_path, valid_from=valid_from, recorded_at=at, basis=basis,
            **changes,
        )  # fmt: skip
    else:
        _supersede(before, changes, valid_from=valid_from, basis=basis, at=at)
    audit.record(
        audit.Event.DECLARATION_RECORDED, actor=actor, at=at, target_kind="person", target_id=str(person_id),
        basis=basis, detail={"fields": sorted(changes)}, area=person.office_path,
    )  # fmt: skip
    return before.version + 1 if before else 1


def _supersede(before: Declaration, changes: Mapping[str, Any], *, valid_from: date, basis: str, at: datetime) -> None:
    row = {name: changes.get(name, getattr(before, name)) for name in DECLARATION.facts}
    history.stage_row(DECLARATION, [before.person_id, *row.values(), max(valid_from, before.valid_from)])
    history.apply_changes(DECLARATION, corrected=(), basis=basis, at=at)


def follow(*, basis: str, at: datetime, on: date) -> None:
    """After a run: what was declared goes with its person to another office, and ends with him."""
    history.stage(DECLARATION, "gone")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into gone select d.person_id from declaration d"
            " where not exists (select from person p where p.id = d.person_id)"
        )
        history.apply_ends(DECLARATION, basis=basis, at=at, on=on)
        cursor.execute(
            "update declaration d set office_path = p.office_path from person p"
            " where p.id = d.person_id and p.office_path <> d.office_path"
        )
