"""Which village a person belongs to, by what addresses, households and other records say; and when that is sure enough (规程第五条).

Each piece of evidence points to one village of the person's town and is worth what it proved to be worth on records whose village is
known (`Evidence`, `band`). Evidence of different families adds up; the answer is judged by how far the best village is ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log2
from typing import Final

from canbao.rules.article import article
from canbao.rules.village_address import Sign

RULE_VERSION: Final = "2026-12-2"


class Evidence(StrEnum):
    """What points to a village; the value is stored as the rule of an assignment. Of equal evidence the first is told."""

    OWN_SAME = "OWN_SAME"  # another record of the person, at the same door
    OWN_OTHER = "OWN_OTHER"  # another record of the person, at another door
    OWN_UNKNOWN = "OWN_UNKNOWN"  # another record of the person; the doors cannot be compared
    OWN_INSURED = "OWN_INSURED"  # the village in which an insurance of the person is registered
    HOUSE_SAME = "HOUSE_SAME"  # members of the household at the same door
    HOUSE = "HOUSE"  # members of the household
    HOUSE_INSURED = "HOUSE_INSURED"  # the village in which insurances of the household's members are registered
    OFFICIAL = "OFFICIAL"  # the official name of exactly one village of the town
    OFFICIAL_START = "OFFICIAL_START"  # the address begins with such a name
    NAME = Sign.NAME.value
    BUILDING = Sign.BUILDING.value
    DOOR = Sign.DOOR.value
    YARD = Sign.YARD.value
    ESTATE = Sign.ESTATE.value
    SECTION = Sign.SECTION.value
    ROAD = Sign.ROAD.value
    PHRASE = Sign.PHRASE.value


class Family(StrEnum):
    """Evidence of one family says the same thing again: only the best of it counts."""

    OWN = "OWN"
    HOUSE = "HOUSE"
    NAME = "NAME"
    PLACE = "PLACE"


FAMILY: Final[Mapping[Evidence, Family]] = {
    Evidence.OWN_SAME: Family.OWN, Evidence.OWN_OTHER: Family.OWN, Evidence.OWN_UNKNOWN: Family.OWN,
    Evidence.OWN_INSURED: Family.OWN, Evidence.HOUSE_INSURED: Family.HOUSE,
    Evidence.HOUSE_SAME: Family.HOUSE, Evidence.HOUSE: Family.HOUSE,
    Evidence.OFFICIAL: Family.NAME, Evidence.OFFICIAL_START: Family.NAME, Evidence.NAME: Family.NAME,
    Evidence.PHRASE: Family.NAME,
    **dict.fromkeys((Evidence.BUILDING, Evidence.DOOR, Evidence.SECTION, Evidence.ESTATE, Evidence.YARD, Evidence.ROAD), Family.PLACE),
}  # fmt: skip

# Bands: how many people stand behind a piece of evidence, and which share of them lives in its village.
PEOPLE_FROM: Final = (1, 2, 3, 5, 10, 30, 100)
SHARES_FROM: Final = (1.0, 0.98, 0.9, 0.7, 0.5, 0.0)

ASSIGN_AT: Final = (
    0.99  # of the people assigned in a town so many have to be right; over the city that is more than 99.5 %
)
LEAST: Final = 0.98  # nobody is assigned on evidence that is right less often: a road or an estate by itself seldom is
SUGGEST_AT: Final = 0.30  # below, a suggestion would cost more than it saves
PRIOR: Final = 30  # people of the whole city that weigh in a town's own figures
STEPS_OF_A_BIT: Final = 2
MOST_BITS: Final = 10


def band(people: int, in_village: int) -> str:
    """The band of evidence behind which `people` stand, `in_village` of them in its village; "" for evidence without people."""
    if not people:
        return ""
    many = max(place for place, least in enumerate(PEOPLE_FROM) if people >= least)
    share = next(place for place, least in enumerate(SHARES_FROM) if in_village / people >= least)
    return f"{many}-{share}"


def proven(right: int, people: int) -> float:
    """How often evidence was right, told carefully where it was seldom tried."""
    return (right + 0.5) / (people + 1)


def bits(share: float) -> float:
    """The odds of a share as bits, at most MOST_BITS either way."""
    return max(-MOST_BITS, min(MOST_BITS, log2(share / (1 - share)))) if 0 < share < 1 else 0.0


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: what it is, the village, and how often its band proved right."""

    evidence: Evidence
    village: str
    right_share: float


