"""Every reader of the journal stands whatever was written into it, by whatever login."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from canbao.rules.roles import Role
from canbao.services import audit, overview
from canbao.services.audit import alarms, console
from canbao.services.audit.console import Filters
from canbao.store.models import JournalEntry
from tests.integration.audit.conftest import AUDITOR, now
from tests.integration.test_audit_pages import at_work
from tests.journal import as_owner
from tests.worlds import town_offices

pytestmark = pytest.mark.django_db
CONSTRAINTS = (
    "journal_at",
    "journal_event",
    "journal_lengths",
    "journal_offices",
    "journal_detail",
    "journal_printable",
)
DEEP = "[" * 900 + "]" * 900
ODD = [
    {"event": "MADE_UP"},
    {"event": "made up {target!r:>9999} %s"},
    {"event": ""},
    {"event": "PERSON_VIEWED", "detail": "[1, 2]"},
    {"event": "PERSON_VIEWED", "detail": '"text"'},
    {"event": "PERSON_VIEWED", "detail": "null"},
    {"event": "PERSON_VIEWED", "detail": '{"reason": {"a": ["b"]}, "permission": 3, "office": [], "kind": {}}'},
    {"event": "PERSON_VIEWED", "detail": f'{{"reason": {DEEP}}}'},
    {"event": "PERSON_VIEWED", "detail": DEEP},
    {"event": "PERSON_VIEWED", "detail": "[" * 5000 + "]" * 5000},
    {"event": "PERSON_VIEWED", "detail": f'{{"n": {"9" * 5000}}}'},
    {"event": "PERSON_VIEWED", "detail": '{"n": 1e400, "": ""}'},
    {"event": "PERSON_VIEWED", "target_id": "9" * 90},
    {"event": "PERSON_VIEWED", "account": "\x1b[2J\u202e", "role": "NOBODY", "office": "nowhere" * 10, "area": "x" * 60},
    {"event": "SEARCHED", "detail": '{"stem": [1], "digest": {"a": 1}, "hits": "many", "kind": 7}'},
    {"event": "SEARCHED", "detail": "17"},
    {"event": "SIGN_IN_FAILED", "target_id": "", "detail": '{"why": [[[["x"]]]]}'},
    {"event": "DELIVERY_RECEIVED", "detail": '{"source": ["police"], "target": "x"}'},
    {"event": "JOURNAL_VERIFIED", "detail": '{"sealed": "many", "found": [], "findings": [[1], 2, ["X", "y", "z"]]}'},
    {"event": "JOURNAL_VERIFIED", "detail": "[]"},
    {"event": "JOURNAL_ANCHORED", "target_id": "seven", "detail": '{"seal": "x", "digest": 1}'},
    {"event": "JOURNAL_ANCHORED", "target_id": "9" * 90, "detail": "[]"},
    {"event": "PERSON_VIEWED", "at": "infinity"},
    {"event": "PERSON_VIEWED", "at": "-infinity"},
    {"event": "PERSON_VIEWED", "at": "0044-03-15 BC"},
    {"event": "PERSON_VIEWED", "at": "290000-01-01"},
    {"event": "PERSON_VIEWED", "at": "9999-12-31 23:59:59+00"},
]  # fmt: skip


@pytest.fixture
def odd(db: None) -> None:
    """One entry of each oddity, made by the owner, who alone can take the checks away."""
    usual = {
        "account": "li", "role": "TOWN_CLERK", "office": "500103001001000", "area": "", "target_kind": "person",
        "target_id": "17", "basis": "", "detail": "{}",
    }  # fmt: skip
    with as_owner() as cursor:
        for name in CONSTRAINTS:
            cursor.execute(f"alter table journal drop constraint {name}")
        cursor.execute("alter table journal disable trigger journal_line_lawful")
        for change in ODD:
            line = usual | change
            cursor.execute(
                f"insert into journal ({', '.join(line)}) values ({', '.join(['%s'] * len(line))})", list(line.values())
            )


def test_the_console_shows_it(odd: None) -> None:
    page = console.search(Filters(), actor=AUDITOR, at=now(), size=100)
    assert len(page.entries) == len([line for line in ODD if "at" not in line and "nowhere" not in str(line)])
    assert all(told.sentence.isprintable() for told in page.entries)
    words = {told.event: told.what for told in page.entries}
    assert words["MADE_UP"] == "未知事项 MADE_UP（17）。"
    assert len(console.sample(Filters(), actor=AUDITOR, at=now())) == 20
    assert dict(console.counts(Filters(), actor=AUDITOR, on=date.today()).kinds)["MADE_UP"] == 1  # noqa: DTZ011
    for told in page.entries:
        shown = console.entry(told.id, actor=AUDITOR, at=now())
        assert all(isinstance(value, str) for _, value in shown.fields)


def test_looks_alarms_and_figures_stand_it(odd: None) -> None:
    assert len(audit.looks_at(17)) > 10
    assert audit.scan(at=now() + timedelta(minutes=1)) >= 0
    assert alarms.alarms(actor=AUDITOR, is_open=True) is not None
    verified = audit.standing(actor=AUDITOR).verified
    assert verified and not verified.intact and verified.sealed == 0
    assert overview.look().last_act_at
    assert audit.last_doers("PERSON_VIEWED", "person", ["17"])


def test_every_oddity_goes_into_the_chain_and_a_verification_names_it(odd: None) -> None:
    assert audit.seal().entries == len(ODD)
    report = audit.verify(actor=AUDITOR, at=now())
    named = {found.harm for found in report.findings}
    assert {audit.Harm.UNKNOWN_EVENT, audit.Harm.ODD_TIME, audit.Harm.FOREIGN_LOGIN, audit.Harm.OBSTRUCTED} <= named
    assert not {audit.Harm.CHANGED, audit.Harm.INSERTED, audit.Harm.DELETED} & named
    odd_times = {found.number for found in report.findings if found.harm is audit.Harm.ODD_TIME}
    with connection.cursor() as cursor:
        cursor.execute("select id from journal where not at between '2000-01-01' and '2200-01-01'")
        assert {row[0] for row in cursor.fetchall()} <= odd_times


def test_the_pages_show_it(odd: None) -> None:
    town_offices()
    auditor = at_work("shenji", Role.AUDIT_ADMINISTRATOR)
    for address in ("/audit/", "/audit/sample/", "/audit/alarms/", "/audit/seals/", "/audit/anchors/"):
        assert auditor.get(address).status_code == 200, address
    for number in JournalEntry.objects.filter(office__startswith="50").values_list("pk", flat=True):
        assert auditor.get(f"/audit/entries/{number}/").status_code == 200
