"""One number, several names: which of them are spellings of its holder, and which are other people (A5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from canbao.rules.names import NameLevel, compare, is_placeholder, share_a_place


@dataclass(frozen=True)
class NameUse:
    """One spelling of a name under one document number."""

    key: str
    rows: int = 1  # in how many lists and under how many person numbers
    official: bool = False  # written so by the police
    birth_fits: bool | None = None  # the birth date told beside it is the one in the number
    kin: bool = False  # shares a phone, card, address or person number with another spelling under this number
    held_elsewhere: bool = False  # a neighbouring number with the same birth date has exactly this name (a twin)
    former: frozenset[str] = frozenset()
    person_nos: frozenset[str] = frozenset()  # source:number

    @property
    def rank(self) -> tuple[bool, bool, bool, int, str]:
        """Whose number it is comes first: the police's word, then a birth date that agrees, then the most lists."""
        return is_placeholder(self.key), not self.official, self.birth_fits is False, -self.rows, self.key


# Beyond so many names under one number it is no longer asked who else of them is whom: each pair would have to be compared.
MOST_COMPARED: Final = 100


def partition(uses: list[NameUse]) -> list[int]:
    """Which spellings under one number are one person: the group of each use, 0 = whose number it is."""
    compared = None if len(uses) <= MOST_COMPARED else 1
    order = sorted(range(len(uses)), key=lambda i: uses[i].rank)
    groups = [0] * len(uses)
    heads: list[NameUse] = []
    for i in order:
        fits = [(_one_holder(head, uses[i]), g) for g, head in enumerate(heads[:compared])]
        best = min(((level, g) for level, g in fits if level is not None), default=None)
        groups[i] = len(heads) if best is None else best[1]
        if best is None:
            heads.append(uses[i])
    return groups


def _same_spoken(a: str, b: str) -> bool:
    return compare(a, b) in (NameLevel.SAME, NameLevel.HOMOPHONE, NameLevel.LOST)


def _one_holder(head: NameUse, other: NameUse) -> int | None:
    """How well two spellings go together as one person (0 best), or None: two people."""
    if _renamed(head, other):
        return 0
    level = compare(head.key, other.key)
    if head.official and other.official and level is not NameLevel.SAME:
        return None  # two people whom the police keep apart
    if level in (NameLevel.SAME, NameLevel.HOMOPHONE, NameLevel.LOST):
        return 1
    if other.held_elsewhere:
        return None  # a twin
    if level is NameLevel.PLACEHOLDER:  # a newborn insured under the number of the mother is not the mother
        return 2 if other.birth_fits is True else None
    if _two_in_one_system(head, other) and not other.kin:
        return None  # a number lent to a colleague
    if level is NameLevel.PART:
        return 3 if other.birth_fits is not False else None
    if share_a_place(head.key, other.key):
        return 4 if other.kin and other.birth_fits is not False else None
    return 5 if other.kin and other.birth_fits is True and head.key[0] == other.key[0] else None


def _two_in_one_system(head: NameUse, other: NameUse) -> bool:
    """Some system knows the two under different numbers of its own."""
    if head.person_nos & other.person_nos:
        return False
    return bool({n.split(":")[0] for n in head.person_nos} & {n.split(":")[0] for n in other.person_nos})


def _renamed(head: NameUse, other: NameUse) -> bool:
    """One of the two is the other's former name, perhaps in another spelling."""
    return any(
        _same_spoken(a, b)
        for a in (head.key, *head.former)
        for b in other.former | {other.key}
        if (a, b) != (head.key, other.key)
    )
