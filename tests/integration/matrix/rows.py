"""One row of every kind that an address can name, for an office."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import URLPattern

from tests.worlds import AT, person


class Rows(dict[str, Any]):
    """By the name of the parameter in the address. A new parameter needs a line in `rows_of`."""

    # Parameters that name something inside an area: a foreign one must look as if it were not there.
    AREA: ClassVar = {"person_id", "case_id", "bulk_id"}
    NAMES: ClassVar = ("person_id", "case_id")

    @classmethod
    def scoped(cls, pattern: URLPattern) -> bool:
        return bool(cls.AREA & set(pattern.pattern.converters))


def rows_of(town: str, *, first: int) -> Rows:
    """Made as the worker makes them."""
    somebody = person(first, town)
    return Rows(person_id=somebody.pk, case_id=1)