@dataclass(frozen=True, slots=True)
class Choice:
    """village: the best; ahead: steps of half a bit by which it leads; by: its strongest evidence, how the address
    begins only where there is no other: a clerk learns least from it."""

    village: str
    ahead: int
    by: Evidence


def choose(pieces: Sequence[Piece]) -> Choice | None:
    """The village that the pieces favour, None without any."""
    best: dict[tuple[str, Family], Piece] = {}
    for piece in sorted(
        pieces, key=lambda piece: (-piece.right_share, list(Evidence).index(piece.evidence), piece.village)
    ):
        best.setdefault((piece.village, FAMILY[piece.evidence]), piece)
    if not best:
        return None
    scores: dict[str, float] = {}
    for (village, _), piece in best.items():
        scores[village] = scores.get(village, 0.0) + max(0.0, bits(piece.right_share))
    order = sorted(scores, key=lambda village: (-scores[village], village))
    rest = scores[order[1]] if len(order) > 1 else 0.0
    told = [piece for (village, _), piece in best.items() if village == order[0]]  # the strongest first
    strongest = next((piece for piece in told if piece.evidence is not Evidence.PHRASE), told[0])
    return Choice(order[0], step(scores[order[0]] - rest), strongest.evidence)


def step(ahead: float) -> int:
    """The lead in whole steps."""
    return min(int(ahead * STEPS_OF_A_BIT), 2 * MOST_BITS * STEPS_OF_A_BIT)


def rising(tried: Mapping[int, tuple[int, int]]) -> dict[int, float]:
    """How often answers with each lead are right, for (right, people) by lead; a longer lead is never worth less.

    Neighbouring leads that contradict this are taken together (pool adjacent violators, Ayer et al. 1955).
    """
    blocks: list[tuple[int, int, list[int]]] = []
    for ahead in sorted(tried):
        right, people = tried[ahead]
        blocks.append((right, people, [ahead]))
        while len(blocks) > 1 and proven(*blocks[-2][:2]) >= proven(*blocks[-1][:2]):
            right, people, leads = blocks.pop()
            before = blocks.pop()
            blocks.append((before[0] + right, before[1] + people, before[2] + leads))
    return {ahead: proven(right, people) for right, people, leads in blocks for ahead in leads}


def at_lead(shares: Mapping[int, float], ahead: int) -> float:
    """The share of a lead, or of the nearest shorter one that was tried; 0 below all of them."""
    tried = [lead for lead in shares if lead <= ahead]
    return shares[max(tried)] if tried else 0.0


@article(5)
def in_town(right: int, people: int, city: float) -> float:
    """How often answers with one lead are right in one town: its own figures, steadied by the city's."""
    return (right + PRIOR * city) / (people + PRIOR)


def cut(steps: Mapping[int, tuple[int, float]]) -> int | None:
    """The least lead that is assigned without a clerk, for people by lead and how often such answers are right; None for none.

    The longest leads come first, none below LEAST; the cut is the last at which ASSIGN_AT of all people down to it are right. A longest
    lead that was wrong once in a town does not keep the many behind it from being assigned.
    """
    people, right, found = 0, 0.0, None
    for ahead in sorted(steps, reverse=True):
        count, share = steps[ahead]
        people, right = people + count, right + count * share
        if share < LEAST:
            break
        if people and right / people >= ASSIGN_AT:
            found = ahead
    return found


