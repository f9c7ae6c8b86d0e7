"""The visiting list of a round over a whole invented city, beside the barest way to write the same people down.

python -m bench.survey 1m|PEOPLE [FOLDER]     FOLDER keeps the city and its register between runs (default bench/out)

The register comes from the departments' files as in `bench.run`. A round of the city is opened with every reason and its list
built three times; the ratio is to a bare `create table as select` of the same columns of the same people, with the same indexes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.lookups import machine
from bench.run import SIZES, command, timed

TIMES = 3


def main(people: int, folder: Path) -> None:
    city, home = folder / f"city-{people}", folder / f"survey-{people}"
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
        report = "\n".join([f"{people:,} people · {datetime.now(UTC):%Y-%m-%d} · {machine()}", *measure()])
    finally:
        if server:
            server.stop()
    print(report)
    (Path(__file__).parent / "results" / f"survey-{people}.txt").write_text(report + "\n", encoding="utf-8")


def fill(city: Path, home: Path, people: int) -> None:
    """The same departments' files as `bench.run` makes."""
    if not (city / "truth.parquet").exists():
        subprocess.run(
            [sys.executable, "-m", "synth", "--people", str(people), "--seed", "11", "--out", str(city)], check=True
        )
    command(home, "init", "--practice")
    timed("receive", home, "intake", "receive", str(city), "--as", "bench-a")
    timed("commit", home, "intake", "commit", "--all", "--as", "bench-b")
    timed("match", home, "match", "run", "--as", "bench-a")
    (home / "filled").touch()


def measure() -> list[str]:
    from django.db import connection

    from canbao.rules.roles import Actor, Role
    from canbao.rules.survey import PLANNED_FOR
    from canbao.services.survey import building, rounds

    actor, out, totals = Actor("bench", Role.MUNICIPAL_OPERATOR, "50"), [], []
    now = datetime.now(UTC)
    wanted = rounds.Wanted("量测", PLANNED_FOR, now.date() + timedelta(30), since_on=date(2026, 1, 1))
    for turn in range(TIMES):
        round_, _ = rounds.open_round(wanted, actor=actor, at=now)
        spent = _Stopwatch()
        made = building.build(round_.pk, actor=actor, at=now, step=spent)
        total = spent.stop()
        totals.append(total)
        out.append(f"build {turn + 1}: {total:.1f} s: " + ", ".join(f"{n} {s:.1f}" for n, s in spent.seconds.items()))
    bare = _bare(round_.pk)
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        backend = (cursor.fetchone() or (0,))[0]
    best, listed = min(totals), made.counts["people"]
    kinds = ", ".join(f"{name} {n:,}" for name, n in made.counts.items())
    return [
        f"list: {listed:,} people ({kinds})",
        *out,
        f"best {best:.1f} s, {listed / best:,.0f} lines a second; bare create table as select, same indexes: {bare:.1f} s;"
        f" ratio {best / bare:.2f}",
        f"peak memory: python {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB,"
        f" the server's process {_peak(int(backend))} MB of its own (with shared buffers it touched)",
    ]


class _Stopwatch:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name, self._began, self._at = "", time.perf_counter(), time.perf_counter()

    def __call__(self, name: str) -> None:
        now = time.perf_counter()
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._at
        self._name, self._at = name, now

    def stop(self) -> float:
        self("")
        return time.perf_counter() - self._began


def _bare(round_id: int) -> float:
    """Seconds to write the same people, without reasons, rules or other lists, and to index them."""
    from django.db import connection, transaction

    def ask(cursor: Any, sql: str) -> None:
        cursor.execute(sql)

    with transaction.atomic(), connection.cursor() as cursor:
        ask(
            cursor,
            f"create temp table who on commit drop as select person_id from survey_task where round_id = {round_id}",
        )
        ask(cursor, "analyze who")
        began = time.perf_counter()
        ask(
            cursor,
            """create temp table bare on commit drop as select row_number() over () as id, p.id as person_id,
            p.office_path, p.name, p.sex, p.birth_date, p.hukou_address, p.home_address as address_key, p.household_no,
            p.relation_to_head, p.phone, '{NOT_ENROLLED}'::text[] as reasons, 'PLANNED' as state
            from person p join who w on w.person_id = p.id""",
        )
        for columns in ("id", "person_id", "office_path, address_key", "office_path, state", "person_id, id"):
            ask(cursor, f"create index on bare ({columns})")
        return time.perf_counter() - began


def _peak(process: int) -> int:
    text = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(text.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    size = sys.argv[1].lower()
    main(SIZES.get(size) or int(size), Path(sys.argv[2]) if len(sys.argv) > 2 else Path("bench/out"))
