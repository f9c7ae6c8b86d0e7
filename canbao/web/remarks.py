"""What a form says of a field without refusing it: 核实 wants a reason from the clerk, 提示 only wants to be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final


class Strength(StrEnum):
    """Besides 强制, which is an ordinary form error."""

    EXPLAIN = "explain"
    LOOK = "look"

    @property
    def label(self) -> str:
        return _SHOWN[self][0]

    @property
    def icon(self) -> str:
        return _SHOWN[self][1]


_SHOWN: Final[Mapping[Strength, tuple[str, str]]] = MappingProxyType(
    {Strength.EXPLAIN: ("请核实", "alert-triangle"), Strength.LOOK: ("提示", "info-circle")}
)


@dataclass(frozen=True, slots=True)
class Remark:
    strength: Strength
    text: str


class Remarks:
    """A form that can remark; `components/field.html` shows it beside the field."""

    @cached_property
    def remarks(self) -> dict[str, list[Remark]]:
        return {}

    def remark(self, field: str, strength: Strength, text: str) -> None:
        """Say `text` beside the field; what needs explaining comes first."""
        said = self.remarks.setdefault(field, [])
        said.append(Remark(strength, text))
        said.sort(key=lambda one: one.strength is Strength.LOOK)


@dataclass(frozen=True, slots=True)
class Refused:
    """A reason sent by one of several small forms of a page, for `components/reason.html`; typed is shown again."""

    at: str  # the id of the input
    error: str
    typed: str
