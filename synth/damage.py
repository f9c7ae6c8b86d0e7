"""Spoiling one department's records: numbers, names, sex and birth dates."""

import functools
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import words
from synth.errors import DRAWN, KIND_OF, Kind, Rates, Record
from synth.strings import change, patch

Ints = NDArray[np.int64]
Mutation = Callable[[str, int], str | None]


def _old15(number: str, dice: int) -> str:
    return number[:6] + number[8:17] if len(number) == 18 and number[6:8] == "19" else number


def _wrong_digit(number: str, dice: int) -> str:
    at = min(6, len(number) - 2) + dice % max(1, len(number) - 7)  # the area stays an invented one
    if not number[at].isdigit():
        return number
    return number[:at] + str((int(number[at]) + 1 + dice // 97 % 9) % 10) + number[at + 1 :]


def _swapped(number: str, dice: int) -> str:
    pairs = [at for at in range(min(6, len(number) - 2), len(number) - 1) if number[at] != number[at + 1]]
    if not pairs:
        return number
    at = pairs[dice % len(pairs)]
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def _lost_digit(number: str, dice: int) -> str:
    at = dice % len(number)
    return number[:at] + number[at + 1 :]


def _doubled_digit(number: str, dice: int) -> str:
    at = dice % len(number)
    return number[: at + 1] + number[at:]


def full_width(text: str, dice: int) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _inner_blank(number: str, dice: int) -> str:
    at = (6, 10, 14)[dice % 3]
    return number[:at] + (" ", "　", "\u00a0")[dice // 3 % 3] + number[at:]


MUTATIONS = {
    "old15": _old15,
    "wrong_digit": _wrong_digit,
    "swapped": _swapped,
    "lost_digit": _lost_digit,
    "doubled_digit": _doubled_digit,
    "no_number": lambda number, dice: None,
    "other_document": lambda number, dice: f"F{dice % 10**8:08d}",
    "lower_x": lambda number, dice: number.lower(),
    "full_width": full_width,
    "inner_blank": _inner_blank,
    "apostrophe": lambda number, dice: "'" + number,
}


@functools.cache
def _sounds() -> dict[str, str]:
    """Each name character with the others that sound alike."""
    from pypinyin import lazy_pinyin

    chars = sorted({char for text in words.GIVEN.values() for char in text} | set("章王汪黄杨阳陈程成刘柳李黎张"))
    by_sound: dict[str, str] = {}
    for char in chars:
        sound = lazy_pinyin(char)[0]
        by_sound[sound] = by_sound.get(sound, "") + char
    return {char: group.replace(char, "") for group in by_sound.values() for char in group}


@functools.cache
def _traditional() -> dict[int, str]:
    from opencc import OpenCC

    chars = "".join(
        sorted({char for text in words.GIVEN.values() for char in text} | set(words.SURNAMES + words.TAIL_SURNAMES))
    )
    converter = OpenCC("s2t")
    return {ord(char): converter.convert(char) for char in chars if not char.isascii()}


def _homophone(name: str, dice: int) -> str:
    spots = [at for at in range(1, len(name)) if _sounds().get(name[at])]
    if not spots:
        return name
    at = spots[dice % len(spots)]
    others = _sounds()[name[at]]
    return name[:at] + others[dice // 7 % len(others)] + name[at + 1 :]


def _wrong_character(name: str, dice: int) -> str:
    chars = words.GIVEN[1 + dice % 2, dice // 2 % 3]
    at = 1 + dice // 6 % max(1, len(name) - 1)
    return name[:at] + chars[dice // 11 % len(chars)] + name[at + 1 :]


NAME_MUTATIONS = {
    "traditional": lambda name, dice: name.translate(_traditional()),
    "homophone": _homophone,
    "wrong_character": _wrong_character,
    "name_blank": lambda name, dice: (
        name[:1] + (" ", "　", "  ")[dice % 3] + name[1:] if "·" not in name else name + " "
    ),
    "lost_character": lambda name, dice: (
        name[: 1 + dice % max(1, len(name) - 1)] + "?" + name[2 + dice % max(1, len(name) - 1) :]
    ),
}


def damage(
    rng: np.random.Generator,
    record: Record,
    *,
    former: pa.Array,
    newborn: Ints,
    mothers: pa.Array,
    mother_names: pa.Array,
    strangers: pa.Array,
    rates: Rates,
    care: float,
    missing_allowed: bool,
) -> None:
    """Spoil numbers, names, sex and birth date of one source's records in place."""
    _numbers(rng, record, strangers, rates, care)
    _newborns(rng, record, newborn, mothers, mother_names, rates)
    _names(rng, record, former, rates, care)
    count = len(record.mask)
    wrong = np.flatnonzero(rng.random(count) < rates.wrong_sex * care)
    record.sex[wrong] = 3 - record.sex[wrong]
    record.mark(wrong, Kind.WRONG_SEX)
    wrong = np.flatnonzero(rng.random(count) < rates.wrong_birth * care)
    record.birth[wrong] -= rng.integers(1, 29, len(wrong))
    record.mark(wrong, Kind.WRONG_BIRTH)
    if missing_allowed:
        record.no_birth |= rng.random(count) < rates.no_birth * care
        record.mark(np.flatnonzero(record.no_birth), Kind.NO_BIRTH)


def _numbers(rng: np.random.Generator, record: Record, strangers: pa.Array, rates: Rates, care: float) -> None:
    count = len(record.mask)
    bounds = np.cumsum([getattr(rates, name) for name in DRAWN]) * care
    drawn = np.searchsorted(bounds, rng.random(count), side="right")
    present = ~record.number.is_null().to_numpy(zero_copy_only=False)
    clean = record.number
    for which, name in enumerate(DRAWN):
        where = np.flatnonzero((drawn == which) & present)
        dice = rng.integers(0, 2**40, len(where))
        if name == "anothers_number":
            record.number = patch(record.number, where, strangers.take(pa.array(dice % len(strangers))))
        else:
            record.number = change(record.number, where, MUTATIONS[name], dice)
        if name == "other_document":
            record.document = patch(record.document, where, ["99"] * len(where))
        changed = pa.compute.not_equal(record.number.take(pa.array(where)), clean.take(pa.array(where))).fill_null(True)
        record.mark(where[changed.to_numpy(zero_copy_only=False)], KIND_OF[name])


def _newborns(
    rng: np.random.Generator, record: Record, newborn: Ints, mothers: pa.Array, mother_names: pa.Array, rates: Rates
) -> None:
    """A baby without a number goes under its mother's, and may not have a name yet."""
    dice = rng.random(len(newborn))
    lacking = record.number.take(pa.array(newborn)).is_null().to_numpy(zero_copy_only=False)
    has_mother = mothers.is_valid().to_numpy(zero_copy_only=False)
    under = has_mother & np.where(lacking, dice < 3 * rates.mothers_number, dice < rates.mothers_number)
    where = np.flatnonzero(under)
    record.number = patch(record.number, newborn[where], mothers.take(pa.array(where)))
    record.mark(newborn[where], Kind.MOTHERS_NUMBER)
    unnamed = np.flatnonzero(
        mother_names.is_valid().to_numpy(zero_copy_only=False) & (rng.random(len(newborn)) < rates.unnamed_child)
    )
    endings = np.where(record.sex[newborn[unnamed]] == 1, "之子", "之女")
    names = [name + end for name, end in zip(mother_names.take(pa.array(unnamed)).to_pylist(), endings, strict=True)]
    record.name = patch(record.name, newborn[unnamed], names)
    record.mark(newborn[unnamed], Kind.UNNAMED_CHILD)


def _names(rng: np.random.Generator, record: Record, former: pa.Array, rates: Rates, care: float) -> None:
    count, clean = len(record.mask), record.name
    old = np.flatnonzero(
        former.is_valid().to_numpy(zero_copy_only=False) & (rng.random(count) < rates.former_name * care)
    )
    record.name = patch(record.name, old, former.take(pa.array(old)))
    record.mark(old, Kind.FORMER_NAME)
    bounds = np.cumsum([getattr(rates, name) for name in NAME_MUTATIONS]) * care
    drawn = np.searchsorted(bounds, rng.random(count), side="right")
    for which, (name, by) in enumerate(NAME_MUTATIONS.items()):
        where = np.flatnonzero(drawn == which)
        record.name = change(record.name, where, by, rng.integers(0, 2**40, len(where)))
        changed = pa.compute.not_equal(record.name.take(pa.array(where)), clean.take(pa.array(where)))
        record.mark(where[changed.to_numpy(zero_copy_only=False)], Kind[name.upper()])
    _characters(rng, record, rates)


def _characters(rng: np.random.Generator, record: Record, rates: Rates) -> None:
    """Dots written otherwise, and rare characters from the private use area."""
    dots = ("•", "・", "．", ".")
    old = "[" + "".join(words.PRIVATE_USE) + "]"
    table = str.maketrans(words.PRIVATE_USE)
    for pattern, rate, kind, by in (
        ("·", rates.dot, Kind.DOT, lambda name, dice: name.replace("·", dots[dice % 4])),
        (old, rates.private_use, Kind.PRIVATE_USE, lambda name, dice: name.translate(table)),
    ):
        has = np.flatnonzero(pa.compute.match_substring_regex(record.name, pattern).to_numpy(zero_copy_only=False))
        where = has[rng.random(len(has)) < rate]
        record.name = change(record.name, where, by, rng.integers(0, 100, len(where)))
        record.mark(where, kind)
