"""How the back of the form is typed: codes, numbers and first letters for what is chosen, and what an occupation leaves out (规程第八条).

What was typed is read the same way in the page and here; here it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from canbao.rules.answers import AWAY_SCHEMES, BY_NAME, ITEMS, Item, Kept, Shape, Signer
from canbao.rules.codes import codes
from canbao.rules.division import BadDivisionCode, UnknownDivision, load_tree, padded
from canbao.rules.identity import clean
from canbao.rules.sounds import readings
from canbao.rules.text import code_form, number_form, search_form, text_form
from canbao.rules.workplaces import DISTRICTS_TABLE, PROVINCES_TABLE, workplaces

NOTE: Final = Item("note", "备注", Kept.FORM, longest=200)
DIED: Final = Item("died_on", "死亡日期", Kept.FORM, Shape.DAY)
FIELDS: Final = (*ITEMS, DIED, NOTE)
FRONT: Final = ("name", "sex", "ethnicity", "birth_date", "doc_type", "doc_number", "hukou_type", "hukou_address")
BACK: Final = tuple(item.name for item in ITEMS if item.name not in FRONT)
_BY_NAME: Final[Mapping[str, Item]] = {**BY_NAME, "note": NOTE, "died_on": DIED}
OWN_HUKOU: Final = frozenset({"同户籍", "thj", "同户籍地", "同户籍所在地", "同户籍地址"})
_PLACES: Final = frozenset({DISTRICTS_TABLE, PROVINCES_TABLE})
_OWN_TABLES: Final = frozenset({"signer", "away_scheme"}) | _PLACES  # not among the code tables
_NUMBERED: Final = frozenset({"occupation", "reason_not_enrolled", "signer", "away_scheme"})
# What the register itself never offers at the desk: a code that says nothing.
_NOT_OFFERED: Final = {"sex": frozenset({"0", "9"})}


@dataclass(frozen=True, slots=True)
class Choice:
    """number: its place on the form, 0 where it has none; letters: the first letters of how it is read, one spelling or more."""

    code: str
    label: str
    number: int = 0
    letters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """value: as it is kept, "" for nothing; wrong: it means nothing, or more than one thing."""

    value: str
    wrong: bool = False


def initials(text: str) -> str:
    """The first letters of the syllables; what has no reading is left out."""
    return "".join(readings()[sign][0] for sign in text if sign in readings())


@cache
def choices(table: str) -> tuple[Choice, ...]:
    """What can be chosen, in the form's order."""
    named: list[tuple[str, str, tuple[str, ...]]]
    if table == "signer":
        named = [(one.value, one.label, (one.label,)) for one in Signer]
    elif table == "away_scheme":
        named = [(code, label, (label,)) for code, label in AWAY_SCHEMES.items()]
    elif table in _PLACES:
        named = [(name, name, (name, *others)) for name, others in workplaces(table).items()]
    else:
        hidden = _NOT_OFFERED.get(table, frozenset())
        named = [(one.code, one.label, (one.label, *one.aliases)) for one in codes(table) if one.code not in hidden]
    return tuple(
        Choice(code, label, place if table in _NUMBERED else 0, _letters(words))
        for place, (code, label, words) in enumerate(named, 1)
    )


def _letters(words: tuple[str, ...]) -> tuple[str, ...]:
    """Of the label before its bracket, of each of its names, and of the label without a leading "other"."""
    bare = [word.partition("（")[0] for word in words]
    found = [initials(word) for word in bare if not word.isascii()]
    return tuple(dict.fromkeys(one for one in found if one))


