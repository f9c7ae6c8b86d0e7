"""Before somebody met at a door is added: how alike he is to somebody who is there already, and why (规程第九条).

SAME cannot be added as new; LIKELY needs a reason from the clerk who says that they are two; PERHAPS is only shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from canbao.rules.article import article
from canbao.rules.identity import Kind, clean, examine, is_valid_citizen, repairs, upgrade
from canbao.rules.names import NameLevel


class Likeness(StrEnum):
    """How alike, strongest first."""

    SAME = "SAME"
    LIKELY = "LIKELY"
    PERHAPS = "PERHAPS"

    @property
    def label(self) -> str:
        return {"SAME": "已有登记", "LIKELY": "很可能是同一人", "PERHAPS": "可能是同一人"}[self.value]


class Number(StrEnum):
    """How the number that was typed agrees with one that is known of somebody."""

    SAME = "SAME"
    OLD = "OLD"  # 15 digits on one side, 18 on the other
    FORMER = "FORMER"  # one he is or was also known by
    SLIP = "SLIP"  # the typed one is wrong, and one slip away from his
    OTHER = "OTHER"  # both can be right, and they are two
    NONE = "NONE"  # at least one side has none that can be compared


class Agrees(StrEnum):
    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the two have in common."""

    name: NameLevel
    number: Number = Number.NONE
    birth: Agrees = Agrees.UNKNOWN
    sex: Agrees = Agrees.UNKNOWN
    phone: bool = False


_NUMBERS: Final = {
    Number.SAME: "证件号码相同",
    Number.OLD: "15位旧号码升位后与18位号码相同",
    Number.FORMER: "证件号码是此人曾用的或另有的号码",
    Number.SLIP: "所填号码不正确，改正一位后与此人号码相同",
    Number.OTHER: "证件号码不同",
}
_NAMES: Final = {
    NameLevel.SAME: "姓名相同",
    NameLevel.HOMOPHONE: "姓名读音相同",
    NameLevel.LOST: "姓名除缺字外相同",
    NameLevel.PART: "姓名差一字",
    NameLevel.PLACEHOLDER: "尚未取名",
    NameLevel.DIFFERENT: "姓名不同",
}
_KNOWN_NUMBER: Final = frozenset({Number.SAME, Number.OLD, Number.FORMER})
_NEAR_NAME: Final = frozenset({NameLevel.SAME, NameLevel.HOMOPHONE, NameLevel.LOST, NameLevel.PART})


@article(9)
def likeness(seen: Seen) -> Likeness | None:
    """How alike the two are; None for two people."""
    if seen.number in _KNOWN_NUMBER:
        return Likeness.SAME
    if seen.number is Number.SLIP:
        return _with_slip(seen)
    if seen.name not in _NEAR_NAME or not (seen.birth is Agrees.YES or seen.phone):
        return None
    by_birth = seen.birth is Agrees.YES and seen.name in (NameLevel.SAME, NameLevel.LOST)
    by_phone = (
        seen.phone and seen.birth is not Agrees.NO and seen.name is not NameLevel.PART
    )  # a home shares a telephone
    strong = by_birth or by_phone
    if strong and seen.sex is not Agrees.NO and seen.number is not Number.OTHER:
        return Likeness.LIKELY
    return Likeness.PERHAPS


@article(9, 19)
def may_be_told(seen: Seen) -> bool:
    """Whether the name and the town of somebody registered elsewhere may be told to the actor who asks.

    Only to somebody who knows number and name, or name and birth date. A number alone would turn numbers into names: of him it is
    said that somebody has it, and nothing else. A name that only sounds alike is not known: the answer would spell it.
    """
    return seen.name is NameLevel.SAME and (seen.number in _KNOWN_NUMBER or seen.birth is Agrees.YES)


def _with_slip(seen: Seen) -> Likeness | None:
    """A number holds birth and sex, so that a slip away many strangers are near: the name decides."""
    if seen.name in _NEAR_NAME:
        return Likeness.LIKELY
    if seen.birth is Agrees.YES and seen.sex is not Agrees.NO:
        return Likeness.PERHAPS
    return None


def reasons(seen: Seen) -> tuple[str, ...]:
    """Why, in words, what speaks for it first; never a value."""
    said = [_NUMBERS[seen.number]] if seen.number in _NUMBERS and seen.number is not Number.OTHER else []
    said.append(_NAMES[seen.name])
    if seen.birth is not Agrees.UNKNOWN:
        said.append("出生日期相同" if seen.birth is Agrees.YES else "出生日期不同")
    if seen.phone:
        said.append("电话相同")
    if seen.sex is Agrees.NO:
        said.append("性别不同")
    if seen.number is Number.OTHER:
        said.append(_NUMBERS[Number.OTHER])
    return tuple(said)


@dataclass(frozen=True, slots=True)
class Spellings:
    """Under which numbers to look. slips: valid ones that the typed one may have been meant for."""

    typed: str
    same: frozenset[str]
    old: frozenset[str]
    slips: frozenset[str]
    valid: bool

    @property
    def all(self) -> frozenset[str]:
        return self.same | self.old | self.slips

    def compare(self, known: str | None, *, also: frozenset[str] = frozenset()) -> Number:
        """How a person's number and the others he is known by agree with the typed one."""
        own = clean(known or "")
        if not self.typed:
            return Number.NONE
        if own in self.same:
            return Number.SAME
        if own in self.old or also & self.old:
            return Number.OLD
        if also & self.same:
            return Number.FORMER
        if own in self.slips or also & self.slips:
            return Number.SLIP
        return Number.OTHER if self.valid and is_valid_citizen(own) else Number.NONE


@article(9)
def spellings(doc_type: str | None, number: str | None) -> Spellings:
    """Every way the number may stand in the register: as typed, as it is compared, the old fifteen digits of it and back."""
    typed = clean(number or "")
    if not typed:
        return Spellings("", frozenset(), frozenset(), frozenset(), valid=False)
    found = examine(doc_type, typed)
    same, old = {typed}, set()
    if found.valid:
        same.add(found.number)
    if is_valid_citizen(typed) and typed[6:8] == "19":
        old.add(typed[:6] + typed[8:17])
    if len(typed) == 15 and typed.isascii() and typed.isdigit():
        same.discard(upgrade(typed))
        old.add(upgrade(typed))
    slips = frozenset() if found.valid or found.kind is not Kind.CITIZEN else repairs(typed)
    return Spellings(typed, frozenset(same), frozenset(old), slips, valid=found.valid)


def agrees(typed: date | str | None, known: date | str | None) -> Agrees:
    """Whether two values that may be missing are the same."""
    if not typed or not known:
        return Agrees.UNKNOWN
    return Agrees.YES if typed == known else Agrees.NO


_ORDER: Final = list(Likeness)


def rank(found: Likeness) -> int:
    return _ORDER.index(found)
