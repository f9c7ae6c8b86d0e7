"""The set engine knows its own folders and nothing else, whatever statement reaches it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from canbao.bulk.engine import DuckEngine, OutsideFoldersError, StatementRefusedError
from canbao.bulk.sqltext import SQL, literal, parquet, path_literal, sql

SECRET = "只在外面"


@dataclass(frozen=True)
class Place:
    """A folder to work in, one to read, one that is nobody's business, and the engine."""

    work: Path
    reads: Path
    outside: Path
    engine: DuckEngine

    def raw(self, statement: str) -> object:
        """Past our own checks: what DuckDB itself lets through."""
        return self.engine._con.execute(statement).fetchall()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    work, reads, outside = (tmp_path / name for name in ("work", "reads", "outside"))
    for folder in (work, reads, outside):
        folder.mkdir()
    for folder in (reads, outside):
        (folder / "a.csv").write_text(f"x\n{SECRET}\n")
        (folder / "a.json").write_text(f'{{"x": "{SECRET}"}}\n')
        duckdb.sql(f"copy (select '{SECRET}' x) to '{folder}/a.parquet'")
    (reads / "link.csv").symlink_to(outside / "a.csv")
    (reads / "folder").symlink_to(outside)
    (work / "folder").symlink_to(outside)
    with DuckEngine(work, reads=[reads], memory_limit="500MB") as engine:
        yield Place(work, reads, outside, engine)


