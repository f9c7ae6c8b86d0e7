"""The journal against PostgreSQL: what it refuses, and what a verification finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from canbao.rules.permissions import NotAllowed
from canbao.rules.roles import Actor, Role
from canbao.services import audit
from canbao.services.audit.presenters import _SENTENCES

AT = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
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


@pytest.fixture(autouse=True)
def anchors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the kept anchors, empty for each test."""
    monkeypatch.setattr("django.conf.settings.CANBAO_HOME", tmp_path)
    return tmp_path / "anchors"


@pytest.fixture
def owner() -> Iterator[Owner]:
    """Somebody with the rights of the owner, which no login of the application has."""
    with connect("canbao_owner") as rogue:

        def run(statement: str) -> None:
            rogue.execute("alter table journal no force row level security")
            rogue.execute(statement)
            rogue.execute("alter table journal force row level security")

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
    audit.record_look(
        audit.Event.PERSON_VIEWED,
        actor=ACTOR,
        at=AT,
        target_kind="person",
        target_id=str(number),
        detail={"reason": f"核实 {number}", "n": number},
    )


def findings(at: datetime = AT) -> list[tuple[str, int]]:
    report = audit.verify(actor=AUDITOR, at=at)
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
        "alter table journal disable row level security",
        "create trigger quiet before insert on journal for each row execute function suppress_redundant_updates_trigger()",
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


def test_a_changed_entry_is_named_with_what_it_says_today(journal: list[int], owner: Owner) -> None:
    owner(f"update journal set target_id = '4711' where id = {journal[2]}")
    (found,) = audit.verify(actor=AUDITOR, at=AT).findings
    assert (found.harm, found.number, found.at) == (audit.Harm.CHANGED, journal[2], AT)
    assert "4711" in found.says and ACTOR.account in found.says and "重庆市" in found.says
    assert Role.MUNICIPAL_OPERATOR.label in found.says


def test_contents_exchanged_across_seals_are_named(journal: list[int], owner: Owner) -> None:
    append(8)
    audit.seal(at=AT)
    early, late = journal[1], journal[-1] + 1
    for one, other in ((early, 900_000), (late, early), (900_000, late)):
        owner(f"update journal set id = {other} where id = {one}")
    assert findings() == [("REORDERED", early), ("REORDERED", late)]


def test_the_same_number_twice_is_named(journal: list[int], owner: Owner) -> None:
    owner(
        f"insert into journal (id, {COLUMNS}) select id, at + interval '1 second', event, account, role, office, target_kind,"
        f" target_id, basis, detail from journal where id = {journal[0]}"
    )
    assert findings() == [("INSERTED", journal[0])]


def test_an_entry_moved_to_another_month_and_a_month_taken_away_are_named(journal: list[int], owner: Owner) -> None:
    owner(f"update journal set at = at + interval '40 days' where id = {journal[0]}")
    assert findings() == [("CHANGED", journal[0])]
    owner("alter table journal detach partition journal_2026_10")
    try:
        named = findings(LATER)
        assert {("DELETED", number) for number in journal[1:]} < set(named)
        assert ("MONTH_MISSING", 202610) in named
    finally:
        owner("drop table journal_2026_10")
    assert ("MONTH_MISSING", 202610) in findings(LATER)
    with connection.cursor() as cursor:
        cursor.execute("select journal_month(%s)", [AT])


def test_a_trigger_or_a_grant_on_the_journal_is_named(journal: list[int], owner: Owner) -> None:
    owner(
        "create trigger quiet before delete on journal for each row execute function suppress_redundant_updates_trigger()"
    )
    owner("grant delete on journal_2026_10 to canbao_web")
    try:
        assert findings() == [("OBSTRUCTED", 0)] * len(findings()) != []
    finally:
        owner("drop trigger quiet on journal")
        owner("revoke delete on journal_2026_10 from canbao_web")
    assert findings() == []


def forge_all_seals(owner: Owner) -> None:
    """What somebody with the owner's password would do who knows the program."""
    owner("truncate journal_seal")
    audit.seal(at=AT)


