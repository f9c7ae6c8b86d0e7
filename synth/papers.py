"""Giving everybody a document: identity numbers that never meet, permits, birth certificates."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import numbers
from synth.model import CAME, FOREIGN, GREATER_CHINA, NO_HUKOU, City
from synth.places import Places
from synth.shape import BLOCK
from synth.strings import blank, patch

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SPARE_WINDOWS = 8  # sequence numbers kept free for later newborns and newcomers


def _windows(city: City, which: int, at: Places, village: Ints) -> tuple[Ints, Ints, Ints]:
    """First area code, first slot and number of slots free to this block in the district of each person."""
    starts = city.starts(at)
    ends = np.r_[starts[1:], city.people]
    first, last = starts // BLOCK, np.maximum(ends - 1, starts) // BLOCK
    windows = last - first + 1 + SPARE_WINDOWS
    room = numbers.SEQUENCES * numbers.AREAS_PER_DISTRICT // windows
    mine = np.where(which < city.blocks, which - first, windows - SPARE_WINDOWS + (which - city.blocks) % SPARE_WINDOWS)
    district = at.district[village]
    areas = numbers.FIRST_AREA + numbers.AREAS_PER_DISTRICT * district
    return areas, (mine * room)[district], room[district]


def citizens(city: City, which: int, at: Places, village: Ints, birth: Ints, sex: Ints, came: Bools) -> pa.Array:
    areas, base, room = _windows(city, which, at, village)
    outside = numbers.SEQUENCES * numbers.OTHER_PROVINCES // (city.blocks + SPARE_WINDOWS)
    areas = np.where(came, numbers.FIRST_AREA + 100 - numbers.OTHER_PROVINCES, areas)
    base = np.where(came, which * outside, base)
    room = np.where(came, outside, room)
    rank = numbers.ranks((birth + 100_000) * 1000 + (areas - numbers.FIRST_AREA) * 4 + sex)
    if (rank >= room).any():
        raise OverflowError("同一天出生的人太多，号码不够分配")
    slot = base + (birth * 7919 + city.seed + rank) % room
    return numbers.citizen(
        areas + slot // numbers.SEQUENCES, birth, 2 * (slot % numbers.SEQUENCES) + np.where(sex == 1, 1, 2)
    )


def documents(
    rng: np.random.Generator, city: City, which: int, at: Places, village: Ints, birth: Ints, sex: Ints, standing: Ints,
    hukou: Ints, age: Ints,
) -> tuple[pa.Array, pa.Array, pa.Array]:  # fmt: skip
    count = len(birth)
    number = citizens(city, which, at, village, birth, sex, standing == CAME)
    serial = which * BLOCK + np.arange(count)
    document = np.full(count, "01", object)
    unregistered = (age < 365) & (hukou == NO_HUKOU)
    number = blank(number, unregistered)
    certificate = blank(numbers.prefixed(b"Z50", serial, 8), age >= 365)
    for form, where in _permits(rng, standing, unregistered):
        document[where] = form[:2]
        number = patch(number, where, PERMITS[form](serial[where], birth[where], sex[where]))
    return pa.array(document, pa.string()), number, certificate


def _permits(rng: np.random.Generator, standing: Ints, unregistered: Bools) -> list[tuple[str, Ints]]:
    dice = rng.random(len(standing))
    foreign, greater = (standing == FOREIGN) & ~unregistered, (standing == GREATER_CHINA) & ~unregistered
    bounds = (("08", foreign, 0, 0.7), ("07old", foreign, 0.7, 0.85), ("07new", foreign, 0.85, 1), ("04", greater, 0, 0.35),
              ("06", greater, 0.35, 0.6), ("17", greater, 0.6, 1))  # fmt: skip
    return [(form, np.flatnonzero(group & (dice >= low) & (dice < high))) for form, group, low, high in bounds]


def _permanent_old(serial: Ints, birth: Ints, sex: Ints) -> pa.Array:
    head = np.tile(np.frombuffer(b"USA", np.uint8), (len(serial), 1))
    tail = numbers.day_number(birth) % 1_000_000
    return numbers.text(
        np.hstack(
            [
                head,
                numbers.digits(np.full(len(serial), 5009), 4),
                numbers.digits(tail, 6),
                numbers.digits(serial % 100, 2),
            ]
        )
    )


def _permanent_new(serial: Ints, birth: Ints, sex: Ints) -> pa.Array:
    head = np.tile(np.frombuffer(b"950840", np.uint8), (len(serial), 1))
    body = np.hstack([head, numbers.digits(numbers.day_number(birth), 8), numbers.digits(900 + serial % 100, 3)])
    return numbers.text(numbers.with_check(body))


def _residence(serial: Ints, birth: Ints, sex: Ints) -> pa.Array:
    return numbers.citizen(810000 + serial % 3 * 10000, birth, 900 + serial // 3 % 49 * 2 + (sex == 1))


PERMITS = {
    "08": lambda serial, birth, sex: numbers.prefixed(b"E", serial, 8),
    "07old": _permanent_old,
    "07new": _permanent_new,
    "04": lambda serial, birth, sex: numbers.prefixed(b"H", serial, 8),
    "06": lambda serial, birth, sex: numbers.text(numbers.digits(serial + 10_000_000, 8)),
    "17": _residence,
}