READERS = {
    "read_csv": "read_csv({path}.csv')", "read_csv_auto": "read_csv_auto({path}.csv')", "read_text": "read_text({path}.csv')",
    "read_blob": "read_blob({path}.csv')", "read_parquet": "read_parquet({path}.parquet')", "parquet_scan": "parquet_scan({path}.parquet')",
    "by name": "{path}.parquet'", "csv by name": "{path}.csv'", "glob": "glob({path}*')", "json": "read_json({path}.json')",
    "ndjson": "read_ndjson({path}.json')", "sniff": "sniff_csv({path}.csv')", "metadata": "parquet_metadata({path}.parquet')",
    "schema": "parquet_schema({path}.parquet')", "key values": "parquet_kv_metadata({path}.parquet')",
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@pytest.mark.parametrize(
    "way", ["{outside}/a", "{reads}/../outside/a", "{reads}/folder/a", "{work}/folder/a", "file://{outside}/a"]
)
def test_no_function_reads_another_file(place: Place, reader: str, way: str) -> None:
    path = "'" + way.format(outside=place.outside, reads=place.reads, work=place.work)
    query = "select count(*) from " + reader.format(path=path)
    with pytest.raises(duckdb.Error):
        place.raw(query)
    if way == "{outside}/a":  # and the same function reads what is allowed
        assert place.raw(query.replace(str(place.outside), str(place.reads)))


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", "/dev/stdin", "~/.profile", "link.csv"])
def test_no_other_file_of_the_machine(place: Place, path: str) -> None:
    with pytest.raises(duckdb.Error):
        place.raw(f"select * from read_text('{place.reads / path if path == 'link.csv' else path}')")


STATEMENTS = {
    "attach": "attach '{outside}/x.db'", "copy to": "copy (select 1) to '{outside}/x.csv'",
    "copy to, in place": "copy (select 1) to '{outside}/a.csv' (use_tmp_file false)", "copy up": "copy (select 1) to '{work}/../outside/x.csv'",
    "copy through a link": "copy (select 1) to '{work}/folder/x.csv'", "copy beside": "copy (select 1) to '{work}2.csv'",
    "copy from": "copy have from '{outside}/a.csv'", "export": "export database '{outside}/x'", "import": "import database '{outside}'",
    "install": "install httpfs", "load": "load httpfs", "load a file": "load '{work}/x.duckdb_extension'",
    "more access": "set enable_external_access = true", "unlock": "set lock_configuration = false", "folders": "set allowed_directories = ['/']",
    "files": "set allowed_paths = ['/etc/passwd']", "memory": "set memory_limit = '90GB'", "threads": "set threads = 64",
    "spill": "set temp_directory = '/tmp'", "reset": "reset memory_limit", "more settings": "set allowed_configs = ['threads']",
    "profiling": "set profiling_output = '{outside}/x'", "logging": "call enable_logging(storage = 'file', storage_path = '{outside}')",
    "secret": "create secret (type s3, key_id 'a', secret 'b')", "python": "set python_enable_replacements = true",
    "extensions": "set autoload_known_extensions = true",
}  # fmt: skip


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_duckdb_refuses_it_even_past_our_own_checks(place: Place, statement: str) -> None:
    place.raw("create table have (x varchar)")
    before = sorted(place.outside.iterdir())
    with pytest.raises((duckdb.Error, RuntimeError)):
        place.raw(statement.format(outside=place.outside, work=place.work))
    assert sorted(place.outside.iterdir()) == before
    assert (place.outside / "a.csv").read_text() == f"x\n{SECRET}\n"


KINDS = [
    sql("copy (select 1) to 'x.csv'"), sql("attach ':memory:' as other"), sql("export database 'x'"), sql("import database 'x'"),
    sql("set memory_limit = '1GB'"), sql("set variable x = 1"), sql("reset memory_limit"), sql("pragma database_list"),
    sql("call pragma_version()"), sql("install json"), sql("load json"), sql("detach memory"), sql("checkpoint"), sql("begin"),
    sql("prepare p as select 1"), sql("execute p"), sql("explain analyze select 1"), sql("vacuum"), sql("use memory"),
    sql("select 1; select 2"), sql("select 1; copy (select 1) to 'x.csv'"), sql("drop table if exists a; drop table if exists b"),
    sql(""), sql(" ; "), sql("-- nothing"), sql("pivot have on x using count(*)"),
]  # fmt: skip


@pytest.mark.parametrize("statement", KINDS, ids=[str(kind) for kind in KINDS])
def test_one_statement_of_the_right_kind(place: Place, statement: SQL) -> None:
    for take in (place.engine.run, place.engine.rows, place.engine.arrow):
        with pytest.raises(StatementRefusedError):
            take(statement)
    with pytest.raises(StatementRefusedError):
        place.engine.to_parquet(statement, place.work / "x.parquet")


def test_questions_change_nothing_and_changes_answer_nothing(place: Place) -> None:
    for statement in (
        sql("create table a as select 1 b"),
        sql("drop table if exists a"),
        sql("insert into a values (1)"),
    ):
        with pytest.raises(StatementRefusedError):
            place.engine.rows(statement)
    with pytest.raises(StatementRefusedError):
        place.engine.run(sql("select 1"))


def test_an_input_is_never_written(place: Place) -> None:
    """DuckDB would: COPY into an allowed folder is allowed. So COPY is no statement here, and the functions look where to."""
    before = (place.reads / "a.parquet").read_bytes()
    for path in (
        place.reads / "a.parquet",
        place.work / ".." / "reads" / "a.parquet",
        place.outside / "x",
        place.work / "folder" / "x",
    ):
        with pytest.raises(OutsideFoldersError):
            place.engine.to_parquet(sql("select 1"), path)
        with pytest.raises(OutsideFoldersError):
            place.engine.to_csv(sql("select 1"), path, header=True)
    inputs = path_literal(place.reads / "a.parquet")
    with pytest.raises(StatementRefusedError):
        place.engine.run(sql("copy (select 1) to {path} (use_tmp_file false)", path=inputs))
    breaks_out = sql("select 1) to {path} (format csv, use_tmp_file false); copy (select 2", path=inputs)
    with pytest.raises(duckdb.Error):
        place.engine.to_parquet(breaks_out, place.work / "x.parquet")
    assert (place.reads / "a.parquet").read_bytes() == before


def test_a_comment_at_the_end_hides_nothing(place: Place) -> None:
    assert place.engine.to_parquet(sql("select 1 as a -- to nowhere"), place.work / "x.parquet") == 1
    with pytest.raises(duckdb.Error):
        place.engine.to_parquet(sql("select 1 /* "), place.work / "y.parquet")


def test_variables_of_python_are_no_tables(place: Place) -> None:
    mine = pa.table({"x": [SECRET]})
    with pytest.raises(duckdb.CatalogException):
        place.engine.rows(sql("select * from mine"))
    with pytest.raises(duckdb.CatalogException):
        place.raw("select * from mine")
    place.engine.register("given", mine)
    assert place.engine.rows(sql("select * from given")) == [(SECRET,)]


def test_nothing_goes_over_the_network(place: Place) -> None:
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for reader in ("read_csv", "read_text", "read_parquet"):
            with pytest.raises(duckdb.Error):
                place.raw(f"select * from {reader}('http://127.0.0.1:{server.server_port}/a')")
    finally:
        server.shutdown()
    assert not asked


def test_one_file_is_not_its_folder(tmp_path: Path, place: Place) -> None:
    with DuckEngine(tmp_path / "own", reads=[place.reads / "a.parquet"], memory_limit="200MB") as engine:
        assert engine.rows(sql("select * from {file}", file=parquet(place.reads / "a.parquet"))) == [(SECRET,)]
        with pytest.raises(duckdb.Error):
            engine.rows(sql("select * from read_csv({file})", file=path_literal(place.reads / "a.csv")))
        with pytest.raises(duckdb.Error):
            engine.rows(sql("select * from read_parquet({files})", files=literal(f"{place.reads}/*.parquet")))


def test_folders_behind_links_and_with_quotes_are_what_they_are(tmp_path: Path) -> None:
    real = tmp_path / 'it\'s; drop "all"'
    real.mkdir()
    (tmp_path / "home").symlink_to(real)
    work = tmp_path / "home" / "work"
    with DuckEngine(work, memory_limit="200MB") as engine:
        engine.to_parquet(sql("select 1 as a"), work / "x.parquet")
        assert engine.value(sql("select a from {file}", file=parquet(work / "x.parquet"))) == 1


def test_rows_in_order_and_not_in_order(place: Place) -> None:
    setting = sql("select value from duckdb_settings() where name = 'preserve_insertion_order'")
    assert place.engine.value(setting) == "false"
    with suppress(ZeroDivisionError), place.engine.in_order():
        assert place.engine.value(setting) == "true"
        raise ZeroDivisionError
    assert place.engine.value(setting) == "false"


def test_a_stream_gives_the_rows_while_they_come(place: Place) -> None:
    with place.engine.csv_stream(sql("select * from (values (1, 'a\"b'), (2, null), (3, '')) order by 1")) as rows:
        assert rows.read() == b'"1","a""b"\n"2",\n"3",""\n'
    assert [path.name for path in place.work.iterdir() if path.name != "folder"] == [place.engine._spill.name]
    assert not list(place.engine._spill.glob("pipe-*"))


def test_a_stream_that_fails_says_so_and_waits_for_nobody(place: Place) -> None:
    with pytest.raises(duckdb.CatalogException), place.engine.csv_stream(sql("select * from nowhere")) as rows:
        assert rows.read() == b""
    late = sql("select (case when range < 300000 then 'x' else error('late') end) from range(300001)")
    with pytest.raises(duckdb.Error, match="late"), place.engine.csv_stream(late) as rows:
        rows.read()


def test_a_stream_that_nobody_reads_to_its_end(place: Place) -> None:
    many = sql("select range::varchar from range(5000000)")
    with place.engine.csv_stream(many) as rows:
        assert rows.read(5)
    for read in (0, 5):
        with suppress(ZeroDivisionError), place.engine.csv_stream(many) as rows:
            rows.read(read)
            raise ZeroDivisionError
    assert place.engine.value(sql("select 1")) == 1
    assert not list(place.engine._spill.glob("pipe-*"))


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with DuckEngine(tmp_path / "work", memory_limit="60MB", threads=1) as engine:
        engine.run(sql("create table a as select range, md5(range::varchar) m from range(2000000)"))
        assert engine.value(sql("select count(distinct m) from a")) == 2_000_000
        assert (tmp_path / "work").stat().st_mode & 0o077 == 0
    assert not list((tmp_path / "work").iterdir())


def test_a_file_appears_whole_or_not_at_all(place: Place) -> None:
    target = place.work / "deep" / "x.parquet"
    with pytest.raises(duckdb.Error):
        place.engine.to_parquet(sql("select error('half') from range(10)"), target)
    assert not target.exists()
    assert place.engine.to_parquet(sql("select range a from range(10)"), target) == 10
    with pytest.raises(duckdb.Error):
        place.engine.to_parquet(sql("select error('half') from range(10)"), target)
    assert place.engine.value(sql("select count(*) from {file}", file=parquet(target))) == 10
