"""Who works how, for whom, and which insurances follow from that."""

import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import numbers, shape, words
from synth.model import CAME, DECEASED, LEFT, MOVED_OUT, City, People
from synth.places import places
from synth.strings import join, pick

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

EMPLOYEE, PUBLIC, FLEXIBLE, RETIRED, PUBLIC_RETIRED, RESIDENT, STUDENT, NONE = range(8)
SCHEMES = ("110", "310", "210", "410", "510", "120", "170", "390")
ABSENT, ACTIVE, PAUSED, ENDED = 0, 1, 2, 4


@dataclass(frozen=True)
class Employers:
    """All employers of the city, in the order of districts."""

    number: pa.Array
    uscc: pa.Array
    name: pa.Array
    first: Ints  # per district
    count: Ints


@dataclass(frozen=True)
class Work:
    """What each person of a block does and is insured for."""

    kind: Ints
    employer: Ints  # -1 without
    status: dict[str, Ints]  # scheme -> ABSENT, ACTIVE, PAUSED, ENDED
    drawing: Bools  # a pension is drawn
    since: Ints  # day of first enrolment
    paused_on: Ints


@functools.lru_cache(maxsize=2)
def employers(city: City) -> Employers:
    """Made once for the whole city; a few hundred thousand at full size."""
    rng, at = np.random.default_rng([city.seed, 77]), places()
    people = np.bincount(at.district, at.share + at.town_share) / 2
    count = np.maximum(2, (people * city.people * city.shape.employers_per_person).astype(np.int64))
    total = int(count.sum())
    district = np.repeat(np.arange(len(count)), count)
    kinds = [b"91", b"92", b"11", b"12", b"51", b"52"]
    which = rng.choice(6, total, p=[0.78, 0.1, 0.03, 0.05, 0.02, 0.02])
    areas = numbers.FIRST_AREA + numbers.AREAS_PER_DISTRICT * district
    pairs = pa.array([a + b for a in words.FIRM_WORDS for b in words.FIRM_WORDS if a != b])
    trades = pa.array(words.FIRM_TRADES)
    places_names = pa.array(["重庆市" + name for name in at.district_names])
    endings = pa.array(["有限公司", "经营部", "服务中心", "学校", "协会", "幼儿园"])
    name = join(
        pick(places_names, district),
        pick(pairs, rng.integers(0, len(pairs), total)),
        pick(trades, rng.integers(0, len(trades), total)),
        pick(endings, which),
    )
    serial = (np.arange(total) * 7919 + 13) % 1_000_000
    return Employers(
        number=numbers.prefixed(b"5", 100_000_000 + np.arange(total) * 37, 11),
        uscc=numbers.uscc(kinds, which, areas + np.arange(total) // 1_000_000, serial),
        name=name,
        first=np.r_[0, np.cumsum(count)[:-1]],
        count=count,
    )


def work(city: City, block: int, people: People) -> Work:
    """Draw work and enrolments for one block."""
    rng, count = city.rng(block, 1), len(people)
    kind = _kinds(rng, people)
    status = {scheme: np.zeros(count, np.int64) for scheme in SCHEMES}
    for scheme, share in RULES:
        holds = rng.random(count) < np.array(share)[kind]
        status[scheme][holds] = ACTIVE
    _children(rng, people, kind, status)
    _extras(rng, people, kind, status)
    paused_on = city.today - rng.integers(30, 2500, count)
    _pauses(rng, people, kind, status)
    drawing = np.isin(kind, (RETIRED, PUBLIC_RETIRED)) | ((kind == RESIDENT) & (people.age >= 60))
    start = np.where(people.age < 20, people.birth + 30, people.birth + 16 * 365)
    start = np.minimum(np.maximum(start, 9500), city.today - 90)  # no insurance before 1996
    since = start + ((city.today - 60 - start) * rng.random(count)).astype(np.int64)
    return Work(kind, _employer(rng, city, people, kind), status, drawing, np.maximum(since, people.birth), paused_on)


# Share of each kind of work that is enrolled in a scheme.
RULES: tuple[tuple[str, tuple[float, ...]], ...] = (
    #        employee public flexible retired public_retired resident student none
    ("110", (0.985, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)),
    ("310", (0.93, 0.99, 0.11, 0.35, 0.98, 0.0, 0.0, 0.0)),
    ("210", (0.965, 0.65, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
    ("410", (0.99, 0.95, 0.0, 0.0, 0.0, 0.11, 0.01, 0.0)),
    ("510", (0.80, 0.88, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
    ("120", (0.0, 0.99, 0.0, 0.0, 0.99, 0.0, 0.0, 0.0)),
    ("170", (0.0, 0.0, 0.0, 0.0, 0.0, 0.99, 0.0, 0.0)),
    ("390", (0.04, 0.0, 0.88, 0.66, 0.0, 0.985, 0.97, 0.35)),
)


def _kinds(rng: np.random.Generator, people: People) -> Ints:
    dice, kind = rng.random(len(people)), np.full(len(people), NONE)
    band = np.searchsorted(shape.AGE_BANDS, people.age, side="right") - 3
    groups = (
        (shape.CAME_WORK, people.standing >= CAME),
        (shape.LEFT_WORK, people.standing == LEFT),
        (shape.HUKOU_WORK, people.standing < LEFT),
    )
    for table, member in groups:
        where = np.flatnonzero(member & (band >= 0))
        bounds = np.cumsum(np.array(table), axis=1)[band[where]]
        kind[where] = (dice[where, None] >= bounds).sum(axis=1)
    return kind


def _children(rng: np.random.Generator, people: People, kind: Ints, status: dict[str, Ints]) -> None:
    child = people.age < 16
    kind[child & (people.age >= 6)] = STUDENT
    cover = np.select([people.standing == LEFT, people.standing >= CAME, people.age < 1], [0.7, 0.6, 0.88], 0.985)
    status["390"][child] = np.where(rng.random(len(people)) < cover, ACTIVE, ABSENT)[child]
    status["410"][child] = ABSENT


def _extras(rng: np.random.Generator, people: People, kind: Ints, status: dict[str, Ints]) -> None:
    """People in two pensions, and old resident records that were closed."""
    dice = rng.random(len(people))
    both = np.isin(kind, (EMPLOYEE, FLEXIBLE, RETIRED)) & (people.standing < CAME)
    status["170"][both & (dice < 0.14)] = PAUSED
    status["170"][both & (dice < 0.006)] = ACTIVE
    status["170"][both & (dice > 0.78)] = ENDED
    status["390"][(kind == EMPLOYEE) & (dice > 0.97)] = ENDED


def _pauses(rng: np.random.Generator, people: People, kind: Ints, status: dict[str, Ints]) -> None:
    for scheme, share in (
        ("110", 0.10),
        ("310", 0.03),
        ("210", 0.03),
        ("410", 0.02),
        ("510", 0.03),
        ("120", 0.01),
        ("170", 0.06),
        ("390", 0.03),
    ):
        active = status[scheme] == ACTIVE
        dice = rng.random(len(people))
        status[scheme][active & (dice < share) & (kind != RETIRED)] = PAUSED
        status[scheme][active & (dice > 0.985) & (kind != RETIRED)] = ENDED
        gone = active & np.isin(people.hukou, (DECEASED, MOVED_OUT))
        fate = rng.random(len(people))
        status[scheme][gone] = np.where(fate < 0.5, ENDED, np.where(fate < 0.92, ABSENT, ACTIVE))[gone]


def _employer(rng: np.random.Generator, city: City, people: People, kind: Ints) -> Ints:
    """Few employers are large: the square of a uniform draw crowds the first ones of a district."""
    firms, district = employers(city), places().district[people.lives_in]
    spot = (rng.random(len(people)) ** 2.5 * firms.count[district]).astype(np.int64)
    return np.where(np.isin(kind, (EMPLOYEE, PUBLIC)), firms.first[district] + spot, -1)
