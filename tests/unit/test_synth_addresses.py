"""Irregular addresses of the invented city: switched on by themselves, with a truth beside that no delivery carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from synth import addresses, city
from synth.places import places

PLAN = city.Plan(3_000, 5, date(2026, 10, 31), form="parquet", damage=(addresses.KIND,))
SOURCES = ("police", "health")
COLUMNS = {"police": ("户籍人员编号", "户籍区划", "户籍地址"), "health": ("居民编号", "居住区划", "居住地址")}
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("irregular")
    city.generate(replace(PLAN, errors=2.0), out=out, sources=SOURCES)
    return out


def _read(folder: Path, source: str) -> tuple[Rows, Rows]:
    truth = [row for row in pq.read_table(folder / "addresses.parquet").to_pylist() if row["source"] == source]
    return pq.read_table(folder / source / f"{source}_01.parquet").to_pylist(), truth


def test_every_kind_occurs_and_every_row_has_its_truth(folder: Path) -> None:
    found = set()
    for source in SOURCES:
        rows, truth = _read(folder, source)
        assert [row[COLUMNS[source][0]] for row in rows] == [row["record_key"] for row in truth]
        found |= {kind for row in truth for kind in row["kinds"].split(";")}
    assert found - {""} == set(addresses.KINDS)


def test_an_address_says_what_its_kinds_leave_of_it(folder: Path) -> None:
    codes = places().codes.to_pylist()[2 * places().count : 3 * places().count]
    names = {code: name for code, (_, _, name) in zip(codes, places().names, strict=True)}
    silent = {"village_missing", "village_short", "village_old", "typo", "full_width", "blanks", "bare"}
    checked = 0
    for source in SOURCES:
        _, division, address = COLUMNS[source]
        for row, truth in zip(*_read(folder, source), strict=True):
            kinds = set(truth["kinds"].split(";"))
            if not kinds & silent:
                assert names[truth["village"]] in row[address], (row, truth)
                checked += 1
            if len(row[division]) == 12 and "neighbour_code" in kinds:
                assert row[division][:9] == truth["village"][:9]
            elif len(row[division]) == 12:
                assert row[division] == truth["village"]
    assert checked > 300


def test_the_police_have_one_address_for_each_household(folder: Path) -> None:
    of_household: dict[str, set[str]] = {}
    for row in _read(folder, "police")[0]:
        of_household.setdefault(row["户号"], set()).add(row["户籍地址"].removesuffix("附1号"))
    assert (
        sum(len(found) > 1 for found in of_household.values()) < len(of_household) / 50
    )  # neighbours who look alike moved in


def test_nothing_but_addresses_and_their_codes_differs(folder: Path, tmp_path: Path) -> None:
    city.generate(replace(PLAN, errors=2.0, damage=()), out=tmp_path, sources=("health",))
    assert not (tmp_path / "addresses.parquet").exists()
    before = pq.read_table(tmp_path / "health" / "health_01.parquet").to_pylist()
    for old, new in zip(before, _read(folder, "health")[0], strict=True):
        assert {name for name in old if old[name] != new[name]} <= {"居住地址", "居住区划"}
