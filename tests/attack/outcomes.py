"""What became of an attack, and the table of all attacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.attack.running import Product


class Verdict(StrEnum):
    REFUSED = "refused"
    HARMLESS = "harmless"
    SILENT = "SILENT"  # refused or harmless, but the journal says nothing of it
    VULNERABLE = "VULNERABLE"
    NOT_TRIED = "not tried"
    BROKEN = "BROKEN"  # the attack itself failed: nothing is known

    @property
    def is_bad(self) -> bool:
        return self in (Verdict.SILENT, Verdict.VULNERABLE, Verdict.BROKEN)


@dataclass(frozen=True)
class Outcome:
    """The attack's own judgement and what it saw."""

    verdict: Verdict
    says: str


def refused(says: str) -> Outcome:
    return Outcome(Verdict.REFUSED, says)


def harmless(says: str) -> Outcome:
    return Outcome(Verdict.HARMLESS, says)


def vulnerable(says: str) -> Outcome:
    return Outcome(Verdict.VULNERABLE, says)


def not_tried(says: str) -> Outcome:
    return Outcome(Verdict.NOT_TRIED, says)


def judged(holes: Sequence[str], well: str, *, was_refused: bool = True) -> Outcome:
    """VULNERABLE with the holes where there are any; else refused (or harmless) with `well`."""
    if holes:
        return vulnerable("; ".join(holes))
    return refused(well) if was_refused else harmless(well)


Function = Callable[["Product"], Outcome]


@dataclass(frozen=True)
class Attack:
    """entry: what it belongs to ("1" to "24", "settings", "held"); events: lines of the journal, one of which must tell of it.

    is_heavy: it costs the product memory or time, which is started anew where it succeeded; may_fault: it takes the database or
    processes away, which the product rightly notes in errors.log; order: when it is run.
    """

    entry: str
    name: str
    run: Function
    events: frozenset[str] = frozenset()
    is_heavy: bool = False
    may_fault: bool = False
    order: int = 50

    @property
    def about(self) -> str:
        """The first line of the docstring."""
        return (self.run.__doc__ or "").strip().splitlines()[0]


ATTACKS: list[Attack] = []


def attack(
    entry: str, *, events: Sequence[str] = (), is_heavy: bool = False, may_fault: bool = False, order: int = 50
) -> Callable[[Function], Function]:
    """Enter a function in the table of attacks."""

    def enter(function: Function) -> Function:
        name = function.__name__
        ATTACKS.append(Attack(entry, name, function, frozenset(events), is_heavy, may_fault, order))
        return function

    return enter


@dataclass
class Result:
    """An attack that was run, with what the framework measured beside it.

    peak: MB of the process of the product that grew most; latency: median, 95th percentile and longest of the sign-in page in
    ms while it ran; lines: events of the journal since it began, with how often each came; faults: new entries of errors.log.
    """

    attack: Attack
    outcome: Outcome
    seconds: float = 0.0
    peak: float = 0.0
    peak_of: str = ""
    latency: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lines: dict[str, int] = field(default_factory=dict)
    first_line: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """The attack's judgement, corrected by what the product wrote down."""
        own = self.outcome.verdict
        if own not in (Verdict.REFUSED, Verdict.HARMLESS):
            return own
        if self.faults and not self.attack.may_fault:
            return Verdict.VULNERABLE
        if self.attack.events and not self.attack.events & self.lines.keys():
            return Verdict.SILENT
        return own

    @property
    def says(self) -> str:
        faults = "".join(f"; fault on record: {text}" for text in self.faults)
        return self.outcome.says + faults
