"""What the journal costs: partitions, checks on a line, sealing, verifying.

python -m bench.journal [ENTRIES] [PARTS]     PARTS out of p (partitions), c (checks), s (seal and verify); default 1000000 pcs
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

GIVEN = "event, account, role, office, area, target_kind, target_id, basis, detail"
LINE = (
    "select (array['PERSON_VIEWED', 'SEARCHED', 'CASE_DECIDED'])[1 + n % 3], 'clerk' || n % 5000, 'TOWN_CLERK', '500103001001000',"
    " '500105' || lpad((n % 1000)::text, 9, '0'), 'person', (n * 31 % 9999991)::text, '', jsonb_build_object('reason',"
    " '来所办理 ' || n % 100, 'stem', md5(n::text)) from generate_series(1::bigint, {}) n"
)
QUESTIONS = {
    "last number": "select max(id) from journal",
    "of a person": "select * from journal where target_kind = 'person' and target_id = '4711' order by at desc, id desc limit 50",
    "of an hour": "select count(*) from journal where at > now() - interval '1 hour' and account = 'clerk7'",
    "by number": "select * from journal where id between 100 and 200",
}


def main(entries: int, parts: str) -> None:
    print(f"{entries:,} entries · {platform.machine()} · {platform.python_version()}")
    with register() as owner:
        if "p" in parts:
            partitions(owner)
        if "c" in parts:
            checks(owner)
        if "s" in parts:
            chain(owner, entries)


@contextmanager
def register() -> Iterator[psycopg.Connection]:
    """An empty register of its own; gives the owner's connection, past row security."""
    with tempfile.TemporaryDirectory(prefix="canbao-bench-") as top:
        os.environ |= {"CANBAO_HOME": f"{top}/home", "DJANGO_SETTINGS_MODULE": "canbao.config.settings"}
        home = Path(top) / "home"
        from canbao.config import database
        from canbao.config.home import make_home

        make_home(home, practice=True)
        server = database.start(home)
        assert server
        try:
            database.make_database(home)
            _migrate()
            with psycopg.connect(database.admin_dsn(home, dbname=database.DATABASE), autocommit=True) as connection:
                yield connection
            _leave()
        finally:
            server.stop()


def _migrate() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from canbao.store.securing import secure

    call_command("migrate", database="owner", verbosity=0)
    secure()


def _leave() -> None:
    from django.db import connections

    connections.close_all()


def partitions(owner: psycopg.Connection) -> None:
    """Planning and running the usual questions, and one line, beside more and more months that are empty."""
    owner.execute(f"insert into journal ({GIVEN}) {LINE.format(50_000)}")
    owner.execute("analyze journal")
    there = owner.execute("select count(*) from pg_inherits where inhparent = 'journal'::regclass").fetchone()
    assert there
    made, counts = int(there[0]), (there[0], 50, 146, 480)
    print("\npartitions | " + " | ".join(f"{name}: plan + run ms" for name in QUESTIONS) + " | one line ms")
    for count in counts:
        for number in range(made, count):
            name, first = f"journal_far_{number}", 2100 + number // 12
            owner.execute(f"create table {name} (like journal including defaults including constraints)")
            bounds = f"from ('{first}-{number % 12 + 1:02}-01') to ('{first + (number % 12 == 11)}-{(number + 1) % 12 + 1:02}-01')"
            owner.execute(f"alter table journal attach partition {name} for values {bounds}")
        made = max(made, count)
        with _fresh(owner) as session:
            cells = ["{:.1f} + {:.1f}".format(*_explained(session, sql)) for sql in QUESTIONS.values()]
            print(f"{made} | " + " | ".join(cells) + f" | {_appended(session):.2f}")


@contextmanager
def _fresh(owner: psycopg.Connection) -> Iterator[psycopg.Connection]:
    dsn = psycopg.conninfo.make_conninfo(owner.info.dsn, password=owner.info.password)
    with psycopg.connect(dsn, autocommit=True) as session:
        yield session