@cache
def _exactly(table: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in choices(table):
        for key in (one.code, one.code.lstrip("0"), one.label, one.label.partition("（")[0], str(one.number or "")):
            if key:
                found.setdefault(code_form(key), one.code)
    if table in _PLACES:
        found = _only(workplaces(table)) | found
    for code in codes(table) if table not in _OWN_TABLES else ():
        for alias in code.aliases:  # not the letter codes: HZ is one of 赫哲, and what somebody types for 汉族
            if not alias.isascii() or not alias.isalpha():
                found.setdefault(code_form(alias), code.code)
    return found


def _only(named: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Other names that mean one place; of a district that was divided nobody knows which part is meant."""
    meant: dict[str, set[str]] = {}
    for name, others in named.items():
        for other in others:
            meant.setdefault(code_form(other), set()).add(name)
    return {other: next(iter(names)) for other, names in meant.items() if len(names) == 1}


def read_code(table: str, typed: str) -> Read:
    """A code, its number on the form, its name, or first letters that fit only one."""
    text = search_form(typed)
    if not text:
        return Read("")
    if code := _exactly(table).get(code_form(text)):
        return Read(code)
    letters = text.lower()
    full = {one.code for one in choices(table) if letters in one.letters}
    begun = {one.code for one in choices(table) for spelled in one.letters if spelled.startswith(letters)}
    found = full if len(full) == 1 else begun
    return Read(next(iter(found))) if len(found) == 1 else Read(text, wrong=True)


def read(name: str, typed: Any) -> Read:
    """One answer as it is kept. Dates also without hyphens; several codes divided by commas or blanks."""
    item = _BY_NAME[name]
    text = _one_line(typed)
    match item.shape:
        case Shape.CODE:
            return read_code(item.table, text)
        case Shape.CODES:
            return _several(item.table, text)
        case Shape.DAY:
            return _day(text)
        case Shape.DIVISION:
            return _division(text)
    if name == "doc_number":
        return Read(clean(text))
    if name in ("phone", "post_code", "landline", "qq"):
        text = number_form(text)
    return Read(text, wrong=len(text) > item.longest)


def read_all(typed: Mapping[str, Any]) -> tuple[dict[str, str], frozenset[str]]:
    """All answers that are boxes of the form, and the names of those that mean nothing."""
    found = {item.name: read(item.name, typed.get(item.name)) for item in FIELDS}
    kept = {name: one.value for name, one in found.items() if one.value}
    left = skipped(kept.get("occupation", ""), kept.get("signer", ""))
    values = {name: value for name, value in kept.items() if name not in left}
    return values, frozenset(name for name in values if found[name].wrong)


def skipped(occupation: str, signer: str = "") -> frozenset[str]:
    """The boxes that do not apply: nobody at home works away, somebody not at work has no place of work."""
    match occupation[:1], occupation:
        case "E", _:
            left = {"work_out", "away_schemes"}
        case "X", "X01":
            left = {"work_in"}
        case "X", _:
            left = {"work_in", "away_schemes"}
        case "N", _:
            left = {"work_in", "work_out", "away_schemes"}
        case _:
            left = set()
    return frozenset(left | ({"signer_name"} if signer == Signer.SELF else set()))


def _one_line(typed: Any) -> str:
    if isinstance(typed, list | tuple):
        typed = ",".join(str(one) for one in typed)
    text = typed if isinstance(typed, str) else "" if typed is None else str(typed)
    return text_form(text)[:400].rstrip()


def _several(table: str, text: str) -> Read:
    parts = search_form(text).replace("、", ",").replace(" ", ",").split(",")
    if len(parts) == 1 and parts[0].isdigit():
        parts = list(parts[0])  # 12: the first and the second box
    found = [read_code(table, part) for part in parts if part]
    if any(one.wrong for one in found):
        return Read(text[:20], wrong=True)
    wanted = {one.value for one in found}
    return Read(",".join(one.code for one in choices(table) if one.code in wanted))


def _day(text: str) -> Read:
    text = search_form(text)
    digits = "".join(sign for sign in text if sign.isdigit())
    if not text:
        return Read("")
    parts = text.replace("/", "-").replace(".", "-").split("-")
    try:
        if len(parts) == 3:
            return Read(date(*map(int, parts)).isoformat())
        return Read(date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat(), wrong=len(digits) != 8)
    except ValueError:
        return Read(text[:20], wrong=True)


def _division(text: str) -> Read:
    if not text:
        return Read("")
    try:
        if text.isascii() and load_tree().known(text):
            return Read(padded(text))
    except (BadDivisionCode, UnknownDivision):
        pass
    return Read(text[:60], wrong=True)
