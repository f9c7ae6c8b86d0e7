"""How often each department delivers (规程第七、九条): by then a fresh state is expected, later it is late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Lateness(StrEnum):
    IN_TIME = "IN_TIME"
    LATE = "LATE"
    VERY_LATE = "VERY_LATE"
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class Expected:
    """days: between two states, with a few to spare for making the delivery."""

    label: str
    days: int


EXPECTED: Final[Mapping[str, Expected]] = MappingProxyType(
    {
        "employee": Expected("城镇职工五险", 35),
        "resident_pension": Expected("居民养老", 35),
        "resident_medical": Expected("居民医疗", 35),
        "public_pension": Expected("机关养老", 35),
        "police": Expected("公安户籍", 100),
        "health": Expected("卫生计生", 100),
        "deaths": Expected("殡葬", 35),
        "elsewhere": Expected("外省参保", 190),
        "students": Expected("在校学生", 190),
        "prison": Expected("服刑", 100),
        "soldiers": Expected("现役", 190),
    }
)


def lateness(source: str, *, as_of: date | None, on: date) -> Lateness:
    """Late after the expected days, very late after twice as many."""
    if as_of is None:
        return Lateness.NEVER
    days = (on - as_of).days
    expected = EXPECTED[source].days
    if days <= expected:
        return Lateness.IN_TIME
    return Lateness.LATE if days <= 2 * expected else Lateness.VERY_LATE
