"""The registration form on paper: its number, and what of its back page the register knows already (规程第八条, 附件)."""

from __future__ import annotations

from datetime import date
from typing import Final

from canbao.rules.article import article
from canbao.rules.circumstances import Occupation
from canbao.rules.duty import Gap
from canbao.rules.scope import ScopeBasis

EDITION: Final = 1  # of the layout; it stands in the code on the sheet, so that old paper is still understood
_SERIAL = 9


def form_number(year: int, serial: int) -> str:
    """Year, serial and a check digit (GB/T 17710, MOD 11,10): twelve digits that can be typed where the code is torn."""
    body = f"{year % 100:02d}{serial:0{_SERIAL}d}"
    return body + _check_digit(body)


def is_form_number(text: str) -> bool:
    """Whether the twelve digits belong together: one wrong digit or two swapped neighbours are noticed."""
    return len(text) == _SERIAL + 3 and text.isascii() and text.isdigit() and _check_digit(text[:-1]) == text[-1]


def code_text(number: str) -> str:
    """What the code on the sheet says: number and edition, nothing about anybody."""
    return f"{number}-{EDITION}"


def _check_digit(body: str) -> str:
    rest = 10
    for digit in body:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - rest) % 10)


@article(8)
def known_occupation(occupation: Occupation, *, declared: bool) -> tuple[str, ...]:
    """The boxes of 当前职业 that are ticked before anybody is asked: what was declared, or what the enrolments tell.

    Nothing is ticked for who is in no insurance: that says nothing about work.
    """
    match occupation:
        case Occupation.PUBLIC_SECTOR:
            return ("1", "IN")
        case Occupation.NOT_WORKING if not declared:
            return ()
    place = {"E": ("1", "IN"), "X": ("1", "OUT"), "N": ("2",)}[occupation.value[0]]
    return (*place, occupation.value)


@article(8)
def known_reason(*, gap: str, scope: str | None, hukou_status: str | None, death_on: date | None) -> str | None:
    """The reason why somebody is in no insurance, where the register knows one."""
    if gap != Gap.NONE_AT_ALL:
        return None
    if death_on or hukou_status == "DECEASED":
        return "08"
    if hukou_status == "MOVED_OUT":
        return "04"
    return "06" if scope == ScopeBasis.UNREGISTERED_NEWBORN else None
