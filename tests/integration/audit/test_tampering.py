"""What a verification says of a journal that somebody with the owner's rights has touched."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from django.db import connection

from canbao.rules.anchors import line_of
from canbao.rules.permissions import NotAllowed
from canbao.rules.roles import Actor, Role
from canbao.services import audit
from tests.integration.audit.conftest import ACTOR, AUDITOR, COLUMNS, Owner, append, findings, ids, now
from tests.journal import login


def test_an_untouched_journal_is_found_intact_and_sealing_again_adds_only_what_is_new(journal: list[int]) -> None:
    assert findings() == []
    sealed = audit.seal()
    assert sealed.entries == 1  # the verification itself
    assert findings() == []
    assert audit.seal().digest != sealed.digest


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
        f" detail, login, backend from journal where id = {fourth}"
    )
    assert ("CHANGED", second) in findings()


def test_an_entry_slipped_into_a_gap_is_named(journal: list[int], owner: Owner) -> None:
    owner("select nextval('journal_id_seq')")  # a rolled back act leaves such a gap, which is no harm
    append(8)
    audit.seal()
    assert findings() == []
    gap = journal[-1] + 1
    owner(
        f"insert into journal (id, {COLUMNS}) select {gap}, at, event, account, role, office, target_kind, 'new', basis,"
        f" detail, login, backend from journal where id = {journal[0]}"
    )
    assert findings() == [("INSERTED", gap)]


def test_a_changed_or_removed_seal_is_named(journal: list[int], owner: Owner) -> None:
    for number in (7, 8):
        append(number)
        audit.seal()
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
    (found,) = audit.verify(actor=AUDITOR, at=now()).findings
    assert (found.harm, found.number) == (audit.Harm.CHANGED, journal[2])
    assert "4711" in found.says and ACTOR.account in found.says and "重庆市" in found.says
    assert Role.MUNICIPAL_OPERATOR.label in found.says


def test_contents_exchanged_across_seals_are_named(journal: list[int], owner: Owner) -> None:
    append(8)
    audit.seal()
    early, late = journal[1], journal[-1] + 1
    for this, other in ((early, 900_000), (late, early), (900_000, late)):
        owner(f"update journal set id = {other} where id = {this}")
    assert findings() == [("REORDERED", early), ("REORDERED", late)]


def test_the_same_number_twice_is_named(journal: list[int], owner: Owner) -> None:
    owner(
        f"insert into journal (id, {COLUMNS}) select id, at + interval '1 second', event, account, role, office, target_kind,"
        f" target_id, basis, detail, login, backend from journal where id = {journal[0]}"
    )
    assert findings() == [("INSERTED", journal[0])]


def test_an_entry_moved_to_another_month_and_a_month_taken_away_are_named(journal: list[int], owner: Owner) -> None:
    month = f"{now().astimezone(UTC):%Y_%m}"
    owner(f"update journal set at = at + interval '40 days' where id = {journal[0]}")
    assert findings() == [("CHANGED", journal[0])]
    owner(f"alter table journal detach partition journal_{month}")
    try:
        named = findings()
        assert {("DELETED", number) for number in journal[1:]} < set(named)
        assert ("MONTH_MISSING", int(month.replace("_", ""))) in named
        owner(f"drop table journal_{month}")
        assert ("MONTH_MISSING", int(month.replace("_", ""))) in findings()
    finally:
        owner("truncate journal")
        owner("select journal_months_ahead()")


def test_a_trigger_or_a_grant_on_the_journal_is_named(journal: list[int], owner: Owner) -> None:
    month = f"journal_{now().astimezone(UTC):%Y_%m}"
    redundant = "suppress_redundant_updates_trigger()"
    owner(f"create trigger quiet before update on journal for each row execute function {redundant}")
    owner(f"grant delete on {month} to canbao_web")
    try:
        assert findings() == [("OBSTRUCTED", 0)] * len(findings()) != []
    finally:
        owner("drop trigger quiet on journal")
        owner(f"revoke delete on {month} from canbao_web")
    assert findings() == []


def forge_all_seals(owner: Owner) -> None:
    """What somebody with the owner's password would do who knows the program."""
    owner("truncate journal_seal")
    audit.seal()


def test_a_chain_made_anew_is_betrayed_by_what_the_journal_remembers(
    journal: list[int], owner: Owner, anchors: Path
) -> None:
    first = audit.anchor(actor=AUDITOR, at=now())
    audit.seal()
    second = audit.anchor(actor=AUDITOR, at=now())
    assert findings() == []
    owner(f"update journal set account = 'x' where id = {journal[0]}")
    forge_all_seals(owner)
    remembered = {("RECORD_FALSE", journal[-1] + 1), ("RECORD_FALSE", journal[-1] + 2)}
    assert {("ANCHOR_BROKEN", first.number), ("ANCHOR_BROKEN", second.number), *remembered} == set(findings())
    (anchors / "anchors.jsonl").unlink()
    gone = {("ANCHOR_MISSING", first.number), ("ANCHOR_MISSING", second.number)}
    assert gone | remembered == set(findings())
    printed = audit.verify(actor=AUDITOR, at=now(), given=audit.GivenEvidence(printed=(first.digest,))).findings
    assert audit.Harm.PRINTED_UNKNOWN in {found.harm for found in printed}


def test_a_truncated_end_is_betrayed_by_the_anchor(journal: list[int], owner: Owner, anchors: Path) -> None:
    good = audit.anchor(actor=AUDITOR, at=now())
    append(8)
    audit.seal()
    cut = audit.anchor(actor=AUDITOR, at=now())
    owner(f"delete from journal where id > {journal[-1]}")
    owner(f"delete from journal_seal where id > {good.seal}")
    assert findings() == [("ANCHOR_BROKEN", cut.number)]


def test_an_anchor_edited_in_the_file_is_not_believed(journal: list[int], owner: Owner, anchors: Path) -> None:
    made = audit.anchor(actor=AUDITOR, at=now())
    owner(f"update journal set account = 'x' where id = {journal[0]}")
    forge_all_seals(owner)
    file = anchors / "anchors.jsonl"
    last = audit.last_seal()
    assert last
    file.write_text(file.read_text().replace(made.digest, last.digest))
    assert dict(findings()) == {
        "ANCHOR_CHANGED": made.number, "ANCHOR_BROKEN": made.number, "ANCHOR_DIFFERS": made.number,
        "RECORD_FALSE": journal[-1] + 1,
    }  # fmt: skip


def test_a_line_that_claims_an_anchor_is_named(journal: list[int]) -> None:
    """The worker's login can append it; it cannot make the chain agree."""
    made = audit.anchor(actor=AUDITOR, at=now())
    line = line_of(replace(made, number=7, digest="a" * 64))
    with login("canbao_worker") as session:
        session.execute(
            "insert into journal (event, account, role, office, target_kind, target_id, basis, detail)"
            " values ('JOURNAL_ANCHORED', '（定时任务）', 'AUDIT_ADMINISTRATOR', '50', 'anchor', '7', '', %s)",
            [json.dumps({"anchor": line})],
        )
    assert findings() == [("RECORD_FALSE", ids()[-2]), ("ANCHOR_MISSING", 7)]


def test_only_the_citys_auditor_verifies(journal: list[int]) -> None:
    with pytest.raises(audit.OnlyPart):
        audit.verify(actor=Actor("周审计", Role.AUDIT_ADMINISTRATOR, "500103"), at=now())
    with pytest.raises(NotAllowed):
        audit.verify(actor=ACTOR, at=now())
