"""Addresses as clerks really write them: abbreviations, old names, missing parts, another order, groups, full width, slips.

From seeds of its own, so that a city without it has the same bytes as before. Which village an address truly lies in stands beside
the deliveries and is known to nobody but the generator.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import land
from synth.damage import full_width
from synth.land import Home
from synth.places import places

Ints = NDArray[np.int64]
KIND = "addresses"  # the name under which `--damage` switches it on


@dataclass(frozen=True)
class Rates:
    """Share of addresses with each irregularity; old names of those that have one, group spellings of those with a group."""

    village_missing: float = 0.42
    village_short: float = 0.12  # 社区, 村 left out
    village_old: float = 0.60  # of merged villages: the name of before
    town_missing: float = 0.15
    town_short: float = 0.12  # 街道, 镇 left out
    city_missing: float = 0.25
    district_short: float = 0.10
    road_old: float = 0.50  # of renamed roads
    road_missing: float = 0.30  # of estates: the estate alone
    estate_missing: float = 0.08
    number_missing: float = 0.03
    other_order: float = 0.06
    group_written: float = 0.45
    yard_missing: float = 0.35
    full_width: float = 0.05
    blanks: float = 0.04
    sign: float = 0.08
    typo: float = 0.025
    bare: float = 0.012
    neighbour_code: float = 0.002  # the department's code is that of the village beside

    def scaled(self, factor: float) -> "Rates":
        return replace(self, **{item.name: min(1.0, getattr(self, item.name) * factor) for item in fields(self)})


KINDS = tuple(item.name for item in fields(Rates))
BIT = {name: 1 << at for at, name in enumerate(KINDS)}
_SLIPS = {
    "路": "略",
    "街": "衔",
    "园": "圆",
    "苑": "宛",
    "龙": "尤",
    "金": "全",
    "新": "薪",
    "石": "右",
    "江": "汪",
    "桥": "侨",
    "湾": "弯",
    "坪": "平",
    "天": "夭",
}
_DIGITS = "零一二三四五六七八九"


@dataclass
class Parts:
    """One address before it is put together; irregularities change the parts."""

    city: str
    district: str
    town: str
    village: str
    place: str  # group and small place
    road: str
    estate: str
    door: str  # building, unit and flat


def written(rng: np.random.Generator, village: Ints, household: Ints, rates: Rates) -> tuple[pa.Array, Ints]:
    """The address of each household, and which irregularities it has (bits of BIT)."""
    count = len(village)
    drawn = rng.random((count, len(KINDS))) < np.array([getattr(rates, name) for name in KINDS])
    dice = rng.integers(0, 2**40, count)
    texts, masks = [], np.zeros(count, np.int64)
    for at, (where, house) in enumerate(zip(village.tolist(), household.tolist(), strict=True)):
        wanted = {name for name, is_drawn in zip(KINDS, drawn[at].tolist(), strict=True) if is_drawn}
        text, masks[at] = _address(where, house, wanted, int(dice[at]))
        texts.append(text)
    return pa.array(texts, pa.string()), masks


def _address(village: int, household: int, wanted: set[str], dice: int) -> tuple[str, int]:
    home = land.home(village, household)
    district, town, name = places().names[village]
    parts = Parts("重庆市", district, town, name, *_where(home))
    done = {
        kind for kind in KINDS if kind in wanted and kind in _CHANGES and _CHANGES[kind](parts, home, village, dice)
    }
    text = _joined(parts, other_order="other_order" in wanted, done=done)
    for kind, change in _OF_TEXT.items():
        if kind in wanted and (new := change(text, dice)) != text:
            text = new
            done.add(kind)
    return text, sum(BIT[kind] for kind in done | wanted & {"neighbour_code"})


def _where(home: Home) -> tuple[str, str, str, str]:
    if home.road is None:
        return f"{home.group}组{home.yard}", "", "", f"{home.no}号"
    flat = f"{home.floor}-{home.flat}"
    if home.estate:
        return "", f"{home.road.name}{home.no}号", home.estate, f"{home.building}幢{home.unit}单元{flat}"
    return "", f"{home.road.name}{home.no}号", "", flat


def _joined(parts: Parts, *, other_order: bool, done: set[str]) -> str:
    above = parts.city + parts.district + parts.town
    here = parts.place + parts.road + parts.estate + parts.door
    if other_order and parts.village and parts.road:
        done.add("other_order")
        return f"{above}{here}（{parts.village}）"
    return above + parts.village + here


def _cut(text: str, endings: Sequence[str], least: int = 3) -> str:
    return next(
        (text.removesuffix(end) for end in endings if text.endswith(end) and len(text) >= least + len(end) - 1), text
    )


def _set(name: str, by: Callable[[Parts, Home, int, int], str]) -> Callable[[Parts, Home, int, int], bool]:
    """A change of one part; says whether it is another now."""

    def change(parts: Parts, home: Home, village: int, dice: int) -> bool:
        before = getattr(parts, name)
        setattr(parts, name, by(parts, home, village, dice))
        return bool(getattr(parts, name) != before)

    return change


def _group(parts: Parts, home: Home, village: int, dice: int) -> str:
    if home.road is not None:
        return parts.place
    said = _DIGITS[home.group]
    form = (f"{said}组", f"{home.group}社", f"{said}社", f"第{said}村民小组", f"{home.group}村民小组")[dice % 5]
    return form + home.yard


def _old_road(parts: Parts, home: Home, village: int, dice: int) -> str:
    return f"{home.road.old}{home.no}号" if home.road and home.road.old and parts.road else parts.road


def _no_yard(parts: Parts, home: Home, village: int, dice: int) -> str:
    return parts.place.removesuffix(home.yard) if home.yard else parts.place


def _bare(parts: Parts, home: Home, village: int, dice: int) -> bool:
    parts.village = parts.place = parts.road = parts.estate = parts.door = ""
    return True


# In this order: what is missing altogether is not spelt otherwise.
_CHANGES: dict[str, Callable[[Parts, Home, int, int], bool]] = {
    "village_old": _set("village", lambda p, h, v, d: land.old_village(v) or p.village),
    "village_short": _set("village", lambda p, h, v, d: _cut(p.village, ("社区", "村"))),
    "village_missing": _set("village", lambda p, h, v, d: ""),
    "town_short": _set("town", lambda p, h, v, d: _cut(p.town, ("街道", "镇", "乡"))),
    "town_missing": _set("town", lambda p, h, v, d: ""),
    "city_missing": _set("city", lambda p, h, v, d: "" if d % 3 else "重庆"),
    "district_short": _set("district", lambda p, h, v, d: _cut(p.district, ("区", "县"))),
    "road_old": _set("road", _old_road),
    "road_missing": _set("road", lambda p, h, v, d: "" if p.estate else p.road),
    "estate_missing": _set("estate", lambda p, h, v, d: "" if p.road else p.estate),
    "number_missing": _set("door", lambda p, h, v, d: ""),
    "group_written": _set("place", _group),
    "yard_missing": _set("place", _no_yard),
    "bare": _bare,
}  # fmt: skip
_CHANGES = {kind: _CHANGES[kind] for kind in KINDS if kind in _CHANGES}


def _typo(text: str, dice: int) -> str:
    spots = [at for at, char in enumerate(text) if char in _SLIPS and at > 5]
    if not spots:
        return text
    at = spots[dice % len(spots)]
    return text[:at] + (_SLIPS[text[at]] if dice // 64 % 3 else "") + text[at + 1 :]


def _blanks(text: str, dice: int) -> str:
    at = 3 + dice % max(1, len(text) - 3)
    return text[:at] + (" ", "　", "\u00a0")[dice // 64 % 3] + text[at:]


_OF_TEXT: dict[str, Callable[[str, int], str]] = {
    "typo": _typo,
    "sign": lambda text, dice: text.replace("号", ("#", "＃", "號")[dice % 3], 1).replace("幢", ("栋", "号楼")[dice % 2], 1),
    "blanks": _blanks,
    "full_width": full_width,
}  # fmt: skip


def neighbour_coded(village: Ints, kinds: Ints) -> Ints:
    """The village whose code the department has: of few addresses the one beside the true one."""
    wrong = kinds & BIT["neighbour_code"] != 0
    return np.where(wrong, np.array(land.neighbours())[village], village)


def truth(source: str, key: pa.Array, village: Ints, kinds: Ints) -> pa.Table:
    """One row per file row: the village (12 digits) in which its address lies, and the irregularities of the address."""
    codes = places().codes.slice(2 * places().count, places().count)
    values, inverse = np.unique(kinds, return_inverse=True)
    names = pa.array([";".join(name for name in KINDS if int(mask) & BIT[name]) for mask in values], pa.string())
    return pa.table(
        {
            "source": pa.array([source] * len(village), pa.string()),
            "record_key": key.cast(pa.string()),
            "village": codes.take(pa.array(village)),
            "kinds": names.take(pa.array(inverse)),
        }
    )
