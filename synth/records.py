"""From the true person to a department's record of that person: key, columns, errors, address, division."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import addresses, damage, errors, numbers, words
from synth.errors import Kind, Rates, Record
from synth.model import City, People
from synth.places import VARIANTS, places
from synth.shape import SOURCES
from synth.strings import change, constant, dates, join, pick, where
from synth.work import Work

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

KEY_FACTORS = (3, 7, 9, 11, 13, 17, 19, 21, 23, 27, 29)


@dataclass
class Sheet:
    """Rows of one source for one block, with the truth beside each."""

    columns: dict[str, pa.Array]
    key: pa.Array
    person: Ints  # position in the block
    mask: Ints
    village: Ints | None = None  # where the address truly lies, and its irregularities: only in a city that has them
    kinds: Ints | None = None


@dataclass(frozen=True)
class Block:
    """Everything a department may know about one block of people."""

    city: City
    which: int
    people: People
    work: Work
    rates: Rates
    irregular: addresses.Rates | None = None

    def rng(self, source: str) -> np.random.Generator:
        return self.city.rng(self.which, 10 + SOURCES.index(source))


def own_number(block: Block, source: str, person: Ints, serial: Ints | int = 0) -> pa.Array:
    """The department's own number: one to one with person and serial, but not readable as such."""
    which = SOURCES.index(source)
    factor = KEY_FACTORS[which] * 40_000_003 % 1_000_000_000
    mixed = ((block.people.index[person] * 2 + serial) * factor + block.city.seed * 7919) % 1_000_000_000
    return numbers.prefixed(b"%d" % (which % 9 + 1), mixed, 9)


def record(
    block: Block, source: str, rng: np.random.Generator, person: Ints, *, missing_allowed: bool = True
) -> Record:
    """The damaged person columns of one source, one element per person position given."""
    people = block.people
    chosen = pa.array(person)
    result = Record(
        number=people.number.take(chosen),
        document=people.document.take(chosen),
        name=people.name.take(chosen),
        sex=people.sex[person].copy(),
        birth=people.birth[person].copy(),
        no_birth=np.zeros(len(person), bool),
        mask=np.where(people.shared[person] >= 0, np.int64(1) << np.int64(Kind.SHARED_NUMBER), np.int64(0)),
    )
    below = 0 if source == "police" else 1  # the police number and name every newborn
    newborn = np.flatnonzero(people.age[person] < below)
    mother = people.mother[person][newborn]
    damage.damage(
        rng,
        result,
        former=people.former.take(chosen),
        newborn=newborn,
        mothers=pick(people.number, mother),
        mother_names=pick(people.name, mother),
        strangers=people.number.drop_null(),
        rates=block.rates,
        care=errors.CARE[source],
        missing_allowed=missing_allowed,
    )
    return result


def division(
    rng: np.random.Generator, village: Ints, shares: tuple[float, float, float], household: Ints | None = None
) -> pa.Array:
    """The code of the village with 6, 9 or 12 digits. household: those of one have the same number of digits."""
    dice = rng.random(len(village))
    if household is not None:
        _, first, inverse = np.unique(household, return_index=True, return_inverse=True)
        dice = dice[first][inverse]
    level = np.searchsorted(np.cumsum(shares)[:2], dice, side="right")
    level[dice < shares[0] / 2] = 3  # half of the departments' short codes know the latest change
    return pick(places().codes, village + level * places().count)


NUMERALS = pa.array([str(n) for n in range(200)] + [damage.full_width(str(n), 0) for n in range(200)])
SIGNS = pa.array(["号", "＃", "#"])


@dataclass(frozen=True)
class Located:
    """Where a department puts its people. code: the village of its codes; the rest only in a city of irregular addresses."""

    code: Ints
    village: Ints | None = None
    kinds: Ints | None = None
    texts: pa.Array | None = None


def locate(block: Block, village: Ints, household: Ints, source: str) -> Located:
    """Draws nothing from the stream of the department. The police have one address for each household."""
    if block.irregular is None:
        return Located(village)
    rng = block.city.rng(block.which, 120 + SOURCES.index(source))
    first, inverse = np.arange(len(village)), np.arange(len(village))
    if source == "police":
        _, first, inverse = np.unique(household, return_index=True, return_inverse=True)
    texts, kinds = addresses.written(rng, village[first], household[first], block.irregular)
    kinds = kinds[inverse]
    code = addresses.neighbour_coded(village, kinds)
    return Located(code, village, kinds, texts.take(pa.array(inverse)))


