"""How to keep persons: history, indexes and row security, measured side by side in an embedded server.

python -m bench.store [ROWS] [PARTS]     PARTS out of h (history), i (indexes), s (row security); default 1000000 his
"""

from __future__ import annotations

import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg

from canbao.outside.postgres import PORT, SUPERUSER, EmbeddedServer

PASSWORD = "bench"
DISTRICTS, TOWNS, VILLAGES = 40, 25, 11
LOOKUPS = 1000

# Names as uneven as real ones: few surnames, and some characters far commoner than others.
PERSONS = f"""
    select n as id,
        '5009' || lpad((a % 100)::text, 2, '0') || to_char(born, 'YYYYMMDD') || lpad((b % 9999)::text, 4, '0') as number,
        substr('王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高', 1 + (m % 400 / 20 * (m % 20 + 1) / 20)::int, 1)
            || chr(19968 + (a % 3000 * (b % 3000) / 3000)::int)
            || case when m % 5 = 0 then '' else chr(19968 + (b / 3000 % 3000 * (a / 3000 % 3000) / 3000)::int) end as name,
        born as birth_date,
        '50' || lpad((m % {DISTRICTS})::text, 2, '0') || lpad((m / {DISTRICTS} % {TOWNS})::text, 3, '0')
            || lpad((m / {DISTRICTS * TOWNS} % {VILLAGES})::text, 3, '0') as office_path
    from (select n, m, a, b, date '1930-01-01' + (a % 34000)::int as born from (
        select n, hash[1] & 268435455 as m, hash[2] & 268435455 as a, hash[3] & 268435455 as b from (
            select n, array[hashint8extended(n, 1), hashint8extended(n, 2), hashint8extended(n, 3)] as hash
            from generate_series(1::bigint, ROWS) n) s) t) u"""


