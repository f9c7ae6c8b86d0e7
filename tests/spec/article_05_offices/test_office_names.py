"""One office, three ways to name it: in full on paper, in two parts on screens, by its area among its neighbours (规程第五条)."""

from __future__ import annotations

import pytest

from canbao.rules.offices import UnknownOffice, office_area, office_full_name, office_short_name, offices

TOWN = "500102500102012"


def test_a_screen_names_an_office_by_its_area_and_the_one_above() -> None:
    assert office_full_name(TOWN) == "涪陵区社会保险经办机构龙桥街道社会保障服务所"
    assert office_short_name(TOWN) == "涪陵区 · 龙桥街道"
    assert office_area(TOWN) == "龙桥街道"
    assert (office_short_name("500102"), office_short_name("50")) == ("涪陵区", "重庆市")
    with pytest.raises(UnknownOffice):
        office_short_name("599999")


def test_no_short_name_is_empty_and_below_one_office_none_stands_for_two() -> None:
    held: dict[tuple[str, str], set[str]] = {}
    for one in offices():
        if not one.period.end and len(one.path) <= len(TOWN):
            held.setdefault((one.parent, office_area(one.path)), set()).add(one.path)
    assert all(area for _, area in held)
    assert [paths for paths in held.values() if len(paths) > 1] == []
