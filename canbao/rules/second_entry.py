"""Which forms are typed a second time, and what two typings have otherwise (规程第八条)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from canbao.rules.article import article


@article(8)
def in_sample(task_id: int, percent: int) -> bool:
    """Whether a form is typed twice: drawn from its line, so that it cannot be chosen and is the same whenever it is asked."""
    drawn = int.from_bytes(sha256(f"second entry|{task_id}".encode()).digest()[:6], "big")
    return drawn * 100 < percent * 2**48


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """The items that two typings of one form have otherwise, blanks within left out; a free remark is not compared."""
    names = dict.fromkeys([*first, *second])
    return sorted(one for one in names if one != "note" and _plain(first.get(one)) != _plain(second.get(one)))


def mistakes(differs: Iterable[str], settled: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What the first typing has wrong: all that differs, but for where a look at the paper has found it right."""
    return [item for item in differs if settled.get(item, {}).get("stands") != "FIRST"]


def _plain(value: str | None) -> str:
    return "".join((value or "").split()).upper()