def main(rows: int, parts: str) -> None:
    print(f"{rows:,} rows · {platform.machine()} · {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="canbao-bench-") as top:
        server = EmbeddedServer(Path(top) / "home", password=PASSWORD)
        server.start()
        try:
            dsn = f"host={server.socket_dir} port={PORT} user={SUPERUSER} password={PASSWORD} dbname=postgres"
            with psycopg.connect(dsn, autocommit=True) as con:
                con.execute("create extension btree_gist; create extension pg_trgm")
                if "h" in parts:
                    history(con, rows)
                if "i" in parts or "s" in parts:
                    indexes(con, rows)
                if "s" in parts:
                    security(con, rows)
        finally:
            server.stop()


def history(con: psycopg.Connection, rows: int) -> None:
    """Lean current rows with a history table, against one bitemporal table held by an exclusion constraint."""
    persons = rows // 2
    facts = f"""select p as person_id, s as scheme, 1 + (p % 4)::int as status, date '2015-01-01' + (p % 3000)::int as since
               from generate_series(1, {persons}) p, generate_series(1, 2) s"""
    con.execute("""
        create table lean (person_id bigint, scheme smallint, status smallint, valid_from date, recorded_at timestamptz,
            version int default 1, primary key (person_id, scheme));
        create table lean_past (person_id bigint, scheme smallint, status smallint, valid daterange, recorded tstzrange);
        create index on lean_past (person_id, scheme);
        create table whole (person_id bigint, scheme smallint, status smallint, valid daterange, recorded tstzrange,
            exclude using gist (person_id with =, scheme with =, valid with &&, recorded with &&))""")
    t1, t2 = "'2026-01-01 00:00Z'", "'2026-02-01 00:00Z'"
    lean = [
        timed(con, f"insert into lean select person_id, scheme, status, since, {t1} from ({facts}) f"),
        timed(
            con,
            f"""with chosen as (select * from lean where person_id % 50 = 7),
                moved as (insert into lean_past select person_id, scheme, status, daterange(valid_from, '2026-01-15'),
                    tstzrange(recorded_at, null) from chosen),
                corrected as (insert into lean_past select person_id, scheme, status, daterange(valid_from, null),
                    tstzrange(recorded_at, {t2}) from chosen)
                update lean set status = 5, valid_from = '2026-01-15', recorded_at = {t2}, version = version + 1
                where person_id % 50 = 7""",
        ),
    ]
    whole = [
        timed(
            con,
            f"insert into whole select person_id, scheme, status, daterange(since, null), tstzrange({t1}, null)"
            f" from ({facts}) f",
        ),
        timed(
            con,
            f"""update whole set recorded = tstzrange(lower(recorded), {t2})
                where person_id % 50 = 7 and upper_inf(recorded)""",
        )
        + timed(
            con,
            f"""insert into whole
                select person_id, scheme, status, daterange(lower(valid), '2026-01-15'), tstzrange({t2}, null) from whole
                where person_id % 50 = 7 and upper(recorded) = {t2}
                union all
                select person_id, scheme, 5, daterange('2026-01-15', null), tstzrange({t2}, null) from whole
                where person_id % 50 = 7 and upper(recorded) = {t2}""",
        ),
    ]
    con.execute("vacuum analyze")
    ask_lean = """select status from lean where person_id = %(p)s::bigint and scheme = 1::smallint and valid_from <= %(on)s
                      and recorded_at <= %(at)s
                  union all select status from lean_past where person_id = %(p)s::bigint and scheme = 1::smallint
                      and valid @> %(on)s::date and recorded @> %(at)s::timestamptz"""
    ask_whole = """select status from whole where person_id = %(p)s::bigint and scheme = 1::smallint
                      and valid @> %(on)s::date and recorded @> %(at)s::timestamptz"""
    chosen = random.Random(5)
    asked = [
        {"p": chosen.randrange(1, persons), "on": "2026-01-20", "at": at}
        for at in ("2026-01-20 00:00Z", "2026-03-01 00:00Z")
        for _ in range(LOOKUPS)
    ]
    sizes = [size(con, "lean") + size(con, "lean_past"), size(con, "whole")]
    answers = [p95(con, ask_lean, asked), p95(con, ask_whole, asked)]
    table(
        f"history, {rows:,} facts, 2 % of the persons changed",
        ("", "lean + history", "one table, exclusion", "ratio"),
        [
            ("load, s", lean[0], whole[0], whole[0] / lean[0]),
            ("µs a row", lean[0] / rows * 1e6, whole[0] / rows * 1e6, whole[0] / lean[0]),
            ("change, s", lean[1], whole[1], whole[1] / lean[1]),
            ("size, MB", *sizes, sizes[1] / sizes[0]),
            ("as of, p95 ms", *answers, answers[1] / answers[0]),
        ],
    )
    con.execute("drop table lean, lean_past, whole")


def indexes(con: psycopg.Connection, rows: int) -> None:
    """Which indexes a person needs: time to build after the load, size, and what a search then takes."""
    con.execute(
        'create table person (id bigint, number text, name text, birth_date date, office_path text collate "C")'
    )
    load = timed(con, "insert into person " + PERSONS.replace("ROWS", str(rows)))
    built = {
        "primary key (id)": "alter table person add primary key (id)",
        "(number)": "create index person_number on person (number)",
        "(office_path, name)": "create index person_area on person (office_path, name)",
        "(name)": "create index person_name on person (name)",
        "(name, birth_date)": "create index person_birth on person (name, birth_date)",
        "trigrams of name": "create index person_part on person using gin (name gin_trgm_ops)",
    }
    lines = [(name, timed(con, text), 0.0) for name, text in built.items()]
    names = ("person_pkey", "person_number", "person_area", "person_name", "person_birth", "person_part")
    lines = [(name, seconds, size(con, index)) for (name, seconds, _), index in zip(lines, names, strict=True)]
    table(
        f"indexes, {rows:,} persons; table {size(con, 'person', whole=False):,.0f} MB loaded in {load:.1f} s",
        ("index", "build, s", "MB"),
        lines,
    )
    con.execute("drop index person_part, person_birth")
    con.execute("vacuum analyze person")
    chosen = random.Random(3)
    ids = [chosen.randrange(1, rows) for _ in range(LOOKUPS)]
    found = [
        con.execute("select number, name, office_path, birth_date from person where id = %s", [n]).fetchone()
        for n in ids
    ]
    people = [{"number": r[0], "name": r[1], "lo": r[2][:7], "hi": r[2][:7] + "~", "birth": r[3]} for r in found if r]
    searches = {
        "by number": "select id from person where number = %(number)s",
        "by name in a town": "select id from person where office_path between %(lo)s and %(hi)s and name = %(name)s limit 20",
        "by name in the city": "select id from person where name = %(name)s order by birth_date limit 20",
        "first 20 of a town by name": "select id from person where office_path between %(lo)s and %(hi)s"
        " order by office_path, name limit 20",
    }
    table(
        f"search, {rows:,} persons, {LOOKUPS} each",
        ("", "p50 ms", "p95 ms"),
        [(name, p95(con, text, people, share=0.5), p95(con, text, people)) for name, text in searches.items()],
    )


def security(con: psycopg.Connection, rows: int) -> None:
    """What four ways to say "your area" cost, with a login that owns nothing."""
    con.execute("create role web; grant select on person to web")
    con.execute(
        'create table post (account text, lo text collate "C", hi text collate "C"); grant select on post to web'
    )
    con.execute("insert into post values ('district', '5007', '5007~'), ('town', '5007003', '5007003~')")
    con.execute("alter table person enable row level security; alter table person force row level security")
    policies = {
        "none": "true",
        "range on settings": "office_path between current_setting('a.lo', true) and current_setting('a.hi', true)",
        "like": "office_path like current_setting('a.like', true)",
        "starts_with": "starts_with(office_path, current_setting('a.lo', true))",
        "exists": "exists (select from post where account = current_setting('a.account', true)"
        " and office_path between lo and hi)",
    }
    areas = {"district": "5007", "town": "5007003"}
    questions = {
        "count": "select count(*) from person",
        "20 by name": "select id from person where name like '王%' order by office_path, name limit 20",
    }
    lines = []
    for name, text in policies.items():
        con.execute(f"drop policy if exists area on person; create policy area on person using ({text})")
        line: list[object] = [name]
        for area, path in areas.items():
            for question in questions.values():
                line.append(statistics.median(_as_web(con, question, area, path) for _ in range(5)))
        lines.append(tuple(line))
    table(
        f"row security, {rows:,} persons, ms (median of 5)",
        ("policy", *(f"{question}, {area}" for area in areas for question in questions)),
        lines,
    )


def _as_web(con: psycopg.Connection, question: str, area: str, path: str) -> float:
    with con.transaction():
        settings = {"a.lo": path, "a.hi": path + "~", "a.like": path + "%", "a.account": area}
        for name, value in settings.items():
            con.execute("select set_config(%s, %s, true)", [name, value])
        con.execute("set local role web")
        started = time.perf_counter()
        con.execute(question).fetchall()  # type: ignore[call-overload]
        return (time.perf_counter() - started) * 1000


def timed(con: psycopg.Connection, text: str) -> float:
    started = time.perf_counter()
    con.execute(text)  # type: ignore[call-overload]
    return time.perf_counter() - started


def p95(con: psycopg.Connection, text: str, asked: list[dict[str, object]], *, share: float = 0.95) -> float:
    """The share of answers, in ms, after one round to warm up."""
    taken = []
    ask: Callable[[dict[str, object]], object] = lambda values: con.execute(text, values).fetchall()  # type: ignore[call-overload]  # noqa: E731
    for values in asked[:50]:
        ask(values)
    for values in asked:
        started = time.perf_counter()
        ask(values)
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[int(len(taken) * share)]


def size(con: psycopg.Connection, relation: str, *, whole: bool = True) -> float:
    name = "pg_total_relation_size" if whole else "pg_relation_size"
    found = con.execute(f"select {name}(%s) / 1e6", [relation]).fetchone()  # type: ignore[call-overload]
    return float(found[0]) if found else 0.0


def table(title: str, heads: tuple[str, ...], lines: Iterable[tuple[object, ...]]) -> None:
    print(f"\n{title}\n| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for line in lines:
        print(
            "| " + " | ".join(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in line) + " |",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2] if len(sys.argv) > 2 else "his")
