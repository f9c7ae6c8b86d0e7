"""Villages from addresses over an invented city of irregular addresses: how many, how right, by kind of irregularity, how long.

python -m bench.villages 1m|PEOPLE [FOLDER]     FOLDER keeps the city and its register between runs (default bench/out)

The register comes from the departments' files; then the villages of the whole city are worked out anew. What is right is read from the
generator's own truth (`addresses.parquet`), which the product never sees. The ratio is to the least that any way must do: copy the
people's addresses into the set engine and as many rows back, without an index.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench.lookups import machine
from bench.run import SIZES, timed
from bench.run import command as run_command

Row = tuple[object, ...]


def main(people: int, folder: Path) -> None:
    city, home = folder / f"villages-city-{people}", folder / f"villages-{people}"
    if not (home / "filled").exists():
        fill(city, home, people)
    os.environ |= {
        "CANBAO_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "canbao.config.settings",
        "CANBAO_LOGIN": "worker",
    }
    from canbao.config import database

    server = database.start(home)
    try:
        import django

        django.setup()
        head = f"{people:,} people · {datetime.now(UTC):%Y-%m-%d} · {machine()}"
        report = "\n".join([head, *measure(city, home)])
    finally:
        if server:
            server.stop()
    print(report)
    (Path(__file__).parent / "results" / f"villages-{people}.txt").write_text(report + "\n", encoding="utf-8")


def fill(city: Path, home: Path, people: int) -> None:
    """A register of the city; its first run of the matching works the villages out as well."""
    if not (city / "truth.parquet").exists():
        words = ["--people", str(people), "--seed", "11", "--damage", "addresses", "--out", str(city)]
        subprocess.run([sys.executable, "-m", "synth", *words], check=True, stdout=subprocess.DEVNULL)
    run_command(home, "init", "--practice")
    timed("receive", home, "intake", "receive", str(city), "--as", "bench-a")
    timed("commit", home, "intake", "commit", "--all", "--as", "bench-b")
    timed("match and villages", home, "match", "run", "--as", "bench-a")
    (home / "filled").touch()


def measure(city: Path, home: Path) -> list[str]:
    """Whole again, one town, and the answers against the truth."""
    whole, moved = _worked_out(whole=True)
    town = _some_town()
    _change_somebody(town)
    part, _ = _worked_out()
    bare = _bare(home)
    return [
        *_judged(city, home),
        f"the whole city again: {whole:.1f} s ({moved} people moved); bare copies of the same rows: {bare:.1f} s; ratio {whole / bare:.1f}",
        f"one town ({town}): {part:.2f} s",
    ]


def _worked_out(**how: object) -> tuple[float, int]:
    from canbao.rules.roles import Actor, Role
    from canbao.services import villages

    began = time.perf_counter()
    run = villages.refresh(actor=Actor("bench", Role.MUNICIPAL_OPERATOR), at=datetime.now(UTC), **how)  # type: ignore[arg-type]
    return time.perf_counter() - began, int(run.counts["moved"]) if run else 0


def _some_town() -> str:
    from django.db.models import Count

    from canbao.store.models import VillageAssignment

    found = VillageAssignment.objects.exclude(town="").values("town").annotate(n=Count("pk")).order_by("-n")[0]
    return str(found["town"])


def _change_somebody(town: str) -> None:
    """One person recorded just now: the town is worked out again."""
    from canbao.store.models import Person, VillageAssignment

    somebody = VillageAssignment.objects.filter(town=town).values_list("pk", flat=True)[0]
    Person.objects.filter(pk=somebody).update(recorded_at=datetime.now(UTC), basis="bench")


def _copied(path: Path, statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor, path.open("wb") as file, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)


def _bare(home: Path) -> float:
    """Seconds for the addresses out, and as many rows as there are assignments back."""
    from django.db import connection, transaction

    people, rows = home / "tmp" / "bare.csv", home / "tmp" / "back.csv"
    people.parent.mkdir(exist_ok=True)
    _copied(
        rows,
        "copy (select person_id, base_path, village_path, rule, state from village_assignment) to stdout (format csv)",
    )
    began = time.perf_counter()
    columns = "id, household_no, office_path, scope, hukou_division, hukou_address, home_division, home_address"
    _copied(people, f"copy (select {columns} from person) to stdout (format csv)")
    duckdb.sql(
        f"create or replace temp table bare as select * from read_csv('{people}', header = false, all_varchar = true)"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "create temp table back (person_id bigint, base text, path text, rule text, state text) on commit drop"
        )
        with cursor.copy("copy back from stdin (format csv)") as copy:
            copy.write(rows.read_bytes())
    spent = time.perf_counter() - began
    people.unlink()
    rows.unlink()
    return spent


def _judged(city: Path, home: Path) -> Iterator[str]:
    """The answers against the truth of the record whose division decides: the police's, or else that of the health department."""
    answers = home / "tmp" / "answers.csv"
    answers.parent.mkdir(exist_ok=True)
    _copied(
        answers,
        "copy (select p.id, p.scope, p.office_path, a.state, a.village, a.rule from person p left join village_assignment a"
        " on a.person_id = p.id) to stdout (format csv, header)",
    )
    links = max(home.glob("runs/*/links.parquet"), key=lambda path: path.stat().st_mtime)
    con = duckdb.connect()
    con.execute(f"create table answer as select * from read_csv('{answers}', header = true, all_varchar = true)")
    con.execute(f"""create table truth as
        select l.person_id::varchar as id, a.source, a.village, a.kinds,
            row_number() over (partition by l.person_id, a.source = 'police' order by a.source <> 'health', a.record_key) as place
        from '{links}' l join '{city}/addresses.parquet' a on a.source = l.source and a.record_key = l.record_key""")
    con.execute("""create table judged as
        select a.*, t.kinds, a.village = t.village or exists (select 1 from truth o where o.id = a.id and o.village = a.village
            and (o.source = 'police') = (a.scope = 'LOCAL_HUKOU') and o.source in ('police', t.source)) as is_right
        from answer a left join truth t on t.id = a.id and t.place = 1 and (t.source = 'police') = (a.scope is not distinct from 'LOCAL_HUKOU')
        where a.state is not null""")
    answers.unlink()
    yield from _told(con)


