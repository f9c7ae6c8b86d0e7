"""The real divisions of the city, weighted by people, and the addresses in them."""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import shape

DIVISIONS = Path(__file__).parents[1] / "canbao" / "rules" / "data" / "divisions.csv"
SUFFIXES = ("居民委员会", "村民委员会")
VARIANTS = 6
LEVELS = {2: "1", 6: "3", 9: "4", 12: "5"}


@dataclass(frozen=True)
class Places:
    """All villages in code order, one array element each."""

    codes: pa.Array  # 4 x villages: 6, 9 and 12 digits, 6 digits after the latest change
    prefixes: pa.Array  # VARIANTS x villages: ways of writing the place
    district: NDArray[np.int64]  # 0..37
    urban: NDArray[np.bool_]
    minority: NDArray[np.bool_]  # in a district of the Tujia and Miao
    share: NDArray[np.float64]  # of hukou people; sums to one
    town_share: NDArray[np.float64]  # where people move to; sums to one
    district_names: list[str]
    names: list[tuple[str, str, str]]  # district, town, short name of each village

    @property
    def count(self) -> int:
        return len(self.district)


def _latest(villages: list[str]) -> list[str]:
    """The present district of each village, where its town has changed hands."""
    with DIVISIONS.open(encoding="utf-8-sig", newline="") as file:
        towns = {row["code"]: row["parent"] for row in csv.DictReader(file) if row["valid_from"] > "2025"}
    return [towns.get(code[:9], code[:6]) for code in villages]


def _read() -> dict[str, tuple[str, str, str]]:
    """Code to level, name and parent as the departments still write them, before the change of January 2026."""
    if not DIVISIONS.exists():
        raise FileNotFoundError(f"缺少区划表 {DIVISIONS}")
    with DIVISIONS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["valid_from"] < "2025"]
    return {row["code"]: (LEVELS[len(row["code"])], row["name"], row["parent"]) for row in rows}


def _short(name: str) -> str:
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name if name.endswith(("社区", "村")) else name + "村"


def _variants(district: str, town: str, village: str) -> tuple[str, ...]:
    return (
        f"重庆市{district}{town}{village}",
        f"{district}{town}{village}",
        f"重庆市{district}{town}",
        f"{town}{village}",
        f"重庆{district}{village}",
        f"重庆市 {district} {town} {village}",
    )


@functools.cache
def places() -> Places:
    """Read once; the order of villages decides the order of people."""
    tree = _read()
    villages = sorted(code for code, (level, _, _) in tree.items() if level == "5")
    names = [tree[code][1] for code in villages]
    districts = sorted({code[:6] for code in villages})
    whole = [(tree[c[:6]][1], tree[c[:9]][1], _short(name)) for c, name in zip(villages, names, strict=True)]
    texts = [_variants(*parts) for parts in whole]
    urban = np.array([not name.endswith("村民委员会") for name in names])
    district = np.array([districts.index(code[:6]) for code in villages])
    rng = np.random.default_rng(500)
    size = np.where(urban, 1.7, 1.0) * rng.lognormal(0, 0.45, len(villages))
    people = np.array([shape.DISTRICT_PEOPLE.get(code, 60.0) for code in districts])
    share = size / np.bincount(district, size)[district] * people[district] / people.sum()
    centre = np.array([code in shape.CENTRE for code in districts])[district]
    moves = share * np.where(urban, 3.0, 0.3) * np.where(centre, 4.0, 1.0)
    return Places(
        codes=pa.array([*(c[:6] for c in villages), *(c[:9] for c in villages), *villages, *_latest(villages)]),
        prefixes=pa.array([row[v] for v in range(VARIANTS) for row in texts]),
        district=district,
        urban=urban,
        minority=np.array([code in shape.TUJIA_MIAO for code in districts])[district],
        share=share,
        town_share=moves / moves.sum(),
        district_names=[tree[code][1] for code in districts],
        names=whole,
    )