def test_a_chain_made_anew_is_betrayed_by_the_anchor(journal: list[int], owner: Owner, anchors: Path) -> None:
    first = audit.anchor(actor=AUDITOR, at=AT)
    audit.seal(at=AT)
    second = audit.anchor(actor=AUDITOR, at=AT)
    assert findings() == []
    owner(f"update journal set account = 'x' where id = {journal[0]}")
    forge_all_seals(owner)
    assert {("ANCHOR_BROKEN", first.number), ("ANCHOR_BROKEN", second.number)} == set(findings())
    (anchors / "anchors.jsonl").unlink()
    assert {("ANCHOR_MISSING", first.number), ("ANCHOR_MISSING", second.number)} == set(findings())
    printed = audit.verify(actor=AUDITOR, at=AT, printed=[first.digest]).findings
    assert audit.Harm.PRINTED_UNKNOWN in {found.harm for found in printed}


def test_a_truncated_end_is_betrayed_by_the_anchor(journal: list[int], owner: Owner, anchors: Path) -> None:
    good = audit.anchor(actor=AUDITOR, at=AT)
    append(8)
    audit.seal(at=AT)
    cut = audit.anchor(actor=AUDITOR, at=AT)
    owner(f"delete from journal where id > {journal[-1]}")
    owner(f"delete from journal_seal where id > {good.seal}")
    assert findings() == [("ANCHOR_BROKEN", cut.number)]


def test_an_anchor_edited_in_the_file_is_not_believed(journal: list[int], owner: Owner, anchors: Path) -> None:
    made = audit.anchor(actor=AUDITOR, at=AT)
    owner(f"update journal set account = 'x' where id = {journal[0]}")
    forge_all_seals(owner)
    file = anchors / "anchors.jsonl"
    last = audit.last_seal()
    assert last
    file.write_text(file.read_text().replace(made.digest, last.digest))
    assert findings() == [("ANCHOR_CHANGED", made.number)]


def test_only_the_citys_auditor_verifies(journal: list[int]) -> None:
    with pytest.raises(audit.OnlyPart):
        audit.verify(actor=Actor("周审计", Role.AUDIT_ADMINISTRATOR, "500103"), at=AT)
    with pytest.raises(NotAllowed):
        audit.verify(actor=ACTOR, at=AT)


def test_the_web_login_cannot_hold_up_the_journal(journal: list[int]) -> None:
    with connect("canbao_web") as login, pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute("select journal_quiet()")


def test_the_web_login_reads_its_own_offices_and_people_only(journal: list[int]) -> None:
    with connect("canbao_web") as login:
        assert login.execute("select count(*) from journal").fetchone() == (0,)
        login.execute(
            f"insert into journal ({COLUMNS}, area) values (now(), 'PERSON_VIEWED', 'a', '', '500103', 'person', '1', '', '{{}}',"
            " '500105001'), (now(), 'PERSON_VIEWED', 'a', '', '500106', 'person', '2', '', '{}', '500106')"
        )
        login.execute(
            "select set_config('canbao.journal_lo', '500105', false), set_config('canbao.journal_hi', '500105~', false)"
        )
        assert login.execute("select target_id from journal").fetchall() == [("1",)]


def test_many_entries_go_down_in_one_statement(transactional_db: None) -> None:
    lines = [audit.Line(audit.Event.PERSON_CORRECTED, "person", str(number)) for number in range(2500)]
    origin = audit.came_from(terminal="10.1.2.3", request_id="abc")
    with transaction.atomic(), origin, CaptureQueriesContext(connection) as queries:
        audit.record_all(lines, actor=ACTOR, at=AT)
    assert len([query for query in queries if "insert into journal" in query["sql"]]) == 3
    with connection.cursor() as cursor:
        cursor.execute("select count(distinct target_id), min(terminal), max(request) from journal")
        assert cursor.fetchall() == [(2500, "10.1.2.3", "abc")]
    append(1)
    with connection.cursor() as cursor:
        cursor.execute("select terminal from journal order by id desc limit 1")
        assert cursor.fetchall() == [("",)]


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
        audit.record(audit.Event.PERSON_CORRECTED, actor=ACTOR, at=AT, target_kind="person")


def test_a_month_without_a_partition_gets_one(transactional_db: None) -> None:
    with transaction.atomic():
        later = AT.replace(year=2031)
        audit.record(audit.Event.PERSON_CORRECTED, actor=ACTOR, at=later, target_kind="person")
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text from journal")
        assert cursor.fetchall() == [("journal_2031_10",)]


@pytest.mark.parametrize("event", list(audit.Event))
def test_every_event_is_said_in_a_sentence(event: audit.Event) -> None:
    assert event in _SENTENCES
    text = audit.sentence(event, target_id="17", detail={"source": "police", "others": [1, 2]})
    assert text.endswith("。") and "{" not in text and "%" not in text
