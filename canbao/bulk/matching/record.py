"""What every engine takes and gives: records and clerks' decisions in, links and doubts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from canbao.rules.match_labels import Outcome
from canbao.rules.matching import Agreement, Band, Rule


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted row of a source; `doc_number` and `mother_number` cleaned, nothing repaired."""

    source: str
    record_key: str
    name: str
    doc_type: str | None = None
    doc_number: str | None = None
    former_name: str | None = None
    sex: str | None = None
    birth_date: date | None = None
    division: str | None = None
    phone: str | None = None
    address: str | None = None
    person_no: str | None = None
    card_no: str | None = None
    household_no: str | None = None
    birth_certificate: str | None = None
    mother_number: str | None = None
    death_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A clerk found two records to be of one person, or of two."""

    a_source: str
    a_key: str
    b_source: str
    b_key: str
    same: bool


def latest(decisions: Iterable[Decision]) -> list[Decision]:
    """Of two decisions on the same records the later one holds."""
    return list({frozenset(((d.a_source, d.a_key), (d.b_source, d.b_key))): d for d in decisions}.values())


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """The cluster of one record; equal clusters are one person."""

    source: str
    record_key: str
    cluster: int
    rule: Rule
    band: Band


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two that may be one, each named by its first record (source:record_key), and what they have in common."""

    one: str
    other: str
    seen: Agreement
    bits: float


@dataclass(frozen=True, slots=True, order=True)
class ListedRow:
    """What became of a row of an explaining list; cluster, rule and band only where it was applied."""

    source: str
    record_key: str
    outcome: Outcome
    cluster: int | None = None
    rule: Rule | None = None
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All in a fixed order. list_doubts: `one` is the row, `other` the person's unit."""

    links: list[Link]
    doubts: list[Doubt]
    listed: list[ListedRow]
    list_doubts: list[Doubt]
