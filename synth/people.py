"""Who lives in the city: households, ages, twins, look-alikes, newborns, people who came, left or died."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import names, naming, numbers, papers
from synth.model import (
    CAME,
    CANCELLED,
    CHILD,
    DECEASED,
    FOREIGN,
    GRANDCHILD,
    GREATER_CHINA,
    HEAD,
    LEFT,
    LIVES,
    MOVED_OUT,
    NO_HUKOU,
    NORMAL,
    PARENT,
    SPOUSE,
    City,
    People,
)
from synth.places import Places, places
from synth.shape import BLOCK, Shape
from synth.strings import blank, patch

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Household kinds: roles, weight, youngest and oldest head.
HOUSEHOLDS: tuple[tuple[tuple[int, ...], float, int, int], ...] = (
    ((HEAD,), 0.11, 18, 62),
    ((HEAD, SPOUSE), 0.12, 24, 62),
    ((HEAD, SPOUSE, CHILD), 0.20, 25, 57),
    ((HEAD, SPOUSE, CHILD, CHILD), 0.14, 27, 50),
    ((HEAD, SPOUSE, CHILD, PARENT), 0.08, 27, 55),
    ((HEAD, SPOUSE, CHILD, PARENT, PARENT), 0.05, 27, 52),
    ((HEAD, SPOUSE), 0.15, 60, 86),
    ((HEAD,), 0.08, 60, 92),
    ((HEAD, CHILD), 0.05, 26, 58),
    ((HEAD, SPOUSE, GRANDCHILD), 0.04, 52, 74),
)


def block(city: City, which: int) -> People:
    """The people of one block; always the same for the same city."""
    rng, at, shape = city.rng(which, 0), places(), city.shape
    low, high = which * BLOCK, min((which + 1) * BLOCK, city.people)
    if which >= city.blocks:  # newcomers of a later delivery: one block's worth of them at the end
        low, high = (
            city.people + (which - city.blocks) * BLOCK,
            city.people + (which - city.blocks) * BLOCK + city.later,
        )
    index = np.arange(low, high)
    home, kind, role = _households(rng, len(index))
    spot = index[home] if which < city.blocks else rng.integers(0, city.people, len(index))[home]
    village = np.searchsorted(np.cumsum(at.share), (spot + 0.5) / city.people).clip(0, at.count - 1)
    age, sex, twin = _ages(rng, home, kind, role, shape)
    birth = city.today - age
    standing = _standing(rng, home, kind, at, village, shape)
    mother = _mothers(home, role, sex, age)
    lookalike = _lookalikes(rng, len(index), shape.lookalikes)
    shared = _lookalikes(rng, len(index), shape.shared_number)
    for copy, original in (lookalike, shared):
        birth[copy], sex[copy], age[copy] = birth[original], sex[original], age[original]
        village[copy] = village[original]
        standing[copy] = LIVES
    hukou, died, status_on = _fates(rng, city, standing, age, shape)
    name, former, ethnicity = naming.name_everybody(
        rng, city, home, role, sex, birth, twin, standing, at.minority[village], shape
    )
    name = patch(name, *_sorted(lookalike[0], name.take(pa.array(lookalike[1]))))
    document, number, certificate = papers.documents(rng, city, which, at, village, birth, sex, standing, hukou, age)
    number = patch(number, *_sorted(shared[0], number.take(pa.array(shared[1]))))
    group = np.full(len(index), -1)
    return People(
        index=index,
        household=index[home],
        role=role,
        village=village,
        lives_in=_lives(rng, home, village, standing, at, shape),
        sex=sex,
        birth=birth,
        age=age // 365,
        standing=standing,
        hukou=hukou,
        died=died,
        status_on=status_on,
        mother=mother,
        twin=_groups(group, np.flatnonzero(twin >= 0), twin[twin >= 0], index),
        alike=_groups(group, *lookalike, index),
        shared=_groups(group, *shared, index),
        ethnicity=ethnicity,
        name=name,
        former=former,
        document=document,
        number=number,
        certificate=certificate,
        phone=_phones(rng, home, age // 365),
    )


def _sorted(where: Ints, values: pa.Array) -> tuple[Ints, pa.Array]:
    order = np.argsort(where)
    return where[order], values.take(pa.array(order))


def _households(rng: np.random.Generator, count: int) -> tuple[Ints, Ints, Ints]:
    """For each person: position of the head, kind of household, role."""
    weights = np.array([weight for _, weight, _, _ in HOUSEHOLDS])
    sizes = np.array([len(roles) for roles, *_ in HOUSEHOLDS])
    kinds = names.choose(rng, weights, count)
    ends = np.cumsum(sizes[kinds])
    kinds = kinds[: np.searchsorted(ends, count) + 1]
    heads = np.r_[0, np.cumsum(sizes[kinds])[:-1]]
    home = np.repeat(heads, sizes[kinds])[:count]
    kind = np.repeat(kinds, sizes[kinds])[:count]
    table = np.zeros((len(HOUSEHOLDS), 5), np.int64)
    for row, (roles, *_) in enumerate(HOUSEHOLDS):
        table[row, : len(roles)] = roles
    return home, kind, table[kind, np.arange(count) - home]


def _ages(rng: np.random.Generator, home: Ints, kind: Ints, role: Ints, shape: Shape) -> tuple[Ints, Ints, Ints]:
    """Age in days, sex, and the position of a twin's elder twin."""
    count = len(home)
    youngest = np.array([low for *_, low, _ in HOUSEHOLDS])[kind]
    oldest = np.array([high for *_, high in HOUSEHOLDS])[kind]
    years = (youngest + (oldest - youngest) * rng.beta(1.15, 1.0, count))[home]
    apart = rng.normal(0, 1, count)
    generation = np.clip(27 + 4.5 * apart, 17, 44)
    years = np.select(
        [role == SPOUSE, role == CHILD, role == PARENT, role == GRANDCHILD],
        [years - 1.5 + 2 * apart, years - generation, years + 26 + 3 * apart, years - 50 - 5 * rng.random(count)],
        years,
    )
    young = (role == CHILD) & (years < 0.02)
    years[young] = 16 * rng.random(int(young.sum())) ** 0.75
    age = (np.clip(years, 0.003, 103) * 365.25).astype(np.int64)
    sex = np.where(rng.random(count) < 0.508, 1, 2)
    sex[role == HEAD] = np.where(rng.random(int((role == HEAD).sum())) < 0.68, 1, 2)
    sex[role == SPOUSE] = 3 - sex[home[role == SPOUSE]]
    second_parent = np.flatnonzero((role == PARENT) & np.r_[False, role[:-1] == PARENT])
    sex[second_parent] = 3 - sex[second_parent - 1]
    return age, sex, _twins(rng, kind, home, age, sex, shape)


