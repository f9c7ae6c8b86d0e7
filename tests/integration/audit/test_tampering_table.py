"""Each tampering as each login, in psql: refused by the database, found by a verification, or named as not to be found.

docs/operate/journal.md tells the same table to auditors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC

import psycopg
import pytest
from django.db import connection

from canbao.services import audit
from canbao.services.audit import Harm
from canbao.store.securing import SQL
from tests.integration.audit.conftest import AUDITOR, COLUMNS, append, ids, now
from tests.journal import login

OTHERS = "event, account, role, office, target_kind, target_id, basis, detail, login"
GIVEN = OTHERS.removesuffix(", login")
TODAY = "'PERSON_VIEWED', 'li', 'TOWN_CLERK', '500103001001000', 'person', '1', '', '{}', 'canbao_web'"
BY_ITSELF = TODAY.removesuffix(", 'canbao_web'")
WEB, WORKER = "canbao_web", "canbao_worker"


@dataclass(frozen=True)
class Tampering:
    """sql: with FIRST, SECOND, LAST for entries, SEAL for the last seal, MONTH for this month's table, CHECKED for
    what journal_printable says.

    may: the logins of the application that can do it; found: what a verification calls it, nothing where it cannot be found,
    for the reason `unfound`; undo: for what a truncation of the journal does not take back.
    """

    name: str
    sql: str
    found: frozenset[Harm] = frozenset()
    may: tuple[str, ...] = ()
    unfound: str = ""
    undo: str = ""


def named(*harms: Harm) -> frozenset[Harm]:
    return frozenset(harms)


PRINTABLE = "alter table journal add constraint journal_printable CHECKED"
BENT = named(Harm.OBSTRUCTED)
EVENTS_ON = "alter table journal enable trigger journal_line_lawful"
TABLE = [
    Tampering("change a line", "update journal set account = 'x' where id = FIRST", named(Harm.CHANGED)),
    Tampering("change a line in its month's table", "update MONTH set basis = 'x' where id = FIRST", named(Harm.CHANGED)),
    Tampering("delete a line", "delete from journal where id = FIRST", named(Harm.DELETED)),
    Tampering("move a line to another month", "update journal set at = at + interval '40 days' where id = FIRST", named(Harm.CHANGED)),
    Tampering(
        "exchange two lines",
        "update journal set id = -FIRST where id = FIRST; update journal set id = FIRST where id = SECOND;"
        " update journal set id = SECOND where id = -FIRST",
        named(Harm.REORDERED),
    ),
    Tampering(
        "put a line into a gap",
        f"insert into journal (id, {COLUMNS}) select GAP, {COLUMNS} from journal where id = FIRST",
        named(Harm.INSERTED),
    ),
    Tampering(
        "put a line below all others",
        f"insert into journal (id, {COLUMNS}) select -7, {COLUMNS} from journal where id = FIRST",
        named(Harm.INSERTED),
    ),
    Tampering(
        "make a number stand there twice",
        f"insert into journal (id, at, {OTHERS}) select id, at + interval '1 second', {OTHERS} from journal where id = FIRST",
        named(Harm.INSERTED),
    ),
    Tampering(
        "append a line of another time",
        f"insert into journal (at, {OTHERS}) values (now() - interval '20 days', {TODAY})",
        named(Harm.ODD_TIME),
    ),
    Tampering(
        "append a line of the future",
        f"insert into journal (at, {OTHERS}) values (now() + interval '20 days', {TODAY})",
        named(Harm.ODD_TIME),
    ),
    Tampering(
        "append a line with the highest number",
        f"insert into journal (id, {OTHERS}) values (9223372036854775807, {TODAY})",
        named(Harm.NOT_GIVEN_OUT),
    ),
    Tampering(
        "append a line of an event that does not exist",
        "alter table journal disable trigger journal_line_lawful; "
        f"insert into journal ({OTHERS}) values {('(' + TODAY + ')').replace('PERSON_VIEWED', 'MADE_UP')}",
        named(Harm.UNKNOWN_EVENT, Harm.OBSTRUCTED),
        undo=EVENTS_ON,
    ),
    Tampering(
        "append a line by a login that is not the program's",
        f"insert into journal ({GIVEN}) values ({BY_ITSELF})",
        named(Harm.FOREIGN_LOGIN),
        may=(WEB, WORKER),  # by their own login it is the next one
    ),
    Tampering(
        "append a line in somebody else's name",
        f"insert into journal ({OTHERS}) values ({TODAY})",
        unfound="it reads as if the program had written it; the access log of the proxy knows no request of that time",
    ),
    Tampering(
        "take away what is not sealed yet",
        "delete from journal where id > LAST",
        unfound="a number without a line is also left by an act that was not completed; the report counts them",
    ),
    Tampering(
        "skip numbers",
        "select setval('journal_id_seq', last_value + 1000) from journal_id_seq",
        unfound="the same; the report counts them",
    ),
    Tampering("empty a month", "truncate MONTH", named(Harm.DELETED, Harm.MONTH_EMPTIED)),
    Tampering(
        "take a month's table away",
        "alter table journal detach partition MONTH; drop table MONTH",
        named(Harm.DELETED, Harm.MONTH_MISSING),
        undo="truncate journal; select journal_months_ahead()",
    ),
    Tampering("change a seal", "update journal_seal set sealed_at = sealed_at - interval '1 second' where id = SEAL", named(Harm.SEAL_CHANGED)),
    Tampering("take a seal away", "delete from journal_seal where id = SEAL - 1", named(Harm.SEAL_MISSING)),
    Tampering(
        "let row security sleep", "alter table journal disable row level security", BENT,
        undo="alter table journal enable row level security",
    ),
    Tampering(
        "let everybody read all", "create policy all_of_it on journal to canbao_web using (true)", BENT,
        undo="drop policy all_of_it on journal",
    ),
    Tampering("let a login change lines", "grant update on journal to canbao_web", BENT, undo="revoke update on journal from canbao_web"),
    Tampering(
        "let a login set the time", "grant insert (at) on journal to canbao_web", BENT,
        undo="revoke insert (at) on journal from canbao_web",
    ),
    Tampering("let a login into a month's table", "grant insert on MONTH to canbao_worker", BENT, undo="revoke insert on MONTH from canbao_worker"),
    Tampering("let everybody change seals", "grant delete on journal_seal to public", BENT, undo="revoke delete on journal_seal from public"),
    Tampering(
        "let a login draw numbers", "grant usage on sequence journal_id_seq to canbao_web", BENT,
        undo="revoke usage on sequence journal_id_seq from canbao_web",
    ),
    Tampering(
        "swallow what is appended",
        "create trigger quiet before update on journal for each row execute function suppress_redundant_updates_trigger()", BENT,
        undo="drop trigger quiet on journal",
    ),
    Tampering(
        "rewrite what is appended", "create rule quiet as on insert to MONTH do instead nothing", BENT, undo="drop rule quiet on MONTH"
    ),
    Tampering("let any event in", "alter table journal disable trigger journal_line_lawful", BENT, undo=EVENTS_ON),
    Tampering("let any event into a month", "alter table MONTH disable trigger journal_line_lawful", BENT,
        undo="alter table MONTH enable trigger journal_line_lawful"),
    Tampering(
        "let every login write as another", "alter table journal alter login set default 'canbao_web'", BENT,
        undo="alter table journal alter login set default current_user",
    ),
    Tampering(
        "let any seal in", "alter table journal_seal disable trigger journal_seal_follows", BENT,
        undo="alter table journal_seal enable always trigger journal_seal_follows",
    ),
    Tampering(
        "let any seal in by another function",
        "create or replace function journal_seal_follows() returns trigger language plpgsql as 'begin return new;end'", BENT,
        undo="FILES",
    ),
    Tampering("let anything in", "alter table journal drop constraint journal_printable", BENT, undo=PRINTABLE),
    Tampering(
        "let anything in by a check of the same name",
        "alter table journal drop constraint journal_printable; alter table journal add constraint journal_printable check (true)",
        BENT, undo="alter table journal drop constraint journal_printable; " + PRINTABLE,
    ),
    Tampering(
        "let old lines go unchecked",
        f"alter table journal drop constraint journal_printable; {PRINTABLE} not valid",
        BENT, undo="alter table journal drop constraint journal_printable; " + PRINTABLE,
    ),
    Tampering(
        "let any event in by a condition",
        "create or replace trigger journal_line_lawful before insert on journal for each row when (false)"
        " execute function journal_line_lawful()",
        BENT, undo="FILES",
    ),
    Tampering(
        "let any seal in by a condition",
        "drop trigger journal_seal_follows on journal_seal; create trigger journal_seal_follows before insert on journal_seal"
        " for each row when (false) execute function journal_seal_follows();"
        " alter table journal_seal enable always trigger journal_seal_follows",
        BENT, undo="FILES",
    ),
    Tampering(
        "let a login write nothing", "alter policy journal_write on journal with check (event = 'PERSON_VIEWED')", BENT,
        undo="alter policy journal_write on journal with check (true)",
    ),
    Tampering(
        "let everybody pass as the worker",
        "create or replace function is_web_login() returns boolean language sql stable set search_path = public, pg_temp"
        " as 'select false'",
        BENT, undo="FILES",
    ),
    Tampering(
        "let the checks run with other rights", "alter function journal_line_lawful() security definer reset search_path", BENT,
        undo="FILES",
    ),
    Tampering(
        "let logins do what only the owner can",
        "create function empty_journal() returns void language sql security definer as 'delete from journal'", BENT,
        undo="drop function empty_journal()",
    ),
    Tampering(
        "date lines by something else", "alter table journal alter at set default 'yesterday'", BENT,
        undo="alter table journal alter at set default clock_timestamp()",
    ),
    Tampering(
        "let numbers be chosen", "alter table journal alter id set generated by default", BENT,
        undo="alter table journal alter id set generated always",
    ),
    Tampering("let a power cut empty a month", "alter table MONTH set unlogged", BENT, undo="alter table MONTH set logged"),
]  # fmt: skip


@dataclass
class Place:
    """The numbers that stand for the words in a statement."""

    words: dict[str, str] = field(default_factory=dict)

    def filled(self, sql: str) -> str:
        for word, value in self.words.items():
            sql = sql.replace(word, value)
        return sql


@pytest.fixture
def place(journal: list[int]) -> Place:
    """Two seals, a gap before the second, and a line that is not sealed yet."""
    with login("canbao_owner") as owner:
        owner.execute("select nextval('journal_id_seq')")
    append(7)
    audit.seal()
    with connection.cursor() as cursor:
        cursor.execute("select max(id) from journal_seal")
        (seal,) = cursor.fetchone()
        cursor.execute(
            "select pg_get_constraintdef(oid) from pg_constraint"
            " where conname = 'journal_printable' and conrelid = 'journal'::regclass"
        )
        (check,) = cursor.fetchone()
    append(8)
    first, second, *_, sealed, _ = ids()
    month = f"journal_{now().astimezone(UTC):%Y_%m}"
    words = {
        "FIRST": first,
        "SECOND": second,
        "LAST": sealed,
        "GAP": journal[-1] + 1,
        "SEAL": seal,
        "MONTH": month,
        "CHECKED": check,
    }
    return Place({word: str(value) for word, value in words.items()})


def test_the_logins_of_the_application_can_do_what_is_listed(place: Place) -> None:
    done = {
        (item.name, role)
        for role in (WEB, WORKER)
        for item in TABLE
        if _is_done(role, [place.filled(part) for part in item.sql.split("; ")])
    }
    assert done == {(item.name, role) for item in TABLE for role in item.may}


def _is_done(role: str, statements: list[str]) -> bool:
    """A grant by somebody who may not give it is a warning, and nothing is granted."""
    warned: list[str] = []
    with login(role) as session:
        session.add_notice_handler(lambda notice: warned.append(notice.sqlstate or ""))
        try:
            with session.transaction(force_rollback=True):
                for statement in statements:
                    session.execute(statement)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.GeneratedAlways):
            return False
    return "01007" not in warned


@pytest.mark.parametrize("item", TABLE, ids=lambda item: item.name)
def test_what_the_owner_does_is_found_or_named_as_not_to_be_found(item: Tampering, place: Place) -> None:
    assert bool(item.found) != bool(item.unfound)
    assert audit.verify(actor=AUDITOR, at=now()).findings == []
    with login("canbao_owner") as owner:
        owner.execute("alter table journal no force row level security, alter id set generated by default")
        try:
            try:
                for part in item.sql.split("; "):
                    owner.execute(place.filled(part))
            finally:
                owner.execute("alter table journal force row level security")
                if "by default" not in item.sql:
                    owner.execute("alter table journal alter id set generated always")
            audit.seal()
            report = audit.verify(actor=AUDITOR, at=now())
        finally:
            for part in item.undo.split("; "):
                if part:
                    owner.execute(_files() if part == "FILES" else place.filled(part))
    assert {found.harm for found in report.findings} == item.found
    if (item.unfound and "numbers" in item.unfound) or item.name.startswith(("take away", "skip")):
        assert report.notices


def _files() -> str:
    """What makes the functions and triggers anew."""
    return "".join(path.read_text() for path in SQL if path.name in ("posts.sql", "events.sql", "seals.sql"))
