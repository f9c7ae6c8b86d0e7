"""Identity numbers, permits and employer codes, made for whole arrays at once."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

CITIZEN_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CITIZEN_CHECKS = np.frombuffer(b"10X98765432", np.uint8)
USCC_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)
USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])

FIRST_AREA = 500900
AREAS_PER_DISTRICT = 2
OTHER_PROVINCES = 24  # the last area codes stand for people born elsewhere
SEQUENCES = 499  # odd for men, even for women


def digits(values: Ints, width: int) -> Bytes:
    """The decimal digits of each value as a matrix of ASCII bytes."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return ((np.asarray(values, np.int64)[:, None] // powers) % 10 + 48).astype(np.uint8)


def text(matrix: Bytes) -> pa.StringArray:
    """Rows of ASCII bytes as an Arrow string array, without a Python loop."""
    count, width = matrix.shape
    offsets = np.arange(count + 1, dtype=np.int32) * width
    data = pa.py_buffer(np.ascontiguousarray(matrix).tobytes())
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets.tobytes()), data)


def prefixed(prefix: bytes, values: Ints, width: int) -> pa.StringArray:
    """A fixed prefix followed by each value in decimal digits."""
    head = np.tile(np.frombuffer(prefix, np.uint8), (len(values), 1))
    return text(np.hstack([head, digits(values, width)]))


def day_number(days: Ints) -> Ints:
    """Days since 1970 as YYYYMMDD integers."""
    date = np.asarray(days).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    year = date.astype("datetime64[Y]").astype(np.int64) + 1970
    return year * 10000 + (month.astype(np.int64) % 12 + 1) * 100 + (date - month).astype(np.int64) + 1


def citizen(areas: Ints, days: Ints, sequences: Ints) -> pa.StringArray:
    """18-digit numbers of GB 11643 with a valid check digit."""
    body = np.hstack([digits(areas, 6), digits(day_number(days), 8), digits(sequences, 3)])
    return text(with_check(body))


def with_check(body: Bytes) -> Bytes:
    """Append the MOD 11-2 check character to 17 digits."""
    check = CITIZEN_CHECKS[((body - 48).astype(np.int64) @ CITIZEN_WEIGHTS) % 11]
    return np.hstack([body, check[:, None]])


def ranks(keys: Ints) -> Ints:
    """Position of each element among the equal keys before it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]] if len(keys) else np.empty(0, bool)
    first = np.maximum.accumulate(np.where(starts, np.arange(len(keys)), 0))
    result = np.empty(len(keys), np.int64)
    result[order] = np.arange(len(keys)) - first
    return result


def uscc(kinds: list[bytes], which: Ints, areas: Ints, serials: Ints) -> pa.StringArray:
    """Unified social credit codes of GB 32100 with both check characters."""
    count = len(serials)
    heads = np.array([list(kind) for kind in kinds], np.uint8)[which]
    letters = np.tile(np.frombuffer(b"MC", np.uint8), (count, 1))
    organisation = np.hstack([letters, digits(serials, 6)])
    values = np.where(organisation >= 65, organisation - 55, organisation - 48).astype(np.int64)
    inner = 11 - (values @ ORGANISATION_WEIGHTS) % 11
    inner_char = np.where(inner == 10, ord("X"), np.where(inner == 11, 48, inner + 48)).astype(np.uint8)
    body = np.hstack([heads, digits(areas, 6), organisation, inner_char[:, None]])
    lookup = np.zeros(128, np.int64)
    lookup[USCC_ALPHABET] = np.arange(31)
    check = USCC_ALPHABET[(31 - (lookup[body] @ USCC_WEIGHTS) % 31) % 31]
    return text(np.hstack([body, check[:, None]]))
