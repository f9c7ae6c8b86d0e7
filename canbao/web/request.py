"""The request as the pages know it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from canbao.rules.roles import Actor
    from canbao.services.accounts import Held


class PageRequest(HttpRequest):
    """Set by ActorMiddleware. actor: who acts in which post; None when nobody is signed in or holds no post today."""

    actor: Actor | None
    held: Held | None
    posts: list[Held]
    post_ended: bool  # the post the session worked in is over, and no other was chosen yet
    htmx: HtmxDetails
    user: Any
    idle_minutes: int  # of a page that needs somebody signed in
    acting: Actor  # the actor of a page that needs a permission


def now() -> datetime:
    """The instant of the request: the only clock of the pages."""
    return datetime.now(UTC)


def today() -> date:
    return timezone.localdate()


_DIGITS = 18  # of a bigint, whatever they are


def row_number(text: str) -> int:
    """A number as an address names a row; 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