def _explained(session: psycopg.Connection, sql: str) -> tuple[float, float]:
    plans = []
    for _ in range(9):
        row = session.execute(f"explain (analyze, format json, timing off) {sql}").fetchone()
        assert row
        plans.append((row[0][0]["Planning Time"], row[0][0]["Execution Time"]))
    return statistics.median(plan for plan, _ in plans), statistics.median(run for _, run in plans)


def _appended(session: psycopg.Connection) -> float:
    taken = []
    for _ in range(31):
        began = time.perf_counter()
        with session.transaction():
            session.execute(f"insert into journal ({GIVEN}) {LINE.format(1)}")
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def checks(owner: psycopg.Connection) -> None:
    """100,000 lines with the checks, and without any."""
    names = [row[0] for row in owner.execute(
        "select conname from pg_constraint where conrelid = 'journal'::regclass and contype = 'c'"
    )]  # fmt: skip
    seconds = {"with": _many(owner)}
    with owner.transaction(force_rollback=True):
        for name in names:
            owner.execute(f"alter table journal drop constraint {name}")
        seconds["without"] = _many(owner)
    print(f"\n100,000 lines: {seconds['with']:.2f} s with {len(names)} checks, {seconds['without']:.2f} s without")


def _many(owner: psycopg.Connection) -> float:
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        with owner.transaction(force_rollback=True):
            owner.execute(f"insert into journal ({GIVEN}) {LINE.format(100_000)}")
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def chain(owner: psycopg.Connection, entries: int) -> None:
    """Seal and verify so many entries; processor seconds of this process and of the server's, beside the wall's."""
    from datetime import UTC, datetime

    from canbao.rules.roles import Actor, Role
    from canbao.services import audit

    owner.execute("truncate journal, journal_seal")
    owner.execute(f"insert into journal ({GIVEN}) {LINE.format(entries)}")
    owner.execute("analyze journal")
    auditor = Actor("bench", Role.AUDIT_ADMINISTRATOR)
    reports: list[audit.Report] = []
    print()
    _timed("seal", audit.seal)
    _timed("verify", lambda: reports.append(audit.verify(actor=auditor, at=datetime.now(UTC))))
    _timed("limit: read", _read)
    _timed("limit: SM3", lambda: _digested(entries))
    size = owner.execute("select pg_total_relation_size('journal_seal'), pg_total_relation_size('journal')").fetchone()
    parts = owner.execute(
        "select sum(pg_total_relation_size(inhrelid))::float8 from pg_inherits where inhparent = 'journal'::regclass"
    )
    whole = parts.fetchone()
    assert size and whole and reports[0].sealed == entries and reports[0].intact
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"journal {whole[0] / 1e6:.0f} MB, seals {size[0] / 1e6:.0f} MB; peak of the process {peak:.0f} MB")


def _timed(name: str, work: Callable[[], object]) -> None:
    server, own, wall = _server_seconds(), time.process_time(), time.perf_counter()
    work()
    own, wall = time.process_time() - own, time.perf_counter() - wall
    print(f"{name}: {own:.1f} s here + {_server_seconds() - server:.1f} s in the server, {wall:.1f} s on the clock")


def _server_seconds() -> float:
    """Processor time of the backend of our Django connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _read() -> None:
    """Every entry into this process and nothing more."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute("select id, at, event, account, detail::text from journal order by id, at")
        while cursor.fetchmany(5000):
            pass


def _digested(entries: int) -> None:
    from cryptography.hazmat.primitives.hashes import SM3, Hash

    empty, text = Hash(SM3()), b"x" * 250
    for _ in range(entries):
        digest = empty.copy()
        digest.update(text)
        digest.finalize()


if __name__ == "__main__":
    main(int((*sys.argv[1:], "1000000")[0]), (*sys.argv[1:], "", "pcs")[1] or "pcs")
