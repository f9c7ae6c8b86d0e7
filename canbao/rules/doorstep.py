"""What is asked at a door and what is not, and what a tap on a suggestion reports (规程第八条; 不问登记库已知的项目)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from canbao.rules import checks, entry
from canbao.rules.answers import BY_NAME, COMPLETE, Item, Kept, Shape
from canbao.rules.article import article
from canbao.rules.survey import Outcome, Suggestion, VisitReason

# The work of today: asked together where neither enrolments nor an earlier form tell it, and of people who were found.
ABOUT_TODAY: Final = ("occupation", "work_in", "work_out", "away_schemes")
CONTACTS: Final = ("phone", "landline", "qq", "email", "post_address", "post_code")
_INSURED: Final = frozenset({VisitReason.MISSING_SCHEME, VisitReason.INCOMPLETE, VisitReason.MAY_JOIN})


@article(8)
def asked(asks: Iterable[str], reasons: Iterable[str], *, has_phone: bool) -> tuple[Item, ...]:
    """The items of one line in the form's order: blanks of the register, the work where it is not known, contacts where there are none."""
    names = {name for name in asks if name in BY_NAME and BY_NAME[name].kept is not Kept.FORM}
    if "occupation" in names or VisitReason.FOUND in set(reasons):
        names |= set(ABOUT_TODAY)
    if not has_phone:
        names.add("phone")
    if not set(reasons) or set(reasons) - _INSURED:
        names.add("reason_not_enrolled")
    return tuple(item for item in BY_NAME.values() if item.name in names)


def acceptable(items: Iterable[Item]) -> frozenset[str]:
    """What may be answered: what was asked, and what somebody says besides: today's work, contacts, the reason."""
    return frozenset(item.name for item in items) | {*ABOUT_TODAY, *CONTACTS, "reason_not_enrolled"}


def registered(asks: Iterable[str], items: Iterable[Item]) -> tuple[str, ...]:
    """The items that the register has: said by name, never asked. items: what is asked for whatever reason."""
    blank = set(asks) | {item.name for item in items}
    return tuple(BY_NAME[name].label for name in COMPLETE if name not in blank)


@article(8)
def read(answers: Mapping[str, Any], allowed: frozenset[str], *, on: date) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers as they are kept, and what is wrong with the others, by item: what the desk would refuse is refused here."""
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, typed in answers.items():
        problem, value = _one(name, typed, allowed)
        if problem:
            wrong[name] = problem
        elif value:
            kept[name] = value
    for remark in checks.at_the_door(kept, {}, on):
        wrong.setdefault(remark.item, remark.text)
    return kept, wrong


def _one(name: str, typed: Any, allowed: frozenset[str]) -> tuple[str, Any]:
    if name not in allowed:
        return ("登记库已有，或不在本次采集之列" if name in BY_NAME else "不认识的项目"), None
    item = BY_NAME[name]
    if not (typed is None or isinstance(typed, str) or _is_list_of_text(item, typed)):
        return "格式不对", None
    if item.shape is Shape.TEXT and isinstance(typed, str) and len(typed.strip()) > item.longest:
        return f"太长，至多 {item.longest} 个字", None
    found = entry.read(name, typed)
    if found.wrong:
        return _WRONG.get(item.shape, "填写不正确"), None
    return "", found.value.split(",") if item.shape is Shape.CODES and found.value else found.value


_WRONG: Final = {
    Shape.CODE: "不在可选的范围内",
    Shape.CODES: "不在可选的范围内",
    Shape.DAY: "不是日期，应为年-月-日",
    Shape.DIVISION: "不是区划代码",
}


def _is_list_of_text(item: Item, typed: Any) -> bool:
    return item.shape is Shape.CODES and isinstance(typed, list) and all(isinstance(one, str) for one in typed)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a tap reports: the outcome, what it answers, and the words for the note."""

    outcome: Outcome
    note: str
    answers: Mapping[str, str] = field(default_factory=dict)


@article(8)
def confirming(suggestion: Suggestion) -> Confirmed:
    """A suggestion of another list, confirmed on the visit."""
    note = f"走访核实：{suggestion.label}"
    reason = {"reason_not_enrolled": suggestion.reason} if suggestion.reason else {}
    match suggestion:
        case Suggestion.DEAD:
            return Confirmed(Outcome.DEAD, note, reason)
        case Suggestion.MOVED_OUT:
            return Confirmed(Outcome.MOVED, note, reason)
        case Suggestion.STUDENT:
            return Confirmed(Outcome.CHECKED, note, {"occupation": "N01"})
        case _:
            return Confirmed(Outcome.AWAY, note, reason)