def address(rng: np.random.Generator, block: Block, village: Ints, household: Ints, at: Located) -> pa.Array:
    """Where a household lives, as a department writes it."""
    regular = _regular(rng, block, village, household)
    return regular if at.texts is None else at.texts


def _regular(rng: np.random.Generator, block: Block, village: Ints, household: Ints) -> pa.Array:
    """In one of several ways."""
    count, at = len(village), places()
    odd = rng.random(count) < block.rates.address
    variant = np.where(odd, rng.integers(0, VARIANTS, count), 0)
    wide = np.where(odd & (rng.random(count) < 0.15), 200, 0)
    sign = pick(SIGNS, np.where(odd, rng.integers(0, 3, count), 0))
    mixed = household * 2_654_435_761 % 4_294_967_291
    house, flat, group = (
        pick(NUMERALS, 1 + value + wide) for value in (mixed % 150, mixed // 150 % 30, mixed // 4500 % 9)
    )
    street = pick(pa.array(words.STREETS), mixed // 40500 % len(words.STREETS))
    town = join(street, constant("路", count), house, sign, flat, constant("-", count), group)
    country = join(group, constant("组", count), house, sign)
    return join(pick(at.prefixes, village + variant * at.count), where(at.urban[village], town, country))


def phone(rng: np.random.Generator, people: People, person: Ints) -> pa.Array:
    """Mostly the present number, sometimes an older one or one with the last digits mixed up."""
    current = people.phone.take(pa.array(person))
    old = np.flatnonzero(rng.random(len(person)) < 0.15)
    return change(current, old, lambda value, dice: value[:7] + f"{dice % 10000:04d}", rng.integers(0, 10000, len(old)))


def birth(item: Record, form: str = "%Y%m%d") -> pa.Array:
    return dates(item.birth, form, absent=item.no_birth)


def sex(item: Record) -> pa.Array:
    return pick(pa.array(["0", "1", "2"]), item.sex)


BREAKS = {
    Kind.UNKNOWN_CODE: {"AAC008": "9", "户籍状态": "不详", "居住类型": "不详"},
    Kind.IMPOSSIBLE_DATE: {"AAC006": "19990231", "出生日期": "19990231"},
    Kind.EMPTY_NAME: {"AAC003": None, "姓名": None},
}


def spoil(rng: np.random.Generator, sheet: Sheet, rate: float) -> Sheet:
    """Make few rows invalid, and send few twice under one key."""
    count = len(sheet.mask)
    kind = np.searchsorted(np.arange(1, 5) * rate / 4, rng.random(count), side="right")
    for which, (name, changes) in enumerate(BREAKS.items()):
        spots = np.flatnonzero(kind == which)
        for column, value in changes.items():
            if column in sheet.columns:
                bad = np.zeros(count, bool)
                bad[spots] = True
                sheet.columns[column] = where(bad, constant(value, count), sheet.columns[column])
        sheet.mask[spots] |= np.int64(1) << np.int64(name)
    twice = np.flatnonzero(kind == 3)
    sheet.mask[twice] |= np.int64(1) << np.int64(Kind.DUPLICATE_KEY)
    rows = np.insert(np.arange(count), twice + 1, twice)
    second = rng.random(len(rows)) < 0.5  # half of them contradict the first
    second[:1] = False
    second[1:] &= rows[1:] == rows[:-1]
    take = pa.array(rows)
    doubled = Sheet(
        {name: column.take(take) for name, column in sheet.columns.items()},
        sheet.key.take(take),
        sheet.person[rows],
        sheet.mask[rows],
        None if sheet.village is None else sheet.village[rows],
        None if sheet.kinds is None else sheet.kinds[rows],
    )
    for column in ("AAE006", "户籍地址", "居住地址"):
        if column in doubled.columns:
            old = doubled.columns[column]
            doubled.columns[column] = where(second, join(old, constant("附1号", len(rows))), old)
    return doubled


def rows(sheet: Sheet) -> pa.Table:
    return pa.table({name: column.cast(pa.string()) for name, column in sheet.columns.items()})


def truth(source: str, sheet: Sheet, people: People) -> pa.Table:
    """One truth row per file row."""
    group = {name: getattr(people, name)[sheet.person] for name in ("twin", "alike", "shared")}
    return pa.table(
        {
            "source": pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(sheet.mask), np.int8)), pa.array([source])),
            "record_key": sheet.key,
            "true_person_id": pa.array(people.index[sheet.person]),
            "errors": errors.texts(sheet.mask),
            "broken": pa.array(errors.broken(sheet.mask)),
            **{name: pa.array(values, mask=values < 0) for name, values in group.items()},
        }
    )
