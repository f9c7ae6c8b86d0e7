"""One fact in words: hidden unless its item is open to the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from canbao.rules.labels import FIELDS
from canbao.rules.masking import is_hidden, mask
from canbao.rules.unmasking import ITEMS
from canbao.rules.wording import in_words

Clear = Mapping[str, datetime]  # item -> until when it is open
NOTHING_CLEAR: Clear = {}


@dataclass(frozen=True, slots=True)
class Fact:
    """text: what is read. item: what to ask for to see it in full ("" where nothing is hidden). until: it is open till then."""

    name: str
    label: str
    text: str
    item: str = ""
    until: datetime | None = None

    @property
    def hidden(self) -> bool:
        return bool(self.item) and self.until is None


def fact(name: str, value: Any, *, on: date, clear: Clear = NOTHING_CLEAR, item: str = "", label: str = "") -> Fact:
    """A value under its label. item: under which it is opened, where that is not its own name."""
    item = item or (name if name in ITEMS else "")
    hides = is_hidden(name, value)
    until = clear.get(item) if hides else None
    shown = value if until else mask(name, value)
    return Fact(name, label or FIELDS.get(name, name), in_words(name, shown, on=on), item if hides else "", until)


def facts_of(row: Mapping[str, Any], names: Iterable[str], *, on: date, clear: Clear = NOTHING_CLEAR) -> list[Fact]:
    """The facts of a row in the order of `names`."""
    return [fact(name, row.get(name), on=on, clear=clear) for name in names]
