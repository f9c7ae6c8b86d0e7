"""What a holder is told after signing in: who reset the password or second factor of the account, when and where."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.accounts import people
from canbao.store.models import Account, CredentialReset

SHOWN = 10


def history(account: Account) -> list[CredentialReset]:
    """The resets of one's own account that were finished, the last first."""
    return list(CredentialReset.objects.filter(account=account, done_at__isnull=False).order_by("-done_at")[:SHOWN])


def is_to_be_told(account: Account) -> bool:
    """Whether the holder has not seen yet who had a part in the last reset."""
    return bool(CredentialReset.objects.filter(account=account, done_at__isnull=False, told_at=None).exists())


@transaction.atomic
def told(account: Account, *, is_mine: bool, actor: Actor, at: datetime) -> None:
    """The holder has seen them; is_mine: or says not to have asked for one."""
    numbers = list(
        CredentialReset.objects.filter(account=account, done_at__isnull=False, told_at=None)
        .order_by("pk").values_list("number", flat=True)
    )  # fmt: skip
    CredentialReset.objects.filter(number__in=numbers).update(told_at=at)
    event = audit.Event.RESET_SEEN if is_mine else audit.Event.RESET_DISPUTED
    people.note(event, account, actor=actor, at=at, numbers=numbers)
