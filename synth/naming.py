"""Names within families: fathers' surnames, twins' first characters, former names, ethnic groups."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import names
from synth.model import CHILD, FOREIGN, GRANDCHILD, PARENT, City
from synth.shape import Shape
from synth.strings import join, patch, pick

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ETHNICITIES = np.array(["01", "15", "06", "03", "11", "05", "04", "07", "08"])


def name_everybody(
    rng: np.random.Generator,
    city: City,
    home: Ints,
    role: Ints,
    sex: Ints,
    birth: Ints,
    twin: Ints,
    standing: Ints,
    minority: Bools,
    shape: Shape,
) -> tuple[pa.Array, pa.Array, pa.Array]:
    count = len(home)
    words, weights = names.surnames()
    surname = names.choose(rng, weights, count)
    child = (role == CHILD) | (role == GRANDCHILD)
    mans = np.where(sex[home] == 1, home, np.minimum(home + 1, count - 1))
    father = np.where(home[mans] == home, mans, home)
    surname[child] = surname[np.where(rng.random(count) < 0.95, father, home)[child]]
    elder = (role == PARENT) & (sex == 1)
    surname[elder] = surname[home[elder]]
    years = birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    family = pick(words, surname)
    double = np.flatnonzero(rng.random(count) < shape.compound_surname)
    compounds = pa.array(names.words.COMPOUND_SURNAMES.split())
    family = patch(family, double, pick(compounds, rng.integers(0, len(compounds), len(double))))
    name = join(family, names.given_names(rng, sex, years, twin))
    dice = rng.random(count)
    dotted = dice > 1 - shape.dotted_name
    name = names.special(
        rng,
        name,
        np.flatnonzero((dice < shape.rare_name) & (standing != FOREIGN)),
        np.flatnonzero(dotted & (standing != FOREIGN)),
        np.flatnonzero(standing == FOREIGN),
    )
    renamed = np.flatnonzero(
        (rng.random(count) < shape.former_name) & (years < city.today // 365 + 1960) & (standing != FOREIGN)
    )
    earlier = join(family, names.given_names(rng, sex, years - 8, np.full(count, -1))).take(pa.array(renamed))
    former = patch(pa.nulls(count, pa.string()), renamed, earlier)
    return name, former, _ethnicity(rng, count, minority, dotted)


def _ethnicity(rng: np.random.Generator, count: int, minority: Bools, dotted: Bools) -> pa.Array:
    which = names.choose(rng, np.array([0.972, 0.012, 0.008, 0.002, 0.002, 0.001, 0.001, 0.001, 0.001]), count)
    local = names.choose(rng, np.array([0.38, 0.42, 0.2]), count)
    which = np.where(minority, local, which)
    which[dotted] = 5
    return pa.array(ETHNICITIES).take(pa.array(which))
