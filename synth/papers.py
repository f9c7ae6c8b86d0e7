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
RUN = 3


def _windows(city: City, which: int, at: Places, village: Ints) -> tuple[Ints, Ints]:
    """How many blocks share the sequence numbers of each person's district, and which share is this block's."""
    starts = city.starts(at)
    first, last = starts // BLOCK, np.maximum(np.r_[starts[1:], city.people] - 1, starts) // BLOCK
    windows = last - first + 1 + SPARE_WINDOWS
    late = which - city.blocks
    mine = np.where(late < 0, which - first, windows - SPARE_WINDOWS + late % SPARE_WINDOWS)
    return windows[at.district[village]], mine[at.district[village]]


def _scramble(days: Ints, salt: int) -> Ints:
    mixed = (np.asarray(days) + 100_003 + salt * 7919) * 2_654_435_761 % 4_294_967_291
    return mixed * 40_503 % 4_294_967_291 >> 7


def citizens(city: City, which: int, at: Places, village: Ints, birth: Ints, sex: Ints, came: Bools) -> pa.Array:
    """A number for everybody. Blocks interleave within a birthday, in runs of three so that twins stay neighbours."""
    windows, mine = _windows(city, which, at, village)
    windows = np.where(came, city.blocks + SPARE_WINDOWS, windows)
    mine = np.where(came, which, mine)
    first = numbers.FIRST_AREA + np.where(
        came, 100 - numbers.OTHER_PROVINCES, numbers.AREAS_PER_DISTRICT * at.district[village]
    )
    codes = np.where(came, numbers.OTHER_PROVINCES, numbers.AREAS_PER_DISTRICT)
    room = numbers.SEQUENCES * codes // RUN // windows
    rank = numbers.ranks((birth + 100_000) * 1000 + (first - numbers.FIRST_AREA) * 4 + sex)
    if (rank >= room * RUN).any():
        raise OverflowError("同一天出生的人太多，号码不够分配")
    run = windows * ((_scramble(birth, city.seed) + rank // RUN) % room) + (mine + _scramble(birth, 1)) % windows
    slot = run * RUN + rank % RUN
    sequence = 2 * (slot % numbers.SEQUENCES) + np.where(sex == 1, 1, 2)
    return numbers.citizen(first + slot // numbers.SEQUENCES, birth, sequence)


def documents(
    rng: np.random.Generator,
    city: City,
    which: int,
    at: Places,
    village: Ints,
    birth: Ints,
    sex: Ints,
    standing: Ints,
    hukou: Ints,
    age: Ints,
) -> tuple[pa.Array, pa.Array, pa.Array]:
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
    bounds = (
        ("08", foreign, 0, 0.7),
        ("07old", foreign, 0.7, 0.85),
        ("07new", foreign, 0.85, 1),
        ("04", greater, 0, 0.35),
        ("06", greater, 0.35, 0.6),
        ("17", greater, 0.6, 1),
    )
    return [(form, np.flatnonzero(group & (dice >= low) & (dice < high))) for form, group, low, high in bounds]


def _permanent_old(serial: Ints, birth: Ints, sex: Ints) -> pa.Array:
    head = np.tile(np.frombuffer(b"USA50", np.uint8), (len(serial), 1))
    born = numbers.digits(numbers.day_number(birth) % 1_000_000, 6)
    return numbers.text(np.hstack([head, born, numbers.digits(serial % 10_000, 4)]))


def _permanent_new(serial: Ints, birth: Ints, sex: Ints) -> pa.Array:
    head = np.tile(np.frombuffer(b"950840", np.uint8), (len(serial), 1))
    body = np.hstack([head, numbers.digits(numbers.day_number(birth), 8), numbers.digits(serial % 1000, 3)])
    return numbers.text(numbers.with_check(body))


def _residence(serial: Ints, birth: Ints, sex: Ints) -> pa.Array:
    return numbers.citizen(810000 + serial % 3 * 10000, birth, 500 + serial // 3 % 249 * 2 + (sex == 1))


PERMITS = {
    "08": lambda serial, birth, sex: numbers.prefixed(b"E", serial, 8),
    "07old": _permanent_old,
    "07new": _permanent_new,
    "04": lambda serial, birth, sex: numbers.prefixed(b"H", serial, 8),
    "06": lambda serial, birth, sex: numbers.text(numbers.digits(serial + 10_000_000, 8)),
    "17": _residence,
}
