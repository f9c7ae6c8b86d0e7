"""The worker, who owns nothing, may set the indexes of an empty table aside for a load."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

TABLE = "alarm"


@pytest.fixture(autouse=True)
def empty_table(transactional_db: None) -> None:
    """Rows that were deleted still have their places in the table's file, which is what counts."""
    with connection.cursor() as cursor:
        cursor.execute("set role none")
        cursor.execute(f"truncate {TABLE}")
        cursor.execute("set role canbao_worker")


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select indexdef from pg_indexes where tablename = %s", [TABLE])
        return {row[0] for row in cursor.fetchall()}


def fill() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into alarm (kind, subject, office, count, first_id, last_id, from_at, to_at, raised_at, state, note)"
            " select 'MANY_PEOPLE', 's' || n, '50', 1, 0, 0, now(), now(), now(), 'OPEN', '' from generate_series(1, 5) n"
        )


def test_indexes_are_set_aside_and_come_back_as_they_were() -> None:
    before = indexes()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select indexes_aside(%s)", [[TABLE]])
        assert indexes() == set()
        fill()
        cursor.execute("select indexes_back(%s)", [[TABLE]])
    assert indexes() == before
    assert len(before) >= 2


def test_a_load_that_fails_leaves_the_indexes_alone() -> None:
    before = indexes()
    with connection.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("select indexes_aside(%s)", [[TABLE]])
        assert indexes() == set()
        cursor.execute("rollback")
    assert indexes() == before


def test_a_table_with_rows_keeps_its_indexes() -> None:
    before = indexes()
    fill()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select indexes_aside(%s)", [[TABLE]])
        assert indexes() == before
        cursor.execute("select indexes_back(%s)", [[TABLE]])
    assert indexes() == before
