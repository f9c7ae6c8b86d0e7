"""Names distributed as real ones are: few very common, a long tail, some rare or not Chinese."""

import functools

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import words
from synth.strings import join, patch, pick

Ints = NDArray[np.int64]
ERAS = (1970, 1995)


@functools.cache
def surnames() -> tuple[pa.Array, NDArray[np.float64]]:
    head = [
        (part.rstrip("0123456789"), float(part.lstrip("".join(set(part) - set("0123456789")))))
        for part in words.SURNAMES.split()
    ]
    tail = [name for name in words.TAIL_SURNAMES.split() if name not in dict(head)]
    pairs = head + [(name, 2.2 / (1 + rank / 25)) for rank, name in enumerate(tail)]
    weights = np.array([weight for _, weight in pairs])
    return pa.array([name for name, _ in pairs]), weights / weights.sum()


@functools.cache
def given(sex: int, era: int) -> tuple[pa.Array, NDArray[np.float64], pa.Array]:
    chars = list(dict.fromkeys(words.GIVEN[sex, era]))
    weights = 1 / (np.arange(len(chars)) + 3.0) ** 0.75
    return pa.array(chars), weights / weights.sum(), pa.array(words.POPULAR[sex, era].split())


def choose(rng: np.random.Generator, weights: NDArray[np.float64], count: int) -> Ints:
    cumulative = np.cumsum(weights)
    return np.searchsorted(cumulative / cumulative[-1], rng.random(count), side="right")


def era_of(years: Ints) -> Ints:
    return np.searchsorted(ERAS, years, side="right")


def given_names(rng: np.random.Generator, sex: Ints, years: Ints, shared: Ints) -> pa.Array:
    """One given name each; `shared` points to the twin whose first character is taken over, or -1."""
    count = len(sex)
    era = era_of(years)
    whole = pa.nulls(count, pa.string())
    first, popular = np.full(count, "", object), rng.random(count) < 0.10
    single = rng.random(count) < np.array(words.SINGLE_SHARE)[era]
    seconds = pa.nulls(count, pa.string())
    for gender in (1, 2):
        for period in range(3):
            where = np.flatnonzero((sex == gender) & (era == period))
            chars, weights, favourites = given(gender, period)
            one, two = (choose(rng, weights, len(where)) for _ in range(2))
            first[where] = np.array(chars.to_pylist(), object)[one]
            seconds = patch(seconds, where, pick(chars, two))
            best = where[popular[where]]
            whole = patch(
                whole, best, pick(favourites, (rng.random(len(best)) ** 1.5 * len(favourites)).astype(np.int64))
            )
    twins = np.flatnonzero(shared >= 0)
    first[twins] = first[shared[twins]]
    single[twins] = False
    single[shared[twins]] = False
    seconds = patch(seconds, np.flatnonzero(single), pa.nulls(int(single.sum()), pa.string()))
    both = np.union1d(twins, shared[twins])
    whole = patch(whole, both, pa.nulls(len(both), pa.string()))
    return pa.compute.coalesce(whole, join(pa.array(first, pa.string()), seconds))


def special(rng: np.random.Generator, names: pa.Array, rare: Ints, dotted: Ints, latin: Ints) -> pa.Array:
    """Overwrite some names: a rare character at the end, a dot inside, Latin capitals."""
    rare_chars = list(words.RARE)
    dice = rng.integers(0, len(rare_chars), len(rare))
    old = names.take(pa.array(rare)).to_pylist()
    names = patch(names, rare, [name[:-1] + rare_chars[d] for name, d in zip(old, dice, strict=True)])
    for where, firsts, lasts, between in (
        (dotted, words.DOT_FIRST, words.DOT_LAST, "·"),
        (latin, words.LATIN_LAST, words.LATIN_FIRST, " "),
    ):
        a, b = rng.integers(0, len(firsts), len(where)), rng.integers(0, len(lasts), len(where))
        names = patch(
            names,
            where,
            join(pick(pa.array(firsts), a), pa.array([between] * len(where), pa.string()), pick(pa.array(lasts), b)),
        )
    return names
