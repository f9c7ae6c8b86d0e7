"""Where somebody works, as the form asks for it: a district of the city, or a province (规程附件背面, 就业地). Kept by its full name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from canbao.rules.division import Level, load_tree
from canbao.rules.provinces import PROVINCES

DISTRICTS_TABLE: Final = "work_district"
PROVINCES_TABLE: Final = "work_province"
_OURS: Final = "50"
_TAIL: Final = re.compile(r"(?:(?:(?:土家|苗)族){1,3}自治县|特别行政区|(?:壮族|回族|维吾尔)?自治区|[区县省市])$")


@cache
def workplaces(table: str) -> Mapping[str, tuple[str, ...]]:
    """Full name -> other names it is known by, in the order of the codes. table: DISTRICTS_TABLE or PROVINCES_TABLE."""
    if table == PROVINCES_TABLE:
        return MappingProxyType({name: _short(name) for code, name in PROVINCES.items() if code != _OURS})
    return MappingProxyType(_districts())


def _districts() -> dict[str, tuple[str, ...]]:
    """Those that exist; one that has ended is another name of each that carries it on."""
    tree = load_tree()
    districts = [one for one in tree.all_versions() if one.level is Level.DISTRICT]
    found = {one.name: list(_short(one.name)) for one in districts if not one.period.end}
    names = {one.code: one.name for one in districts if not one.period.end}
    for one in districts:
        after = {link.new for link in tree.successions if link.old == one.code} if one.code not in names else set()
        for code in after & names.keys():
            found[names[code]] += [other for other in (one.name, *_short(one.name)) if other != names[code]]
    return {name: tuple(dict.fromkeys(others)) for name, others in found.items()}


def _short(name: str) -> tuple[str, ...]:
    """广东 for 广东省, 秀山 for 秀山土家族苗族自治县; nothing where a single character would be left."""
    bare = _TAIL.sub("", name)
    return (bare,) if bare != name and len(bare) > 1 else ()
