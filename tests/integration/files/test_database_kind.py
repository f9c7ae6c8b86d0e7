"""Whether a database is one of a practice home: asked so that nothing but the register answers, and no error is taken for an answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from canbao.config import database, libpq
from tests.journal import login


@pytest.fixture
def url(transactional_db: None, admin_dsn: str) -> Iterator[str]:
    """A given server whose register is a real one."""
    with login("canbao_owner") as owner:
        owner.execute("insert into register_kind (is_practice) values (false)")
        yield make_conninfo(admin_dsn, dbname=connection.settings_dict["NAME"])
        owner.execute("delete from register_kind")


def test_a_table_of_the_same_name_elsewhere_does_not_answer(
    url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with login("canbao_owner") as owner:
        owner.execute("create schema before; create table before.register_kind as select true as is_practice")
        try:
            monkeypatch.setenv("PGOPTIONS", "-c search_path=before,public")
            for dsn in (url, make_conninfo(url, options="-c search_path=before,public")):
                monkeypatch.setenv("DATABASE_URL", dsn)
                assert database.kind_of(home) is False
        finally:
            owner.execute("drop schema before cascade")


def test_what_cannot_be_read_is_no_answer(url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", make_conninfo(url, options="-c role=canbao_web"))  # has no right on the table
    with pytest.raises(database.NotReachable, match="permission denied"):
        database.kind_of(home)
    monkeypatch.setenv("DATABASE_URL", make_conninfo(url, dbname="no_such_database"))
    with pytest.raises(database.NotReachable):
        database.kind_of(home)
    with pytest.raises(database.NotReachable):
        database.refuse_lost_keys(home / "nothing")
    monkeypatch.setenv("DATABASE_URL", url)
    with login("canbao_owner") as owner:
        owner.execute("delete from register_kind")
    assert database.kind_of(home) is None


def test_variables_of_libpq_are_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGOPTIONS", "PGSERVICE", "PGHOSTADDR", "PGTZ", "PGPASSFILE"):
        monkeypatch.setenv(name, "x")
    libpq.clear_environment()
    assert not [name for name in os.environ if name.startswith("PG")]
    read = {item.envvar.decode() for item in psycopg.pq.Conninfo.get_defaults() if item.envvar}
    assert read and all(name.startswith(libpq.PREFIX) for name in read)
