"""What each department's columns are: one map per source, as data. Adding a source is adding a file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from canbao.rules import codes
from canbao.rules.cells import Reading
from canbao.rules.columns import COLUMNS

_FOLDER: Final = Path(__file__).parent
_NOT_MAPS: Final = frozenset({"breakers"})
KINDS: Final = frozenset({"text", "name", "number", "code", "date", "end_date", "division", "extra"})


@dataclass(frozen=True)
class Column:
    """One column of a source and the canonical field it fills.

    mandatory: the header must have it. filled: every row must have a value. codes: raw values only this source uses.
    """

    code: str
    to: str
    kind: str
    name: str = ""
    table: str = ""
    default: str = ""
    mandatory: bool = False
    filled: bool = False
    aliases: tuple[str, ...] = ()
    codes: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def canonical(self) -> str:
        """The column of `rules.columns` whose values it holds."""
        return "extra" if self.kind == "extra" else self.to

    @property
    def is_date(self) -> bool:
        return self.kind in ("date", "end_date")

    def reading(self, source: str) -> Reading:
        """How its cells are read in the lists of a source."""
        codes = self.mapping(source) if self.kind == "code" else None
        return Reading(self.canonical, codes, open_end=self.kind == "end_date", filled=self.filled)

    @property
    def label(self) -> str:
        return self.name or self.code

    @property
    def shown(self) -> str:
        """As a clerk finds it in the file: the code with its Chinese name."""
        return f"{self.code} {self.name}".strip()

    @property
    def headers(self) -> tuple[str, ...]:
        return (self.code, *([self.name] if self.name else []), *self.aliases)

    def mapping(self, source: str) -> dict[str, str]:
        """Raw value to canonical code."""
        return {**codes.mapping(self.table, source), **{codes.raw_key(raw): code for raw, code in self.codes.items()}}


@dataclass(frozen=True)
class SourceMap:
    """A source: its columns, and the ways its record key is made, best first (each the parts written one after another)."""

    source: str
    title: str
    key: tuple[tuple[str, ...], ...]
    columns: tuple[Column, ...]

    @property
    def parts_of_keys(self) -> frozenset[str]:
        """The columns that the record key may be made of."""
        return frozenset(part for parts in self.key for part in parts)

    @property
    def extras(self) -> tuple[Column, ...]:
        """The columns that are kept together as `extra`."""
        return tuple(column for column in self.columns if column.kind == "extra")

    def column(self, code: str) -> Column:
        return next(column for column in self.columns if column.code == code)

    @property
    def names(self) -> dict[str, str]:
        """Column code to what a clerk calls it."""
        return {column.code: column.label for column in self.columns}


@cache
def sources() -> frozenset[str]:
    """The names of all sources."""
    return frozenset(path.stem for path in _FOLDER.glob("*.toml")) - _NOT_MAPS


@cache
def source_map(source: str) -> SourceMap:
    """The map of one source."""
    data = _read(_FOLDER / f"{source}.toml")
    if layout := data.get("layout"):
        data = {**_read(_FOLDER / "layouts" / f"{layout}.toml"), **data}
    key = tuple(tuple(parts) for parts in data["key"])
    return SourceMap(source, data["title"], key, tuple(_column(entry) for entry in data["column"]))


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _column(entry: dict[str, Any]) -> Column:
    column = Column(**{**entry, "aliases": tuple(entry.get("aliases", ()))})
    if column.kind not in KINDS:
        raise ValueError(f"unknown kind {column.kind} of column {column.code}")
    if column.canonical not in COLUMNS:
        raise ValueError(f"column {column.code} becomes {column.to}, which is no canonical column")
    return column
