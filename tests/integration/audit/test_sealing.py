"""Sealing beside writers: nobody waits for it, and nothing turns up below it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection

from canbao.services import audit
from canbao.services.audit import chain
from canbao.store.models import JournalSeal
from tests.integration.audit.conftest import COLUMNS, Owner, append, findings, ids
from tests.journal import login

LINE = (
    "insert into journal (event, account, role, office, target_kind, target_id, basis, detail)"
    " values ('PERSON_VIEWED', 'a', '', '500103', 'person', '1', '', '{}')"
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "WAIT_SECONDS", 0.3)


def test_sealing_does_not_overtake_a_transaction_that_is_still_appending(journal: list[int], impatient: None) -> None:
    with login("canbao_web") as slow, slow.transaction():
        slow.execute(LINE)
        append(7)  # a higher number, committed before
        with pytest.raises(audit.JournalBusy):
            audit.seal()
        assert JournalSeal.objects.count() == 1
    assert audit.seal().entries == 2
    assert findings() == []


def test_whoever_appends_never_waits_for_a_seal_that_waits(journal: list[int]) -> None:
    """A look is written on a second connection while the first holds its lock: a queue between them would never end."""
    sealed: list[audit.Sealed] = []
    sealing = threading.Thread(target=_in_thread(lambda: sealed.append(audit.seal())))
    with login("canbao_web") as first, login("canbao_web") as second, login("canbao_worker") as newcomer:
        with first.transaction():
            first.execute(LINE)
            sealing.start()
            time.sleep(0.2)
            for session in (second, newcomer):
                session.execute("set lock_timeout = '1ms'")
                session.execute(LINE)
            assert not sealed
        sealing.join(10)
    assert sealed and sealed[0].entries + audit.seal().entries == 3


def test_no_number_turns_up_below_a_sealed_one(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six writers that dawdle between drawing a number and committing, and a sealer that never rests."""
    monkeypatch.setattr(chain, "SEAL_ROWS", 500)
    monkeypatch.setattr(chain, "WAIT_SECONDS", 60.0)
    stop = threading.Event()
    writers = [threading.Thread(target=_write, args=(role, seed, stop)) for seed, role in enumerate(
        ["canbao_web", "canbao_worker"] * 3)]  # fmt: skip
    for writer in writers:
        writer.start()
    for _ in range(15):
        audit.seal()
        time.sleep(0.1)
    stop.set()
    for writer in writers:
        writer.join(10)
    audit.seal()
    covered = [number for link in JournalSeal.objects.order_by("id") for number in chain.unpacked(bytes(link.leaves))]
    assert len(covered) > 30
    assert covered == ids()  # each once, in order, none left out


def _write(role: str, seed: int, stop: threading.Event) -> None:
    chance = random.Random(seed)
    with login(role) as session:
        while not stop.is_set():
            with session.transaction(force_rollback=chance.random() < 0.3):
                session.execute(LINE)
                time.sleep(chance.random() * 0.2)
                if chance.random() < 0.5:
                    session.execute(LINE)


def _in_thread(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


def test_a_line_with_a_number_that_was_never_given_out_does_not_stop_sealing(journal: list[int], owner: Owner) -> None:
    owner(
        f"insert into journal (id, {COLUMNS}) overriding system value select 9223372036854775807, {COLUMNS}"
        f" from journal where id = {journal[0]}"
    )
    append(7)
    assert audit.seal().entries == 1
    append(8)
    assert audit.seal().entries == 1


def test_a_number_that_stands_there_twice_does_not_stop_sealing(journal: list[int], owner: Owner) -> None:
    append(7)
    owner(
        f"insert into journal (id, {COLUMNS}) overriding system value select id, at + interval '1 second',"
        f" {COLUMNS.removeprefix('at,')} from journal where id = {ids()[-1]}"
    )
    assert audit.seal().entries == 1
    append(8)
    assert audit.seal().entries == 1


NOT_FOLLOWING = [
    ({"prev_digest": "'" + "a" * 64 + "'"}, "follow the last one"),
    ({"from_id": "from_id + 1"}, "cover every entry"),
    ({"to_id": "to_id - 1"}, "cover every entry"),
    ({"to_id": "to_id + 1000000"}, "cover every entry"),
    ({"count": "count - 1"}, "cover every entry"),
    ({"leaves": "leaves || 'x'::bytea"}, "leaf of 24 bytes"),
    ({"digest": "'x'"}, "and a digest"),
    ({"sealed_at": "sealed_at - interval '1 day'"}, "made now"),
    ({"sealed_at": "sealed_at + interval '1 day'"}, "made now"),
]


def test_the_worker_adds_no_seal_that_does_not_follow(journal: list[int], owner: Owner) -> None:
    append(7)
    audit.seal()
    names = ("from_id", "to_id", "count", "leaves", "prev_digest", "digest", "sealed_at")
    statement = f"insert into journal_seal ({', '.join(names)}) select {{}} from taken"
    with login("canbao_owner") as rogue:
        rogue.execute("create table taken as select * from journal_seal order by id desc limit 1")
        rogue.execute("grant select on taken to canbao_worker")
        rogue.execute("delete from journal_seal where id = (select id from taken)")
    try:
        with login("canbao_worker") as worker:
            for changed, says in NOT_FOLLOWING:
                with pytest.raises(psycopg.errors.CheckViolation, match=says):
                    worker.execute(statement.format(", ".join(changed.get(name, name) for name in names)))
            worker.execute(statement.format(", ".join(names)))
            with pytest.raises(psycopg.errors.CheckViolation, match="follow the last one"):
                worker.execute(statement.format(", ".join(names)))
    finally:
        owner("drop table taken")


def test_two_who_seal_at_once_make_one_chain(journal: list[int], impatient: None) -> None:
    append(7)
    with login("canbao_worker") as other, other.transaction():
        other.execute("select journal_seal_alone()")
        with pytest.raises(audit.JournalBusy):
            audit.seal()
    assert audit.seal().entries == 1
