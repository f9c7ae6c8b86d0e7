"""What an account holds on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from canbao.rules.offices import office_name
from canbao.rules.roles import Actor, Role
from canbao.services.accounts import people
from canbao.store.models import Account, Post


@dataclass(frozen=True)
class Held:
    """A post as its holder sees it."""

    post_id: int
    role: Role
    office: str

    @property
    def office_name(self) -> str:
        return office_name(self.office)


def posts_on(account: Account, on: date) -> list[Held]:
    """The posts that give rights on this day, the oldest first; none for a disabled account."""
    if not account.is_active:
        return []
    rows = Post.objects.filter(account=account, valid_from__lte=on).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    )
    return [Held(post.pk, Role(post.role), post.office) for post in rows.order_by("valid_from", "pk")]


def actor_of(account: Account, held: Held) -> Actor:
    return Actor(account=account.name, role=held.role, office=held.office)


def posts_of(account_id: int, *, actor: Actor) -> list[Post]:
    """Every post the account has, had or will have, the latest first. Raises access.NotAllowed, access.NotFound."""
    return list(people.account(account_id, actor=actor).posts.order_by("-valid_from", "-pk"))


def post(post_id: int, *, actor: Actor) -> Post:
    """Raises access.NotAllowed, access.NotFound."""
    return people.post(post_id, actor=actor)
