"""Code tables as dated data, and what each source's raw codes and texts mean in them.

The tables lie in `data/`: `code_tables.csv` (what there is), `codes.csv` (the values) and `code_mappings.csv` (the raw values that
mean different things in different sources, such as 410, which is work injury only in the employee systems).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from canbao.rules.data import day, rows
from canbao.rules.text import code_form

ANY_SOURCE = "*"


class Scheme(StrEnum):
    """险种; the values stay whatever codes the business systems use."""

    EMPLOYEE_PENSION = "EMPLOYEE_PENSION"
    EMPLOYEE_MEDICAL = "EMPLOYEE_MEDICAL"
    UNEMPLOYMENT = "UNEMPLOYMENT"
    WORK_INJURY = "WORK_INJURY"
    MATERNITY = "MATERNITY"
    RESIDENT_PENSION = "RESIDENT_PENSION"
    RESIDENT_MEDICAL = "RESIDENT_MEDICAL"
    PUBLIC_SECTOR_PENSION = "PUBLIC_SECTOR_PENSION"

    @property
    def label(self) -> str:
        return label("scheme", self)


class UnknownCode(LookupError):
    """No such code in the table."""


class UnknownTable(LookupError):
    """No such code table."""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """closed: a value outside it is an error; self_mapped: codes and labels are accepted as raw values from every source."""

    name: str
    label: str
    standard: str
    closed: bool
    self_mapped: bool


@dataclass(frozen=True, slots=True)
class Code:
    table: str
    code: str
    label: str
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    note: str

    def holds(self, on: date | None) -> bool:
        """Was the code in use on that day? Without a day: ever."""
        if on is None:
            return True
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


def code_tables() -> tuple[CodeTable, ...]:
    """All code tables."""
    return tuple(_tables().values())


def codes(table: str, *, on: date | None = None) -> tuple[Code, ...]:
    """The codes of a table in their printed order; with `on` only those in use that day.

    Raises UnknownTable.
    """
    return tuple(code for code in _codes(table).values() if code.holds(on))


def valid_codes(table: str, *, on: date | None = None) -> frozenset[str]:
    """The values a canonical field may have.

    Raises UnknownTable.
    """
    return frozenset(code.code for code in codes(table, on=on))


def label(table: str, code: str) -> str:
    """The Chinese name of a code.

    Raises UnknownTable, UnknownCode.
    """
    try:
        return _codes(table)[code].label
    except KeyError:
        raise UnknownCode(table, code) from None


def raw_key(text: str) -> str:
    """How a raw value is written as a key of `mapping`."""
    return code_form(text)


def mapping(table: str, source: str) -> dict[str, str]:
    """Raw value (as `raw_key` writes it) to canonical code, for one source. What is missing is unknown: hold it, never guess.

    Raises UnknownTable.
    """
    return {raw: code for _, owner, raw, code in mappings(table) if owner in (ANY_SOURCE, source)}


def mappings(table: str) -> Iterator[tuple[str, str, str, str]]:
    """Everything accepted for a table as (table, source or '*', raw, code), the rows for any source first.

    Raises UnknownTable.
    """
    if _tables_or_fail(table).self_mapped:
        for entry in _codes(table).values():
            for raw in dict.fromkeys((entry.code, entry.label, *entry.aliases)):
                yield table, ANY_SOURCE, raw_key(raw), entry.code
    special = (row for row in rows("code_mappings.csv") if row["code_table"] == table)
    for row in sorted(special, key=lambda row: row["source"] != ANY_SOURCE):
        yield table, row["source"], raw_key(row["raw"]), row["code"]


@cache
def _tables() -> dict[str, CodeTable]:
    return {
        row["code_table"]: CodeTable(
            row["code_table"], row["label"], row["standard"], row["closed"] == "1", row["self_mapped"] == "1"
        )
        for row in rows("code_tables.csv")
    }


def _tables_or_fail(table: str) -> CodeTable:
    try:
        return _tables()[table]
    except KeyError:
        raise UnknownTable(table) from None


@cache
def _codes(table: str) -> dict[str, Code]:
    _tables_or_fail(table)
    return {row["code"]: _code(row) for row in rows("codes.csv") if row["code_table"] == table}


def _code(row: dict[str, str]) -> Code:
    aliases = tuple(row["aliases"].split("|")) if row["aliases"] else ()
    return Code(
        row["code_table"], row["code"], row["label"], aliases, day(row["valid_from"]), day(row["valid_to"]), row["note"]
    )
