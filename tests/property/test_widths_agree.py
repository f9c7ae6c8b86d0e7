"""What `rules.columns` accepts can be written: no column takes more characters than the register's tables."""

from __future__ import annotations

import pytest

from canbao.bulk.sources import source_map
from canbao.rules.columns import COLUMNS
from canbao.rules.labels import DEPARTMENTS
from canbao.services.matching.unfit import longest


@pytest.mark.parametrize("source", sorted(DEPARTMENTS))
def test_no_accepted_value_is_longer_than_its_place(source: str) -> None:
    read = {column.to for column in source_map(source).columns}
    places = longest(source)
    taken = {name: COLUMNS[name].longest for name in read & places.keys() & COLUMNS.keys() if COLUMNS[name].longest}
    assert taken
    assert {name: (most, places[name]) for name, most in taken.items() if most > places[name]} == {}
