"""The map of the districts as paths, from the boundaries of the pinned package; drawn once for each process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import cos, radians
from typing import Any

from canbao.rules.division import load_tree
from canbao.rules.offices import office_path
from canbao.web.assets import pinned

WIDTH, HEIGHT = 640, 600
MARGIN = 8
LABEL_FROM = 34  # a shape narrower than this has its name only as a title
STEPS = (20, 40, 60, 80)  # percent: five colours, none where there is nobody
_Ring = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A district on the map; name_x is empty where the name does not fit."""

    code: str
    name: str
    path: str
    name_x: str
    name_y: str

    @property
    def short(self) -> str:
        """As a map writes it: 石柱 for 石柱土家族自治县."""
        bare = self.name.partition("土家族")[0].partition("苗族")[0]
        return bare[:-1] if bare == self.name and len(bare) > 2 else bare


@dataclass(frozen=True, slots=True)
class Area:
    """A shape with its share. office: who answers for it today, which need not be of this name."""

    shape: Shape
    office: str
    tone: str
    title: str


@cache
def shapes() -> tuple[Shape, ...]:
    features = json.loads(pinned()["progress/map.json"].read_text("utf-8"))["features"]
    place = _projection([ring for one in features for ring in _rings(one)])
    return tuple(_shape(one, place) for one in features)


def _rings(feature: Mapping[str, Any]) -> list[_Ring]:
    """Outer and inner rings alike: drawn with the even-odd rule."""
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(point[0], point[1]) for point in ring] for polygon in polygons for ring in polygon]


@dataclass(frozen=True, slots=True)
class _Projection:
    """Degrees to the drawing: as wide as they are at the middle latitude."""

    west: float
    north: float
    scale: float
    narrow: float

    def of(self, point: tuple[float, float]) -> tuple[float, float]:
        x = (point[0] - self.west) * self.narrow * self.scale + MARGIN
        return round(x, 1), round((self.north - point[1]) * self.scale + MARGIN, 1)


def _projection(rings: Iterable[_Ring]) -> _Projection:
    points = [point for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = cos(radians((south + north) / 2))
    scale = min((WIDTH - 2 * MARGIN) / ((east - west) * narrow), (HEIGHT - 2 * MARGIN) / (north - south))
    return _Projection(west, north, scale, narrow)


def _shape(feature: Mapping[str, Any], place: _Projection) -> Shape:
    about, rings = feature["properties"], [[place.of(point) for point in ring] for ring in _rings(feature)]
    drawn = "".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in rings)
    across = [x for ring in rings for x, _ in ring]
    x, y = place.of(tuple(about.get("centroid") or about["center"]))
    fits = max(across) - min(across) >= LABEL_FROM
    return Shape(str(about["adcode"]), about["name"], drawn, str(x) if fits else "", str(y) if fits else "")


def areas(shares: Mapping[str, tuple[int, int]], *, on: date) -> list[Area]:
    """The map of a day. shares: (done, of how many) by agency."""
    return [_area(shape, shares, on) for shape in shapes()]


def _area(shape: Shape, shares: Mapping[str, tuple[int, int]], on: date) -> Area:
    office = office_path(shape.code, on)[:6]
    done, of = shares.get(office, (0, 0))
    said = f"{shape.name}：已录入办结 {done:,} / 应访 {of:,}" if of else f"{shape.name}：没有走访名单"
    if office != shape.code:
        said += f"（现由{load_tree().name(office, on)}负责，为其全部数字）"
    return Area(shape, office if of else "", tone(done, of), said)


def tone(done: int, of: int) -> str:
    """The class of the colour."""
    if not of:
        return "share-none"
    return f"share-{sum(100 * done >= step * of for step in STEPS)}"


def not_on_map(offices: Iterable[str], *, on: date) -> list[str]:
    """The agencies with lines that answer for no shape of the map."""
    drawn = {office_path(shape.code, on)[:6] for shape in shapes()}
    return [office for office in offices if office not in drawn]
