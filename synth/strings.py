"""Small helpers for whole columns of text."""

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def pick(words: pa.Array, which: NDArray[np.int64]) -> pa.Array:
    """words[which]; a negative index gives null."""
    which = np.asarray(which)
    absent = which < 0
    return words.take(pa.array(which, mask=absent) if absent.any() else pa.array(which))


def join(*parts: pa.Array | str) -> pa.Array:
    """Element-wise concatenation; null counts as empty."""
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def patch(column: pa.Array, where: NDArray[np.int64], values: Iterable[str | None] | pa.Array) -> pa.Array:
    """The column with new values at ascending positions."""
    if not len(where):
        return column
    mask = np.zeros(len(column), bool)
    mask[where] = True
    new = values if isinstance(values, pa.Array) else pa.array(list(values), pa.string())
    return pc.replace_with_mask(column, pa.array(mask), new)


def change(
    column: pa.Array, where: NDArray[np.int64], by: Callable[[str, int], str | None], dice: NDArray[np.int64]
) -> pa.Array:
    """Apply a Python function to few elements; dice carries one random integer for each."""
    old = column.take(pa.array(where)).to_pylist()
    return patch(column, where, [None if v is None else by(v, int(d)) for v, d in zip(old, dice, strict=True)])


def blank(column: pa.Array, mask: NDArray[np.bool_]) -> pa.Array:
    """Null wherever the mask is set."""
    return pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)


def constant(value: str | None, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), count)


def dates(days: NDArray[np.int64], form: str = "%Y%m%d", absent: NDArray[np.bool_] | None = None) -> pa.Array:
    """Days since 1970 as text."""
    values = pa.array(np.asarray(days).astype("datetime64[D]"), mask=absent)
    return pc.strftime(values, format=form)


def where(mask: NDArray[np.bool_], yes: pa.Array | str, no: pa.Array | str) -> pa.Array:
    return pc.if_else(pa.array(mask), yes, no)
