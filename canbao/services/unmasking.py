"""Show one hidden item of one person in full to one account, for a reason, for some minutes; on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.unmasking import ITEMS, Reason, is_said
from canbao.services import audit, registry
from canbao.services.accounts import policy
from canbao.store.models import Unmasking


class NotSaid(Exception):
    """The reason is missing, too short, too long, or contains a number."""


class UnknownItem(LookupError):
    """Nothing of this name is hidden."""


def may_ask(person_id: int, *, item: str, actor: Actor) -> str:
    """What the item is called, for somebody who may ask for it. Raises access.NotAllowed, access.NotFound, UnknownItem."""
    registry.standing(person_id, actor=actor, need=Permission.PERSON_UNMASK)
    if item not in ITEMS:
        raise UnknownItem(item)
    return ITEMS[item]


@transaction.atomic
def unmask(person_id: int, *, item: str, reason: Reason, note: str, actor: Actor, at: datetime) -> datetime:
    """Until when the item is shown. Raises access.NotAllowed, access.NotFound, NotSaid, UnknownItem."""
    stands = registry.standing(person_id, actor=actor, need=Permission.PERSON_UNMASK)
    if item not in ITEMS:
        raise UnknownItem(item)
    if not is_said(reason, note):
        raise NotSaid
    said = "：".join(filter(None, (reason.label, note.strip())))
    until = at + timedelta(minutes=policy.value("unmask_minutes"))
    Unmasking.objects.create(
        account=actor.account, person_id=person_id, field=item, reason=said, at=at, until=until,
        office_path=stands.office,
    )  # fmt: skip
    audit.record_look(
        audit.Event.UNMASKED, actor=actor, at=at, target_kind="person", target_id=str(person_id), basis=said,
        detail={"item": ITEMS[item], "reason": said, "until": until.isoformat()}, area=stands.office,
    )  # fmt: skip
    return until


def active(person_id: int, *, actor: Actor, at: datetime) -> Mapping[str, datetime]:
    """The items this account sees in full just now, and until when."""
    rows = Unmasking.objects.filter(person_id=person_id, account=actor.account, at__lte=at, until__gt=at)
    return dict(rows.order_by("until").values_list("field", "until"))
