"""What an account holds on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db.models import Q

from canbao.rules.offices import office_full_name, office_name, offices, scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role, fits
from canbao.services import access
from canbao.services.accounts import people
from canbao.store.models import Account, Post

MOST_OFFICES = 20


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


def standing_in(posts: Sequence[Held], chosen: int | None) -> Held | None:
    """The post a session works in: the one that was chosen, or the same post granted anew; None when it has ended.

    posts: of today. chosen: none yet, and the oldest is taken.
    """
    if chosen is None:
        return posts[0] if posts else None
    if found := next((held for held in posts if held.post_id == chosen), None):
        return found
    ended = Post.objects.filter(pk=chosen).first()
    same = (held for held in posts if ended and (held.role, held.office) == (ended.role, ended.office))
    return next(same, None)


def actor_of(account: Account, held: Held) -> Actor:
    return Actor(account=account.name, role=held.role, office=held.office)


def posts_of(account_id: int, *, actor: Actor) -> list[Post]:
    """Every post the account has, had or will have, the latest first. Raises access.NotAllowed, access.NotFound."""
    return list(people.account(account_id, actor=actor).posts.order_by("-valid_from", "-pk"))


def post(post_id: int, *, actor: Actor) -> Post:
    """Raises access.NotAllowed, access.NotFound."""
    return people.post(post_id, actor=actor)


def offices_like(text: str, *, role: Role | None = None, actor: Actor, on: date) -> list[tuple[str, str]]:
    """(path, full name) of offices of the actor's area that may have such a post on a day; at most MOST_OFFICES.

    text: words of the full name, or the beginning of the path. Raises access.NotAllowed.
    """
    access.require(actor, Permission.ACCOUNT_VIEW)
    lowest, highest = scope_range(actor.office)
    words = text.split()
    fitting = (
        (one.path, office_full_name(one.path))
        for one in offices()
        if lowest <= one.path <= highest and one.period.contains(on) and (role is None or fits(role, one.path))
    )
    found = (pair for pair in fitting if pair[0].startswith(text.strip()) or all(word in pair[1] for word in words))
    return sorted(islice(found, MOST_OFFICES), key=lambda pair: (len(pair[0]), pair[0]))