_COUNTS = """count(*), count(*) filter (state = 'ASSIGNED'), count(*) filter (state = 'ASSIGNED' and is_right),
    count(*) filter (state = 'SUGGESTED'), count(*) filter (state = 'SUGGESTED' and is_right), count(*) filter (state = 'NONE')"""


def _told(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    everybody, before, after = (
        con.execute("""select count(*), count(*) filter (length(office_path) = 18 and state is null),
        count(*) filter (length(office_path) = 18) from answer""").fetchall()[0]
    )
    yield f"people with a village: before {before / everybody:.1%}, after {after / everybody:.1%} of {everybody:,}"
    yield f"{'people without one by code':<28}{'people':>9}{'assigned':>10}{'right':>9}{'suggested':>11}{'right':>9}{'none':>8}"
    yield _line("all", con.execute(f"select {_COUNTS} from judged").fetchall()[0])
    by_kind = f"""select kind, {_COUNTS} from (select *, unnest(string_split(coalesce(nullif(kinds, ''), 'regular'), ';')) as kind
        from judged where kinds is not null) group by 1 order by 2 desc"""
    for kind, *counts in con.execute(by_kind).fetchall():
        yield _line(f"  {kind}", counts)
    for rule, *counts in con.execute(f"select rule, {_COUNTS} from judged group by 1 order by 2 desc").fetchall():
        yield _line(f"  rule {rule}", counts)


def _line(name: str, counts: Row | list[int]) -> str:
    people, assigned, right, suggested, hit, none = (int(n) for n in counts)  # type: ignore[call-overload]
    share = [
        f"{assigned / people:.1%}",
        _rate(right, assigned),
        f"{suggested / people:.1%}",
        _rate(hit, suggested),
        f"{none / people:.1%}",
    ]
    return f"{name:<28}{people:>9,}{share[0]:>10}{share[1]:>9}{share[2]:>11}{share[3]:>9}{share[4]:>8}"


def _rate(right: int, people: int) -> str:
    return f"{right / people:.2%}" if people else "-"


if __name__ == "__main__":
    size = sys.argv[1] if len(sys.argv) > 1 else "100000"
    main(SIZES.get(size.lower()) or int(size), Path(sys.argv[2] if len(sys.argv) > 2 else "bench/out"))
