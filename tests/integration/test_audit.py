"""The journal against PostgreSQL: what it refuses, and what a verification finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, transaction

from canbao.rules.roles import Actor, Role
from canbao.services import audit
from canbao.services.audit.presenters import _SENTENCES

AT = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
ACTOR = Actor(account="钱经办", role=Role.MUNICIPAL_OPERATOR)
AUDITOR = Actor(account="孙审计", role=Role.AUDIT_ADMINISTRATOR)
COLUMNS = "at, event, account, role, office, target_kind, target_id, basis, detail"
Owner = Callable[[str], None]


@pytest.fixture
def journal(transactional_db: None) -> list[int]:
    """Six entries in a database that really commits, sealed; gives their ids."""
    for number in range(6):
        append(number)
    audit.seal(at=AT)
    with connection.cursor() as cursor:
        cursor.execute("select id from journal order by id")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def owner() -> Iterator[Owner]:
    """Somebody with the rights of the owner, which no login of the application has."""
    with connect("canbao_owner") as rogue:

        def run(statement: str) -> None:
            rogue.execute(statement)

        yield run


def connect(role: str) -> psycopg.Connection:
    chosen = connection.settings_dict
    return psycopg.connect(
        host=chosen["HOST"] or None,
        port=chosen["PORT"] or None,
        user=chosen["USER"] or None,
        password=chosen["PASSWORD"] or None,
        dbname=chosen["NAME"],
        options=f"-c role={role}",
        autocommit=True,
    )


def append(number: int) -> None:
    with transaction.atomic():
        audit.record(
            audit.Event.PERSON_VIEWED,
            actor=ACTOR,
            at=AT,
            target_kind="person",
            target_id=str(number),
            detail={"reason": f"核实 {number}", "n": number},
        )


def findings() -> list[tuple[str, int]]:
    report = audit.verify(actor=AUDITOR, at=AT)
    return [(found.harm.value, found.number) for found in report.findings]


@pytest.mark.parametrize("role", ["canbao_worker", "canbao_web"])
@pytest.mark.parametrize(
    "statement",
    [
        "update journal set account = 'x'",
        "delete from journal",
        "truncate journal",
        "update journal_seal set digest = 'x'",
        "delete from journal_seal",
        "update journal_2026_10 set account = 'x'",
        "select * from journal_2026_10",
    ],
)
def test_the_application_can_append_and_read_but_not_touch(role: str, statement: str, journal: list[int]) -> None:
    with connect(role) as login:
        login.execute(
            "select set_config('canbao.journal_lo', '50', false), set_config('canbao.journal_hi', '50~', false)"
        )
        found = login.execute("select count(*) from journal").fetchone()
        assert found and found[0] >= 6
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute(statement)


def test_an_untouched_journal_is_found_intact_and_sealing_again_adds_only_what_is_new(journal: list[int]) -> None:
    assert findings() == []
    sealed = audit.seal(at=AT)
    assert sealed.entries == 1  # the verification itself
    assert findings() == []
    assert audit.seal(at=AT).digest != sealed.digest


def test_every_kind_of_harm_is_named(journal: list[int], owner: Owner) -> None:
    first, second, third, fourth, fifth, _ = journal
    owner(f"update journal set detail = '{{}}' where id = {first}")
    owner(f"delete from journal where id = {second}")
    owner(f"update journal set id = 100000 + id where id in ({third}, {fifth})")
    owner(f"update journal set id = {fifth} where id = {100000 + third}")
    owner(f"update journal set id = {third} where id = {100000 + fifth}")
    assert findings() == [
        ("CHANGED", first),
        ("DELETED", second),
        ("REORDERED", third),
        ("REORDERED", fifth),
    ]
    owner(
        f"insert into journal (id, {COLUMNS}) select {second}, at, event, account, role, office, target_kind, 'other', basis,"
        f" detail from journal where id = {fourth}"
    )
    assert ("CHANGED", second) in findings()


def test_an_entry_slipped_into_a_gap_is_named(journal: list[int], owner: Owner) -> None:
    owner("select nextval('journal_id_seq')")  # a rolled back act leaves such a gap, which is no harm
    append(8)
    audit.seal(at=AT)
    assert findings() == []
    gap = journal[-1] + 1
    owner(
        f"insert into journal (id, {COLUMNS}) select {gap}, at, event, account, role, office, target_kind, 'new', basis,"
        f" detail from journal where id = {journal[0]}"
    )
    assert findings() == [("INSERTED", gap)]


def test_a_changed_or_removed_seal_is_named(journal: list[int], owner: Owner) -> None:
    for number in (7, 8):
        append(number)
        audit.seal(at=AT)
    assert findings() == []
    with connection.cursor() as cursor:
        cursor.execute("select id from journal_seal order by id")
        seals = [row[0] for row in cursor.fetchall()]
    owner(f"update journal_seal set sealed_at = sealed_at + interval '1 day' where id = {seals[2]}")
    assert findings() == [("SEAL_CHANGED", seals[2])]
    owner(f"delete from journal_seal where id = {seals[1]}")
    assert ("SEAL_MISSING", seals[2]) in findings()


def test_sealing_does_not_overtake_a_transaction_that_is_still_appending(
    journal: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canbao.services.audit.chain.WAIT", "50ms")
    with connect("canbao_worker") as slow, slow.transaction():
        slow.execute(
            f"insert into journal ({COLUMNS})"
            " select at, event, account, role, office, target_kind, 'slow', basis, detail from journal limit 1"
        )
        with pytest.raises(audit.JournalBusy):
            audit.seal(at=AT)
    assert audit.seal(at=AT).entries == 1


def test_an_entry_needs_the_transaction_of_its_act(transactional_db: None) -> None:
    with pytest.raises(audit.NotInTransaction):
        audit.record(audit.Event.PERSON_VIEWED, actor=ACTOR, at=AT, target_kind="person")


def test_a_month_without_a_partition_gets_one(transactional_db: None) -> None:
    with transaction.atomic():
        later = AT.replace(year=2031)
        audit.record(audit.Event.PERSON_VIEWED, actor=ACTOR, at=later, target_kind="person")
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text from journal")
        assert cursor.fetchall() == [("journal_2031_10",)]


@pytest.mark.parametrize("event", list(audit.Event))
def test_every_event_is_said_in_a_sentence(event: audit.Event) -> None:
    assert event in _SENTENCES
    text = audit.sentence(event, target_id="17", detail={"source": "police", "others": [1, 2]})
    assert text.endswith("。") and "{" not in text and "%" not in text
