"""Good files spoilt, the same way for the same seed and number."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from tests.attack.hostile import chunk
from tests.attack.seeds import WORDS, seeds

LONGEST = 256 * 1024
_ODD = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0x7FFFFFFFFFFFFFFF,
    0xFFFFFFFFFFFFFFFF,
)
_INNER = {
    "xlsx",
    "ods",
    "zip",
    "gzip",
    "png",
    "manifest",
}  # kinds that refuse every change at once where it is not made inside
_VALUES = (
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    10**40,
    "",
    "..",
    "/",
    "*",
    "a" * 5000,
    "\ud800",
    "\0",
    "0000-00-00",
    "2026-10-31",
    "police.csv",
    "../secret_key",
    [],
    {},
    [[]],
    {"name": 1},
    ["police.csv"],
    "police",
    "delta",
    "\u202e",
    "2999-01-01",
)


def mutated(kind: str, *, seed: int, number: int) -> bytes:
    """The nth spoilt file of a kind."""
    dice = random.Random(f"{seed}:{kind}:{number}")
    data = dice.choice(seeds(kind))
    if kind in _INNER and dice.random() < 0.6:
        with contextlib.suppress(Exception):  # the good file is of a shape that cannot be packed anew
            return _INSIDE[kind](data, dice)[:LONGEST]
    return _spoilt(bytearray(data), kind, dice)[:LONGEST]


def _spoilt(data: bytearray, kind: str, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 1, 1, 2, 3, 5, 8))):
        if data:
            dice.choice(_WAYS)(data, kind, dice)
    return bytes(data)


def _flip(data: bytearray, kind: str, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _truncate(data: bytearray, kind: str, dice: random.Random) -> None:
    del data[dice.randrange(len(data)) :]


def _length_field(data: bytearray, kind: str, dice: random.Random) -> None:
    width = dice.choice((1, 2, 4, 8))
    number = dice.choice((*_ODD, len(data), dice.randrange(1 << 16))) & ((1 << 8 * width) - 1)
    at = dice.randrange(len(data))
    data[at : at + width] = number.to_bytes(width, dice.choice(("big", "little")))


def _splice(data: bytearray, kind: str, dice: random.Random) -> None:
    other = dice.choice(seeds(kind))
    start = dice.randrange(len(other))
    piece = other[start : start + dice.randrange(1, 2000)]
    at = dice.randrange(len(data))
    data[at : at + dice.choice((0, len(piece)))] = piece


def _repeat(data: bytearray, kind: str, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    piece = bytes(data[start : start + dice.randrange(1, 300)])
    data[start:start] = piece * dice.choice((1, 2, 10, 100))


def _remove(data: bytearray, kind: str, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.randrange(1, 300)]


def _word(data: bytearray, kind: str, dice: random.Random) -> None:
    word, at = dice.choice(WORDS[kind]), dice.randrange(len(data))
    data[at : at + dice.choice((0, len(word)))] = word


def _noise(data: bytearray, kind: str, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    data[at : at + dice.choice((0, 16))] = dice.randbytes(dice.randrange(1, 64))


def _digits(data: bytearray, kind: str, dice: random.Random) -> None:
    """A number that is written in digits becomes another."""
    places = [at for at, sign in enumerate(data) if 48 <= sign < 58]
    if places:
        at = dice.choice(places)
        data[at : at + 1] = str(dice.choice((*_ODD, -1))).encode()


_WAYS: tuple[Callable[[bytearray, str, random.Random], None], ...] = (
    _flip, _flip, _truncate, _length_field, _length_field, _splice, _repeat, _remove, _word, _word, _noise, _digits,
)  # fmt: skip


# Below the checksums: taken apart, spoilt, put together again.


def _in_gzip(data: bytes, dice: random.Random) -> bytes:
    return gzip.compress(_spoilt(bytearray(gzip.decompress(data)), "csv", dice), mtime=0)


def _in_zip(data: bytes, dice: random.Random, kind: str = "xlsx") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = dice.choice(names)
        for name in names:
            content = old.read(name)
            if name == chosen:
                content = _spoilt(bytearray(content), kind, dice) if content else dice.randbytes(20)
                name = dice.choice((name, name, name, name, f"../{name}", name.upper(), f"{name}/x"))
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _in_png(data: bytes, dice: random.Random) -> bytes:
    """One chunk is spoilt, left out, doubled or of another kind; the checksums are right."""
    chunks, at = [], 8
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    place = dice.randrange(len(chunks))
    kind, content = chunks[place]
    way = dice.randrange(4)
    if way == 0:
        chunks[place] = (kind, _spoilt(bytearray(content or b"\0"), "png", dice))
    elif way == 1 and kind in (b"IDAT", b"zTXt"):
        inner = zlib.decompress(content[9:] if kind == b"zTXt" else content)
        chunks[place] = (kind, content[: 9 * (kind == b"zTXt")] + zlib.compress(_spoilt(bytearray(inner), "png", dice)))
    elif way == 2:
        chunks.insert(dice.randrange(len(chunks)), chunks[place])
    else:
        chunks[place] = (dice.choice((b"IDAT", b"PLTE", b"tRNS", b"iCCP", b"fcTL", b"acTL", b"eXIf")), content)
    return data[:8] + b"".join(chunk(name, body) for name, body in chunks)


def _in_manifest(data: bytes, dice: random.Random) -> bytes:
    """Good JSON that says something else: a value replaced, a key left out, renamed or doubled."""
    found = json.loads(data)
    for _ in range(dice.choice((1, 1, 2, 3))):
        part = (
            found["files"][0]
            if found.get("files") and isinstance(found["files"][0], dict) and dice.random() < 0.6
            else found
        )
        key, way = dice.choice(sorted(part)), dice.randrange(6)
        if way < 3:
            part[key] = dice.choice(_VALUES)
        elif way == 3 and len(part) > 1:
            del part[key]
        elif way == 4:
            part[dice.choice((key.upper(), f"{key} ", "sm3", "rows", "unlisted"))] = part[key]
        elif isinstance(found.get("files"), list):
            found["files"] = found["files"] * dice.choice((0, 2, 500))
        if not isinstance(found.get("files"), list):
            break
    return json.dumps(found, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


_INSIDE = {
    "manifest": _in_manifest,
    "gzip": _in_gzip,
    "zip": _in_zip,
    "xlsx": _in_zip,
    "ods": partial(_in_zip, kind="ods"),
    "png": _in_png,
}
