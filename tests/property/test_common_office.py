"""The lowest office for several people: the rule, and the set engine that says the same."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.cases import _OFFICE
from canbao.bulk.sqltext import sql
from canbao.rules.offices import common_office

DISTRICTS = ("500101", "500112", "500190")
TOWNS = [d + t for d in DISTRICTS for t in ("500112015", "500112018")]
PATHS = ["50", *DISTRICTS, *TOWNS, *(town[:6] + town[6:] + village for town in TOWNS for village in ("001", "002"))]

ENGINES: list[DuckEngine] = []


def by_engine(groups: list[list[str]]) -> dict[str, str]:
    if not ENGINES:
        ENGINES.append(DuckEngine(Path(os.environ["CANBAO_HOME"]) / "common-office", memory_limit="200MB", threads=1))
    engine = ENGINES[0]
    people = [path for group in groups for path in group]
    engine.run(sql("create or replace table wanted_person (id bigint, office_path varchar)"))
    engine.run(sql("create or replace table conflict (subject varchar, person_ids bigint[])"))
    ids = iter(range(1, len(people) + 1))
    for number, group in enumerate(groups):
        mine = [next(ids) for _ in group]
        for person_id, path in zip(mine, group, strict=True):
            engine.run(sql("insert into wanted_person values (?, ?)"), [person_id, path])
        engine.run(sql("insert into conflict values (?, ?)"), [str(number), mine])
    return dict(engine.rows(_OFFICE))


@given(some.lists(some.lists(some.sampled_from(PATHS), min_size=1, max_size=4), min_size=1, max_size=5))
def test_the_office_of_a_case_covers_all_its_people_and_no_lower_one_does(groups: list[list[str]]) -> None:
    found = by_engine(groups)
    for number, group in enumerate(groups):
        office = common_office(group)
        assert found[str(number)] == office
        assert all(path.startswith(office) for path in group)
        lower = [path for path in PATHS if len(path) > len(office) and all(p.startswith(path) for p in group)]
        assert not lower
