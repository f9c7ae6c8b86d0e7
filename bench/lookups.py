"""How long a look-up takes: the product's search, as the web's login behind row security, on an invented register.

python -m bench.lookups 1m|10m|PEOPLE [FOLDER]     FOLDER keeps the filled server between runs (default bench/out)

The register is filled by set, without matching: people of a city of 40 districts, 1,000 towns and 11,000 villages, with names
as uneven as real ones, one document, one business number and two enrolments each. Every search runs as the clerks run it, with
its journal entry; the ratio is to a select by primary key in the same run.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

SIZES = {"1m": 1_000_000, "10m": 10_000_000, "34m": 34_000_000}
ASKED, WARM = 400, 40
BUDGET = {"number": 20, "name, town": 100, "open a person": 100}
COMMON = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文志春梅海燕晓东小龙云飞雪峰波林宇辉鹏俊浩宁健鑫斌玲婷"
    "丹萍琴洁莉倩雯欣怡佳慧颖琳晨阳光辰睿轩涵子梓一诺思雨若曦嘉琪天宏永福德贵成才长江山水石金银花莲凤仙清秋月"
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈冉覃"
TABLES = ("person", "person_document", "business_number", "enrolment")


def main(people: int, folder: Path) -> None:
    home = folder / f"lookups-{people}"
    os.environ |= {"CANBAO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "canbao.config.settings", "CANBAO_LOGIN": "web"}
    if not (home / "filled").exists():
        home.mkdir(parents=True, exist_ok=True)
        worker = os.environ | {"CANBAO_LOGIN": "worker"}
        subprocess.run([sys.executable, "-m", "canbao.config.entry", "init", "--practice"], env=worker, check=True)
    from canbao.config import database

    server = database.start(home)
    try:
        import django

        django.setup()
        loaded = "" if (home / "filled").exists() else fill(home, people)
        report = "\n".join([f"{people:,} people · {datetime.now(UTC):%Y-%m-%d} · {machine()}", *filter(None, [loaded])])
        print(report)
        report += "\n" + "\n".join(measure(people))
    finally:
        if server:
            server.stop()
    print(report)
    results = Path(__file__).parent / "results"
    (results / f"lookups-{people}.txt").write_text(report + "\n", encoding="utf-8")


def machine() -> str:
    from bench.run import commit
    from bench.run import machine as whole

    return f"commit {commit()} · {whole()} · load {os.getloadavg()[0]:.1f} of others at the start"


# Filling


def fill(home: Path, people: int) -> str:
    """Rows by DuckDB, COPY without the indexes, then the indexes: as a first load does. Returns what it took."""
    import psycopg

    from bench.statements import statement
    from canbao.bulk.engine import DuckEngine
    from canbao.bulk.registry import sounding
    from canbao.config import database
    from canbao.config.home import DATABASE

    spent: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory(dir=home) as spill,
        DuckEngine(Path(spill), memory_limit="6GB") as engine,
        psycopg.connect(database.admin_dsn(home, dbname=DATABASE), autocommit=True) as con,
    ):
        begun = time.perf_counter()
        villages = repr(_villages())
        engine.run(
            statement(f"create table office as select unnest({villages}) path, generate_subscripts({villages}, 1) i")
        )
        engine.run(statement(f"create table drafted as {_drafted(people)}"))
        spent["invent"] = -begun + (begun := time.perf_counter())
        sounding.build(engine, statement("select name_key from drafted limit 0"), [])
        sounded = sounding.with_sounds(statement("select * from drafted"))
        engine.run(statement(f"create table sounded as {sounded}"))
        spent["sounds"] = -begun + (begun := time.perf_counter())
        con.execute("set maintenance_work_mem = '1GB'; alter role current_user set synchronous_commit = off")
        with con.transaction():
            con.execute("select indexes_aside(%s)", [list(TABLES)])
            for table, query in _rows().items():
                _copy(engine, con, table, query, Path(spill))
            spent["copy"] = -begun + (begun := time.perf_counter())
            for (definition,) in con.execute("select definition from index_aside order by position").fetchall():
                con.execute(definition)
                name = definition.split("constraint")[-1].split(" ON ")[0].split()[-1 if "INDEX" in definition else 0]
                spent[f"index {name}"] = -begun + (begun := time.perf_counter())
            con.execute("delete from index_aside")
        con.execute("vacuum analyze")
        sizes = con.execute(
            "select indexrelid::regclass::text, pg_relation_size(indexrelid) / 1e6 from pg_index"
            " where indrelid = 'person'::regclass"
        ).fetchall()
        whole = con.execute("select pg_relation_size('person') / 1e6").fetchone()
    (home / "filled").touch()
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items())
    megabytes = ", ".join(f"{name} {size:,.0f} MB" for name, size in [("person", whole[0] if whole else 0), *sizes])
    return f"filled: {told}\nsizes: {megabytes}"


def _villages() -> list[str]:
    return [
        f"50{d:04d}500{d % 1000:03d}{t:03d}{v:03d}" for d in range(901, 941) for t in range(1, 26) for v in range(1, 12)
    ]


def _drafted(people: int) -> str:
    """Names as uneven as real ones: a common surname and common characters far more often than the rest."""
    signs, families = repr(COMMON), repr(SURNAMES)
    skewed = f"1 + (({{0}} % 1000) * ({{1}} % 1000) / 1000000.0 * {len(COMMON)})::int"
    return f"""
    with hashed as (
        select n, hash(n, 1) % 268435456 m, hash(n, 2) % 268435456 a, hash(n, 3) % 268435456 b, hash(n, 4) % 268435456 c
        from range(1, {people + 1}) t(n)
    ), named as (
        select n, m, b, date '1930-01-01' + (a % 34000)::int as born,
            {families}[1 + ((m % 97) * (a % 101) / 9797.0 * {len(SURNAMES) - 1})::int]
            || {signs}[least({skewed.format("b", "c")}, {len(COMMON)})]
            || case when c % 4 = 0 then '' else {signs}[least({skewed.format("(a // 7)", "(c // 11)")}, {len(COMMON)})] end as name
        from hashed
    )
    select n as id, name, name as name_key, born as birth_date, 1 + n % 2 as sex, path as office_path,
        '5009' || lpad((m % 100)::varchar, 2, '0') || strftime(born, '%Y%m%d') || lpad((b % 9999)::varchar, 4, '0') as doc_number
    from named join office on i = 1 + m % 11000"""


def _rows() -> dict[str, str]:
    written = "1 as version, '2026-10-31' as valid_from, '2026-11-01' as recorded_at, 'bench' as basis"
    return {
        "person": f"select id, name, name_key, name_sound, sex, birth_date, '01' as doc_type, doc_number, false as"
        f" number_disputed, substr(office_path, 7) as hukou_division, '重庆市某区某路' || id || '号' as hukou_address,"
        f" 'LOCAL_HUKOU' as scope, 'LAPSED' as gap, office_path, {written} from sounded",
        "person_document": f"select id as person_id, doc_number as number, '01' as doc_type, 'police' as sources, office_path,"
        f" {written} from sounded",
        "business_number": f"select id as person_id, 'employee' as source, lpad(id::varchar, 12, '7') as number, office_path,"
        f" {written} from sounded",
        "enrolment": f"select id as person_id, scheme, 'K' || id as record_key, 'employee' as source, 'ACTIVE' as state,"
        f" office_path, {written} from sounded, (values ('EMPLOYEE_PENSION'), ('EMPLOYEE_MEDICAL')) s(scheme)",
    }


def _copy(engine: Any, con: Any, table: str, query: str, folder: Path) -> None:
    from bench.statements import statement

    path = folder / f"{table}.csv"
    engine.to_csv(statement(query), path, header=True)
    with path.open("rb") as file:
        columns = file.readline().decode().strip()
        with con.cursor().copy(f"copy {table} ({columns}) from stdin (format csv)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
    path.unlink()


# Asking


def measure(people: int) -> list[str]:
    """p50 and p95 of each way to find somebody, and the ratio to a select by primary key."""
    from django.db import connection

    from canbao.services import access

    samples = _samples(people)
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        print("as", cursor.fetchone())
    ways = _ways()
    lines = [f"{'':<28}{'p50 ms':>9}{'p95 ms':>9}{'ratio':>8}{'budget':>9}"]
    limit = 0.0
    for name, ask in ways.items():
        taken = []
        for turn, sample in enumerate(samples):
            begun = time.perf_counter()
            with access.acting_as(sample["clerk"]):
                entered = time.perf_counter()
                ask(sample)
                left = time.perf_counter()
            taken.append(1000 * (left - entered if name == "primary key" else time.perf_counter() - begun))
            if turn == WARM:
                taken.clear()
        taken.sort()
        half, most = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
        limit = limit or half
        budget = BUDGET.get(name)
        lines.append(f"{name:<28}{half:>9.2f}{most:>9.2f}{half / limit:>8.1f}" + (f"{budget:>9}" if budget else ""))
    return lines


def _ways() -> dict[str, Callable[[dict[str, Any]], Any]]:
    from django.db import connection

    from canbao.services import lookup, registry

    def by_key(sample: dict[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select name from person where id = %s", [sample["id"]])
            assert cursor.fetchone()

    def search(*words: str, who: str = "clerk") -> Callable[[dict[str, Any]], Any]:
        def ask(sample: dict[str, Any]) -> None:
            text = " ".join(sample[word] for word in words)
            found = lookup.search(text, actor=sample[who], on=date(2026, 11, 24), at=datetime.now(UTC))
            assert found.hits

        return ask

    return {
        "primary key": by_key,
        "number": search("number"),
        "business number": search("business"),
        "name, town": search("name"),
        "pinyin, town": search("pinyin"),
        "initials, town, year": search("initials", "year"),
        "open a person": lambda sample: registry.as_of(
            sample["id"], valid_on=date(2026, 11, 24), known_at=datetime.now(UTC)
        ),
    } | _wide_ways(search)


def _wide_ways(search: Callable[..., Any]) -> dict[str, Callable[[dict[str, Any]], Any]]:
    """The same in a district and in the whole city."""
    from canbao.services import access

    def widely(who: str, ask: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        def asked(sample: dict[str, Any]) -> None:
            with access.acting_as(sample[who]):
                ask(sample)

        return asked

    return {
        "name, district": widely("district", search("name", who="district")),
        "pinyin, district, year": widely("district", search("pinyin", "year", who="district")),
        "initials, district, day": widely("district", search("initials", "day", who="district")),
        "number, city": widely("city", search("number", who="city")),
        "name, city, year": widely("city", search("name", "year", who="city")),
        "pinyin, city, day": widely("city", search("pinyin", "day", who="city")),
    }


def _samples(people: int) -> list[dict[str, Any]]:
    """People drawn evenly, so common names as often as they are common, each with the clerk of his town."""
    from django.db import connection

    from bench.staff import unlimited
    from canbao.rules.roles import Actor, Role
    from canbao.services import access

    unlimited("bench")
    chosen = random.Random(7)
    city = Actor("bench", Role.MUNICIPAL_ANALYST, "50")
    with access.acting_as(city), connection.cursor() as cursor:
        ids = [chosen.randrange(1, people) for _ in range(ASKED + WARM)]
        cursor.execute(
            "select id, doc_number, name, name_sound, birth_date, office_path from person where id = any(%s)", [ids]
        )
        found = cursor.fetchall()
    return [
        {
            "id": pk, "number": number, "business": str(pk).rjust(12, "7"), "name": name,
            "pinyin": sound.partition(" ")[2], "initials": sound.partition(" ")[0], "year": str(born.year),
            "day": f"{born:%Y-%m-%d}", "clerk": Actor("bench", Role.TOWN_CLERK, office[:15]),
            "district": Actor("bench", Role.DISTRICT_CLERK, office[:6]), "city": city,
        }
        for pk, number, name, sound, born, office in found
    ]  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    size = sys.argv[1].lower()
    main(SIZES.get(size) or int(size), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "out")