def _twins(rng: np.random.Generator, kind: Ints, home: Ints, age: Ints, sex: Ints, shape: Shape) -> Ints:
    twin = np.full(len(home), -1)
    second = np.flatnonzero((kind == 3) & (np.arange(len(home)) - home == 3))
    second = second[rng.random(len(second)) < shape.twins]
    twin[second] = second - 1
    age[second] = age[second - 1]
    alike = second[rng.random(len(second)) < 0.65]
    sex[alike] = sex[alike - 1]
    return twin


def _standing(rng: np.random.Generator, home: Ints, kind: Ints, at: Places, village: Ints, shape: Shape) -> Ints:
    """Households come in or leave together; grandparents stay when the parents go."""
    count = len(home)
    dice = rng.random(count)[home]
    mobile = np.array([1.9, 1.3, 1.2, 0.9, 0.7, 0.6, 0.35, 0.2, 1.0, 0.2])[kind]
    centre = np.where(at.urban[village], 1.25, 0.75)
    came, left = shape.came * mobile * centre, shape.left * mobile / centre
    standing = np.where(dice < came, CAME, np.where(dice < came + left, LEFT, LIVES))
    alone = rng.random(count)
    standing[alone < shape.foreigners + shape.hong_kong_macao_taiwan] = GREATER_CHINA
    standing[alone < shape.foreigners] = FOREIGN
    return standing


def _mothers(home: Ints, role: Ints, sex: Ints, age: Ints) -> Ints:
    """The woman of the head's couple, for children below two years."""
    wife = np.where(sex[home] == 2, home, np.minimum(home + 1, len(home) - 1))
    fits = (role == CHILD) & (age < 730) & (sex[wife] == 2) & (home[wife] == home) & (age[wife] > 17 * 365)
    return np.where(fits, wife, -1)


def _lookalikes(rng: np.random.Generator, count: int, share: float) -> tuple[Ints, Ints]:
    """Pairs of copy and original, a few households apart, no person in two pairs."""
    slots = np.arange(0, count - 40, 40)
    chosen = slots[rng.random(len(slots)) < share * 40]
    copy, original = chosen + rng.integers(20, 40, len(chosen)), chosen + rng.integers(0, 12, len(chosen))
    return copy, original


def _groups(empty: Ints, copies: Ints, originals: Ints, index: Ints) -> Ints:
    group = empty.copy()
    group[originals] = index[originals]
    group[copies] = index[originals]
    return group


def _fates(rng: np.random.Generator, city: City, standing: Ints, age: Ints, shape: Shape) -> tuple[Ints, Ints, Ints]:
    """State of the hukou, day of death, day of the last change of state."""
    count, dice = len(age), rng.random(len(age))
    years = age // 365
    dead = rng.random(count) < np.select([years >= 80, years >= 70, years >= 60], [0.13, 0.045, 0.015], 0.0015)
    holds = (standing == LIVES) | (standing == LEFT)
    hukou = np.where(holds, NORMAL, NO_HUKOU)
    hukou[holds & (dice < shape.moved_out)] = MOVED_OUT
    hukou[holds & (dice > 1 - shape.cancelled)] = CANCELLED
    hukou[holds & dead & (years >= 1)] = DECEASED
    newborn = (years < 1) & (rng.random(count) < shape.unregistered_newborns)
    hukou[newborn] = NO_HUKOU
    changed = city.today - rng.integers(5, 900, count)
    return hukou, np.where(hukou == DECEASED, changed, -1), np.where(hukou == NORMAL, -1, changed)


def _lives(rng: np.random.Generator, home: Ints, village: Ints, standing: Ints, at: Places, shape: Shape) -> Ints:
    """Village of residence: households move within the city, mostly to towns of the centre."""
    target = names.choose(rng, at.town_share, len(home))[home]
    moved = (rng.random(len(home))[home] < shape.elsewhere_lives) | (standing == CAME)
    return np.where(moved, target, village)


def _phones(rng: np.random.Generator, home: Ints, years: Ints) -> pa.Array:
    """Mobile numbers from blocks no operator has; children and many old people share the head's."""
    prefixes = np.array([154, 160, 161, 163, 164, 168, 169])
    own = prefixes[rng.integers(0, 7, len(home))] * 10**8 + rng.integers(0, 10**8, len(home))
    shares = (years < 14) | ((years > 68) & (rng.random(len(home)) < 0.35))
    phone = numbers.text(numbers.digits(np.where(shares, own[home], own), 11))
    return blank(phone, rng.random(len(home)) < 0.06)
