"""SQL text quotes what it is given and takes nothing that it did not make."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as some

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import (
    SQL,
    cases,
    checked,
    columns,
    each,
    identifier,
    joined,
    literal,
    literals,
    parquet,
    path_literal,
    sql,
)

QUERY = sql("select 1")
WAYS: dict[str, Any] = {
    "str": lambda: str(QUERY),
    "f-string": lambda: f"{QUERY}",
    "f-string with more": lambda: f"{QUERY} where true",
    "adding": lambda: QUERY + " where true",
    "adding two": lambda: QUERY + sql(" where true"),
    "in front": lambda: "explain " + QUERY,
    "per cent": lambda: sql("select %s") % "x",
    "format": lambda: sql("select {{}}").format("x"),
    "join": lambda: sql(", ").join([QUERY, QUERY]),
    "replace": lambda: QUERY.replace("1", "2"),
    "strip": lambda: sql("select 1 ").strip(),
    "slice": lambda: QUERY[:],
    "repeat": lambda: QUERY * 1,
    "upper": QUERY.upper,
    "translate": lambda: QUERY.translate({}),
    "partition": lambda: QUERY.partition("t")[0],
    "encode": QUERY.encode,
    "concatenated bytes": lambda: b"select 1",
}


@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS.keys())
def test_whatever_python_makes_of_sql_is_refused(make: Any, tmp_path: Path) -> None:
    made = make()
    assert not isinstance(made, SQL)
    with DuckEngine(tmp_path, memory_limit="200MB") as engine:
        for take in (engine.rows, engine.value, engine.run, engine.arrow, checked):
            with pytest.raises(TypeError):
                take(made)
        with pytest.raises(TypeError):
            engine.to_parquet(made, tmp_path / "x.parquet")
        with pytest.raises(TypeError), engine.csv_stream(made) as rows:
            rows.read()


@pytest.mark.parametrize("value", ["select 1", None, True, float("nan"), float("inf"), b"x", date(2026, 1, 1), ["a"]])
def test_a_template_takes_sql_and_numbers_only(value: Any) -> None:
    with pytest.raises(TypeError):
        sql("select {value}", value=value)


def test_nobody_makes_sql_directly() -> None:
    with pytest.raises(TypeError):
        SQL("select 1")
    with pytest.raises(TypeError):
        type("Mine", (SQL,), {})
    with pytest.raises(TypeError):
        joined(", ", ["a"])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(QUERY))
    with pytest.raises(TypeError):
        copy.copy(QUERY)


def test_a_place_without_a_piece_is_an_error() -> None:
    with pytest.raises(KeyError):
        sql("select {a}")
    with pytest.raises(IndexError):
        sql("[0-9]{17}")


def test_two_minus_signs_never_meet() -> None:
    assert sql("5 -{n}", n=-3) == "5 -(-3)"
    assert sql("5 -{n}", n=-0.5) == "5 -(-0.5)"
    assert sql("{n}", n=1e-07) == "1e-07"


def test_lists_of_names_and_values() -> None:
    assert columns(["a", 'b"c'], "t") == '"t"."a", "t"."b""c"'
    assert literals(["a", "b'c"]) == "'a', 'b''c'"
    assert each("x.{name} = y.{name}", ["a", "b"], separator=" and ") == 'x."a" = y."a" and x."b" = y."b"'
    assert cases(sql("a"), {"x'": 1}, otherwise=literal("z")) == "case a when 'x''' then 1 else 'z' end"
    assert literal(date(2026, 3, 4)) == "date '2026-03-04'"


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_cannot_be_a_name(name: str) -> None:
    with pytest.raises(ValueError):
        identifier(name)


def test_a_text_with_a_zero_byte_is_refused() -> None:
    with pytest.raises(ValueError):
        literal("a\0b")


@pytest.mark.parametrize("name", ["*.parquet", "a?.parquet", "a[1].parquet"])
def test_a_path_that_would_be_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):
        path_literal(tmp_path / name)
    with pytest.raises(ValueError):
        parquet(tmp_path / name)


def test_a_path_is_told_without_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert path_literal(tmp_path / "link" / "a.csv") == f"'{(tmp_path / 'real' / 'a.csv').resolve()}'"


HOSTILE = some.text(
    some.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60
) | some.text("'\"\\;-/*(){}% \n\t$", min_size=1, max_size=30)


@given(HOSTILE)
def test_a_name_stays_a_name_and_a_text_a_text(text: str) -> None:
    """Whatever it says: DuckDB gives back the same text under the same name."""
    found = duckdb.sql(sql("select {text} as {name}", text=literal(text), name=identifier(text)))
    assert found.columns == [text]
    assert found.fetchall() == [(text,)]
