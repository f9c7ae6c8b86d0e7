"""Who is to be registered, and why (规程第四条)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from canbao.rules.article import article


class ScopeBasis(StrEnum):
    LOCAL_HUKOU = "LOCAL_HUKOU"
    INSURED_HERE = "INSURED_HERE"
    RESIDENT_HERE = "RESIDENT_HERE"
    UNREGISTERED_NEWBORN = "UNREGISTERED_NEWBORN"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    ScopeBasis.LOCAL_HUKOU: "本地户籍",
    ScopeBasis.INSURED_HERE: "外地户籍本地参保",
    ScopeBasis.RESIDENT_HERE: "外地来渝常住",
    ScopeBasis.UNREGISTERED_NEWBORN: "未上户新生儿",
}


@dataclass(frozen=True, slots=True)
class ScopeFacts:
    """hukou_status: NORMAL, MOVED_OUT, DECEASED, CANCELLED or None (not in the police list); residence: RESIDENT, FLOATING, LEFT."""

    hukou_status: str | None = None
    insured_here: bool = False  # an enrolment that is neither terminated nor only known from elsewhere
    residence: str | None = None
    newborn: bool = False  # known by a birth certificate, without a number of a hukou
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """basis None: not to be registered, or no longer."""

    basis: ScopeBasis | None
    reason: str


# The first row that applies decides. A newborn without hukou is not "of another place", so this comes before being insured or
# resident here; a floating person is not a resident (常住), so nothing but insurance brings him in.
_ORDER: tuple[tuple[str, ScopeBasis | None, str], ...] = (
    ("dead", None, "已死亡，不再属于登记对象。"),
    ("local", ScopeBasis.LOCAL_HUKOU, "公安户籍人口中户籍状态正常。"),
    ("newborn", ScopeBasis.UNREGISTERED_NEWBORN, "凭出生医学证明登记，尚未办理户籍登记。"),
    ("insured", ScopeBasis.INSURED_HERE, "无本地户籍，在本地有未终止的参保关系。"),
    ("resident", ScopeBasis.RESIDENT_HERE, "无本地户籍，卫生计生登记为常住人口。"),
    ("moved", None, "户籍已迁出或注销，且未在本地参保、常住。"),
    ("left", None, "已离开本地，且无本地户籍、未在本地参保。"),
)
_OTHERWISE = Scope(None, "无本地户籍，未在本地参保，也不是常住人口。")


@article(4)
def scope_of(facts: ScopeFacts) -> Scope:
    """Which of the four groups a person belongs to, with the sentence that says why."""
    applies = {
        "dead": facts.dead or facts.hukou_status == "DECEASED",
        "local": facts.hukou_status == "NORMAL",
        "newborn": facts.newborn,
        "insured": facts.insured_here,
        "resident": facts.residence == "RESIDENT",
        "moved": facts.hukou_status in ("MOVED_OUT", "CANCELLED"),
        "left": facts.residence == "LEFT",
    }
    return next((Scope(basis, reason) for fact, basis, reason in _ORDER if applies[fact]), _OTHERWISE)
