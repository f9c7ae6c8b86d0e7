"""A clerk's act on villages taken back as a whole: what stood of each person before it stands again."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from canbao.bulk.sqltext import checked, each, sql
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit, registry
from canbao.services.villages.deciding import BEFORE, NothingToDecideError, basis_of, locked
from canbao.store.models import VillageAct, VillageAssignment


@transaction.atomic
def undo(act_id: int, *, actor: Actor, at: datetime) -> int:
    """Take back what was done at once, as far as nobody has decided since and nobody was moved since; says of how many people.

    An earlier word of a clerk holds again. Raises NotAllowed, NotFound, NothingToDecideError.
    """
    act = access.fetch(VillageAct.objects.all(), actor, need=Permission.VILLAGE_DECIDE, lock=True, pk=act_id)
    if act.undone_at:
        raise NothingToDecideError(act_id)
    people = list(locked(access.within(VillageAssignment.objects.filter(act=act_id), actor)))
    registry.stage_moves()
    with connection.cursor() as cursor:
        for statement in (_MOVE, _RESTORE):
            cursor.execute(checked(statement), {"act": act_id, "people": people})
    registry.place(basis=_basis(act_id), at=at, plain=False)
    act.undone_by, act.undone_at = actor.account, at
    act.save(update_fields=["undone_by", "undone_at"])
    audit.record(
        audit.Event.VILLAGES_UNDONE, actor=actor, at=at, target_kind="village_act", target_id=str(act.pk),
        detail={"people": len(people)}, area=act.office_path,
    )  # fmt: skip
    return len(people)


_MOVE = sql(
    "insert into moving select person_id, office_path from village_act_before where of_act = %(act)s and person_id = any(%(people)s)"
)
_RESTORE = sql(
    "update village_assignment a set {old} from village_act_before b"
    " where b.of_act = %(act)s and b.person_id = a.person_id and a.person_id = any(%(people)s)",
    old=each("{name} = b.{name}", BEFORE[1:]),
)


def undone_bases(since: datetime) -> list[str]:
    """Of what was decided since and has been undone: what it wrote says nothing any more."""
    acts = VillageAct.objects.filter(decided_at__gte=since, undone_at__isnull=False).values_list("pk", flat=True)
    return [basis(act) for act in acts for basis in (basis_of, _basis)]


def _basis(act: int) -> str:
    return f"village-undo:{act}"
