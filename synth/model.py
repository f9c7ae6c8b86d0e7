"""The city and its people as plain arrays."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.places import Places
from synth.shape import BLOCK, Shape

Ints = NDArray[np.int64]

HEAD, SPOUSE, CHILD, PARENT, GRANDCHILD = range(5)
LIVES, LEFT, CAME, FOREIGN, GREATER_CHINA = range(5)  # people's standing in the city
NORMAL, MOVED_OUT, DECEASED, CANCELLED, NO_HUKOU = range(5)


@dataclass
class People:
    """One block of people, an array element each."""

    index: Ints  # the true person id
    household: Ints
    role: Ints
    village: Ints  # of the hukou
    lives_in: Ints  # village of residence
    sex: Ints
    birth: Ints  # days since 1970
    age: Ints
    standing: Ints
    hukou: Ints
    died: Ints  # day, or -1
    status_on: Ints
    mother: Ints  # position in this block, or -1
    twin: Ints  # id of the group: the true id of its first member, else -1
    alike: Ints
    shared: Ints
    ethnicity: pa.Array
    name: pa.Array
    former: pa.Array
    document: pa.Array  # AAC058
    number: pa.Array
    certificate: pa.Array  # of birth, for newborns
    phone: pa.Array

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class City:
    """What fixes every byte: size, seed, date and shape."""

    people: int
    seed: int
    as_of: np.datetime64
    shape: Shape = field(default_factory=Shape)
    later: int = 0  # extra blocks of people who appear in later deliveries

    @property
    def today(self) -> int:
        return int(self.as_of.astype("datetime64[D]").astype(int))

    @property
    def blocks(self) -> int:
        return -(-self.people // BLOCK)

    def rng(self, block: int, stage: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, block, stage])

    def starts(self, at: Places) -> Ints:
        """First person of each district."""
        shares = np.bincount(at.district, at.share)
        return np.floor(np.r_[0, np.cumsum(shares)[:-1]] * self.people).astype(np.int64)