class AssignmentState(StrEnum):
    """How the village of a person stands who has none from a department."""

    ASSIGNED = "ASSIGNED"
    SUGGESTED = "SUGGESTED"
    NONE = "NONE"
    CONFIRMED = "CONFIRMED"
    CORRECTED = "CORRECTED"
    WITHDRAWN = "WITHDRAWN"

    @property
    def label(self) -> str:
        return _STATES[self]


_STATES: Final = {
    AssignmentState.ASSIGNED: "按规则确定", AssignmentState.SUGGESTED: "待确认", AssignmentState.NONE: "无法判断",
    AssignmentState.CONFIRMED: "人工确认", AssignmentState.CORRECTED: "人工更正", AssignmentState.WITHDRAWN: "已撤回，待确定",
}  # fmt: skip
# The person is registered in the village; what a clerk said holds until the departments name another town.
PLACED: Final = (AssignmentState.ASSIGNED, AssignmentState.CONFIRMED, AssignmentState.CORRECTED)
BY_CLERK: Final = (AssignmentState.CONFIRMED, AssignmentState.CORRECTED, AssignmentState.WITHDRAWN)
OPEN: Final = (AssignmentState.SUGGESTED, AssignmentState.NONE, AssignmentState.WITHDRAWN)


class Missing(StrEnum):
    """Why there is no suggestion; the value is stored in the place of the rule."""

    NO_TOWN = "NO_TOWN"
    NO_PLACE = "NO_PLACE"
    NO_SIGN = "NO_SIGN"


_REASONS: Final[Mapping[str, str]] = {
    Evidence.OWN_SAME: "本人另一处登记的住址门牌相同，已登记在该村（社区）",
    Evidence.OWN_OTHER: "本人另一处登记在该村（社区），门牌不同",
    Evidence.OWN_UNKNOWN: "本人另一处登记在该村（社区），地址没有门牌可以对照",
    Evidence.OWN_INSURED: "本人 {people} 条参保登记中 {in_village} 条登记在该村（社区）",
    Evidence.HOUSE_SAME: "同户、同门牌 {people} 人中 {in_village} 人登记在该村（社区）",
    Evidence.HOUSE: "同户 {people} 人中 {in_village} 人登记在该村（社区）",
    Evidence.HOUSE_INSURED: "同户 {people} 人的参保登记中 {in_village} 人登记在该村（社区）",
    Evidence.OFFICIAL: "地址写明该村（社区）名称",
    Evidence.OFFICIAL_START: "地址以该村（社区）名称开头",
    **{sign: sign.label + " {people} 人中 {in_village} 人属于该村（社区）" for sign in Sign},
    Missing.NO_TOWN: "地址和区划不能确定镇街",
    Missing.NO_PLACE: "地址没有写明镇街以下的地点",
    Missing.NO_SIGN: "本镇街没有可以对照的登记",
}
_KINDS: Final[Mapping[str, str]] = {
    Evidence.OWN_SAME: "本人其他登记，门牌相同", Evidence.OWN_OTHER: "本人其他登记，门牌不同", Evidence.OWN_UNKNOWN: "本人其他登记，无门牌",
    Evidence.OWN_INSURED: "本人参保登记", Evidence.HOUSE_SAME: "同户、同门牌", Evidence.HOUSE: "同户",
    Evidence.HOUSE_INSURED: "同户参保登记", Evidence.OFFICIAL: "写明村社名称", Evidence.OFFICIAL_START: "以村社名称开头",
    **{sign: sign.label for sign in Sign}, Sign.PHRASE: "同一地名开头",
    Missing.NO_TOWN: "不能确定镇街", Missing.NO_PLACE: "没有写明地点", Missing.NO_SIGN: "没有可以对照的登记",
}  # fmt: skip


def reason(rule: str, people: int, in_village: int) -> str:
    """The rule that decided, in the words of the screens; "" for an unknown rule."""
    return _REASONS.get(rule, "").format(people=f"{people:,}", in_village=f"{in_village:,}")


def kind_of_reason(rule: str) -> str:
    """The rule without its figures, for counts."""
    return _KINDS.get(rule, "")
