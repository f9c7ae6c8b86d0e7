"""One row of every kind that an address can name, for an office."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import URLPattern

from canbao.rules.roles import Role
from canbao.store.models import PostRequest
from tests.worlds import AT, ON, account, person


class Rows(dict[str, Any]):
    """By the name of the parameter in the address. A new parameter needs a line in `rows_of`."""

    # Parameters that name something inside an area: a foreign one must look as if it were not there.
    AREA: ClassVar = {"person_id", "case_id", "bulk_id"}
    NAMES: ClassVar = ("person_id", "case_id", "account_id", "post_id", "request_id")

    @classmethod
    def scoped(cls, pattern: URLPattern) -> bool:
        return bool(cls.AREA & set(pattern.pattern.converters))


def rows_of(town: str, *, first: int) -> Rows:
    """Made as the worker makes them."""
    somebody = person(first, town)
    return Rows(person_id=somebody.pk, case_id=1, **_staff(town, f"staff-{first}"))


def _staff(town: str, name: str) -> dict[str, Any]:
    """An account with a post, and a request that waits."""
    holder = account(name, Role.TOWN_ARCHIVIST, town)
    asked = PostRequest.objects.create(
        kind="GRANT", account=holder, role=Role.TOWN_REVIEWER, office=town, valid_from=ON, reason="test",
        state="SUBMITTED", asked_by="sys", asked_at=AT,
    )  # fmt: skip
    return {"account_id": holder.pk, "post_id": holder.posts.get().pk, "request_id": asked.pk}
