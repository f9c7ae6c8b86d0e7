"""Open one person's file: inside the own area only, and on record (art. 18, 19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Upper

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.registry.reading import PersonView, as_of
from canbao.store.models import Person, PersonHistory


@dataclass(frozen=True)
class Standing:
    """Where a person stands for the actor who asks: the responsible office, and the day on which the entry ended in the own area
    (None: it goes on). gone: no longer in the register as far as the own area can tell."""

    person_id: int
    office: str
    ended_on: date | None = None

    @property
    def gone(self) -> bool:
        return self.ended_on is not None


def standing(person_id: int, *, actor: Actor, need: Permission = Permission.PERSON_VIEW) -> Standing:
    """Somebody registered in the area, or who was until the entry ended there. Raises access.NotAllowed, access.NotFound."""
    access.require(actor, need)
    person = access.within(Person.objects.filter(pk=person_id), actor).only("id", "office_path").first()
    if person:
        return Standing(person_id, person.office_path)
    past = access.within(PersonHistory.objects.filter(person_id=person_id), actor)
    last = past.order_by("-version", "-history_id").first()
    if last is None:
        raise access.NotFound(person_id)
    true_until = past.filter(recorded__endswith__isnull=True).aggregate(last=Max(Upper("valid")))["last"]
    return Standing(person_id, last.office_path, true_until or last.valid.lower + timedelta(days=1))


@transaction.atomic
def view(
    person_id: int, *, valid_on: date, known_at: datetime, actor: Actor, at: datetime, full: bool = False
) -> PersonView:
    """`as_of` within the reader's area, nothing hidden yet: doors ask `services.showing`, which hides.

    Raises access.NotAllowed, access.NotFound, NotFound.
    """
    stands = standing(person_id, actor=actor)
    found = as_of(person_id, valid_on=valid_on, known_at=known_at, area=access.people_range(actor))
    audit.record_look(
        audit.Event.PERSON_VIEWED, actor=actor, at=at, target_kind="person", target_id=str(person_id),
        detail={"on": valid_on.isoformat(), "known": known_at.isoformat(), "full": full}, area=stands.office,
    )  # fmt: skip
    return found
