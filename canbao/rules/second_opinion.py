"""Who has the last word on a case: one account, two that agree on a sample, or the office above (规程第十八条)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from canbao.rules.article import article
from canbao.rules.division import CITY

SHARE = 0.05  # of the cases decided by clerks


class Standing(StrEnum):
    """How far a case is. Named like the states of the case."""

    OPEN = "OPEN"
    SECOND = "SECOND"  # one account has decided; another decides without seeing it
    ESCALATED = "ESCALATED"  # the two disagree: the office above decides
    DECIDED = "DECIDED"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one account said of a case."""

    account: str
    same: bool


def in_sample(subject: str, share: float = SHARE) -> bool:
    """Whether the case is decided twice: drawn from its subject, so it cannot be chosen, and the same in every run."""
    drawn = int.from_bytes(sha256(f"second opinion|{subject}".encode()).digest()[:6], "big")
    return drawn < share * 2**48


@article(18)
def standing(opinions: Sequence[Opinion], *, sampled: bool) -> tuple[Standing, bool | None]:
    """Where a case stands after these opinions, and the answer that takes effect (None while there is none)."""
    match [opinion.same for opinion in opinions]:
        case []:
            return Standing.OPEN, None
        case [first]:
            return (Standing.SECOND, None) if sampled else (Standing.DECIDED, first)
        case [first, second]:
            return (Standing.DECIDED, first) if first == second else (Standing.ESCALATED, None)
        case answers:
            return Standing.DECIDED, answers[-1]


@article(18)
def may_give(account: str, office: str, *, opinions: Sequence[Opinion], case_office: str) -> bool:
    """Whether this account may give the next opinion: nobody twice; the third belongs to the office above.

    Above the city there is nobody; there a third account of the city decides.
    """
    if account in {opinion.account for opinion in opinions}:
        return False
    return len(opinions) < 2 or case_office == CITY or len(office) < len(case_office)
