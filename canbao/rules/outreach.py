"""What came of the outreach at a visit: whether the person will join, in which schemes and from when, and until when the reason
for not joining holds (规程第八条, 第十六条)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from canbao.rules.article import article
from canbao.rules.codes import Scheme
from canbao.rules.survey import Outcome

MONTHS_AHEAD: Final = 12
YEARS_AHEAD: Final = 5


class Willingness(StrEnum):
    """What the person says about joining."""

    WILLING = "WILLING"
    UNDECIDED = "UNDECIDED"
    UNWILLING = "UNWILLING"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    Willingness.WILLING: "愿意参保",
    Willingness.UNDECIDED: "尚未决定",
    Willingness.UNWILLING: "暂不参保",
}
LABELS: Final = {"willing": "参保意愿", "schemes": "拟参加险种", "joins_in": "拟参保月份", "reason_until": "原因有效期"}


@dataclass(frozen=True, slots=True)
class Outreach:
    """willing: None where nothing was said. schemes: those the person will join. joins_in: the first day of the month from
    which; reason_until: the last day on which the reason for not joining holds."""

    willing: Willingness | None = None
    schemes: tuple[Scheme, ...] = ()
    joins_in: date | None = None
    reason_until: date | None = None

    def __bool__(self) -> bool:
        return self != Outreach()

    def kept(self) -> dict[str, Any]:
        """As it is stored with the visit: what was said, no more."""
        said = {
            "willing": self.willing and self.willing.value,
            "schemes": [scheme.value for scheme in self.schemes],
            "joins_in": self.joins_in and f"{self.joins_in:%Y-%m}",
            "reason_until": self.reason_until and self.reason_until.isoformat(),
        }
        return {name: value for name, value in said.items() if value}


@article(8, 16)
def read(
    said: Mapping[str, Any], *, outcome: Outcome, open_to: Collection[str], has_reason: bool, on: date
) -> tuple[Outreach, dict[str, str]]:
    """What was said, and what is wrong with it, by field.

    said: willing, schemes, joins_in ("2026-12"), reason_until ("2027-06-30"), each optional. open_to: codes of the schemes the
    person must or may join. has_reason: a reason for not joining was given. on: the day of the visit.
    """
    wrong = {name: "不认识的项目" for name in said if name not in LABELS}
    willing = _willing(said.get("willing"), wrong)
    schemes = _schemes(said.get("schemes"), open_to, wrong)
    joins_in = _month(said.get("joins_in"), on, wrong)
    until = _day(said.get("reason_until"), on, wrong)
    found = Outreach(willing, schemes, joins_in, until)
    for name, words in _against_each_other(found, outcome, has_reason=has_reason).items():
        wrong.setdefault(name, words)
    return found, wrong


def stored(kept: Any) -> Outreach:
    """What was kept with a visit; nothing for what is no outreach."""
    if not isinstance(kept, Mapping):
        return Outreach()
    willing, schemes, month, until = (kept.get(name) for name in LABELS)
    return Outreach(
        Willingness(willing) if willing in set(Willingness) else None,
        tuple(Scheme(code) for code in schemes or () if code in set(Scheme)),
        _iso(f"{month}-01") if month else None,
        _iso(until) if until else None,
    )


def _against_each_other(found: Outreach, outcome: Outcome, *, has_reason: bool) -> dict[str, str]:
    wrong = {}
    if found.willing and outcome is not Outcome.CHECKED:
        wrong["willing"] = f"走访结果为“{Outcome.CHECKED.label}”的，才填参保意愿"
    if found.willing is Willingness.WILLING and not found.schemes:
        wrong["schemes"] = "愿意参保的，请选险种"
    if found.willing is Willingness.WILLING and not found.joins_in:
        wrong["joins_in"] = "愿意参保的，请填从哪个月起"
    if found.willing is not Willingness.WILLING:
        wrong |= {
            name: "愿意参保的才填"
            for name, value in (("schemes", found.schemes), ("joins_in", found.joins_in))
            if value
        }
    if found.reason_until and not has_reason:
        wrong["reason_until"] = "先选未参保原因，再填有效期"
    return wrong


def _willing(said: Any, wrong: dict[str, str]) -> Willingness | None:
    if said in (None, ""):
        return None
    if not isinstance(said, str) or said not in set(Willingness):
        wrong["willing"] = "不在可选的范围内"
        return None
    return Willingness(said)


def _schemes(said: Any, open_to: Collection[str], wrong: dict[str, str]) -> tuple[Scheme, ...]:
    if said in (None, "", []):
        return ()
    if not isinstance(said, list) or any(not isinstance(code, str) or code not in set(Scheme) for code in said):
        wrong["schemes"] = "不在可选的范围内"
        return ()
    if set(said) - set(open_to):
        wrong["schemes"] = "只能选此人应参加或可参加的险种"
    return tuple(scheme for scheme in Scheme if scheme.value in said)


def _month(said: Any, on: date, wrong: dict[str, str]) -> date | None:
    if said in (None, ""):
        return None
    month = _iso(f"{said}-01") if isinstance(said, str) else None
    if month is None:
        wrong["joins_in"] = "不是月份，应为年-月"
        return None
    if not 0 <= (month.year - on.year) * 12 + month.month - on.month <= MONTHS_AHEAD:
        wrong["joins_in"] = f"应在本月至今后 {MONTHS_AHEAD} 个月之内"
    return month


def _day(said: Any, on: date, wrong: dict[str, str]) -> date | None:
    if said in (None, ""):
        return None
    day = _iso(said) if isinstance(said, str) else None
    if day is None:
        wrong["reason_until"] = "不是日期，应为年-月-日"
        return None
    if day <= on or day.year > on.year + YEARS_AHEAD:
        wrong["reason_until"] = f"应在今天之后、{YEARS_AHEAD} 年之内"
    return day


def _iso(text: str) -> date | None:
    if len(text) != 10 or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
