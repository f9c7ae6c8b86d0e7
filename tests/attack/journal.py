"""Bending the journal with the logins of the application (entry 6); what its owner can do stands in `tampering`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.attack.homes import Home, spare
from tests.attack.outcomes import Outcome, attack, harmless, judged, refused
from tests.attack.running import Product

AUDITOR = "shenji"
NAMED = re.compile("不能证明|可证明至")  # how a verification says how far it reaches
_LINE = (
    "insert into journal ({more}event, account, role, office, area, target_kind, target_id, basis, detail)"
    " values ({values}'{event}', '{account}', 'TOWN_CLERK', '50', '', 'person', '1', '', '{detail}')"
)


def line(event: str = "PERSON_VIEWED", *, account: str = "zhenban", detail: str = "{}", **more: str) -> str:
    """An insert of one line; more: columns with their SQL, such as id="1"."""
    columns, values = "".join(f"{name}, " for name in more), "".join(f"{value}, " for value in more.values())
    return _LINE.format(more=columns, values=values, event=event, account=account, detail=detail)


@dataclass
class Verified:
    """What a verification said. code: of the exit; findings: kinds of harm; is_named: it says how far it can vouch."""

    code: int
    text: str
    findings: list[str] = field(default_factory=list)
    verdict: str = ""

    @property
    def is_named(self) -> bool:
        return bool(NAMED.search(self.verdict))

    @property
    def crashed(self) -> bool:
        return self.code not in (0, 4) and "程序内部错误" in self.text


_NOT_SEALED = "select (select count(*) from journal) - (select coalesce(sum(count), 0) from journal_seal)"


def verify(home: Home, *options: str) -> Verified:
    """`canbao audit verify`; options: what is kept off the machine."""
    done = home.canbao("audit", "verify", "--json", "--as", AUDITOR, *options)
    found = Verified(done.returncode, done.stdout + done.stderr)
    start = done.stdout.find("{")
    if start >= 0:
        report: dict[str, Any] = json.loads(done.stdout[start:])
        found.findings = [str(each.get("harm")) for each in report.get("findings", [])]
        found.verdict = str(report.get("verdict", ""))
    return found


def _as_logins(product: Product, *statements: str) -> Outcome:
    """Each statement, in a transaction of its own, by the web and by the worker, in a copy for each login; then verified and sealed."""
    holes, ends, was_written = [], [], False
    for login in ("web", "worker"):
        with spare(product) as home:
            with home.running() as database:
                errors = [database.try_as(login, statement) for statement in statements]
            ends.append(f"{login}: {', '.join(error or 'written' for error in errors)}")
            if all(errors):
                continue
            was_written = True
            home.canbao("audit", "seal")
            found = verify(home)
            if found.crashed:
                holes.append(f"{login}: verification crashes: {found.text.strip()[-120:]}")
            home.canbao("audit", "seal")
            with home.running() as database:
                rest = database.value(_NOT_SEALED)
            if rest:
                holes.append(f"{login}: sealing has stopped, {rest} lines are not sealed")
    return judged(holes, "; ".join(ends), was_refused=not was_written)


@attack("6", order=80)
def highest_number(product: Product) -> Outcome:
    """The application's login writes a line with the highest number there is."""
    return _as_logins(product, line(id="9223372036854775807", at="clock_timestamp()"))


_SHAPES = (
    ("NO_SUCH_EVENT", "{}"), ("PERSON_VIEWED", "[1]"), ("JOURNAL_VERIFIED", '{"findings": [["X", "y", 1]]}'), ("JOURNAL_ANCHORED", "{}"),
    ("CASE_DECIDED", '"text"'), ("UNMASKED", "null"),
)  # fmt: skip


@attack("6", order=80)
def unknown_event(product: Product) -> Outcome:
    """The application's login writes an event nobody knows, and details of another shape: the auditor's pages still open."""
    written = []
    for event, detail in _SHAPES:
        for more in ({"at": "clock_timestamp()"}, {}):
            if not product.database.try_as("web", line(event, detail=detail, **more)):
                written.append(f"{event} {detail}")
                break
    auditor = product.client("AUDIT_ADMINISTRATOR")
    last = product.database.last_line()
    pages = [
        "/audit/",
        "/audit/seals/",
        "/audit/alarms/",
        *(f"/audit/entries/{number}/" for number in range(last - 8, last + 1)),
    ]
    answers = {path: auditor.get(path).status for path in pages}
    holes = [f"{path}: {status}" for path, status in answers.items() if status >= 500]
    return judged(
        holes,
        f"written: {', '.join(written) or 'none'}; pages {sorted(set(answers.values()))}",
        was_refused=not written,
    )


@attack("6", order=80)
def unknown_event_verified(product: Product) -> Outcome:
    """The same, sealed and then changed by the owner: verification names the line and does not stumble over it."""
    holes, ends = [], []
    with spare(product) as home:
        with home.running() as database:
            written = [
                event
                for event, detail in _SHAPES
                if not (
                    database.try_as("worker", line(event, detail=detail, at="clock_timestamp()"))
                    and database.try_as("worker", line(event, detail=detail))
                )
            ]
        home.canbao("audit", "seal")
        with home.running() as database:
            touched = database.run(
                "update journal set account = 'x' where event = any(%s) or jsonb_typeof(detail) <> 'object'", written
            )
        found = verify(home)
        ends.append(f"{len(written)} written, {touched} changed, exit {found.code}, {len(found.findings)} findings")
        holes += [f"verification crashes: {found.text.strip()[-160:]}"] if found.crashed else []
        holes += ["nothing found"] if touched and not found.findings and not found.crashed else []
    return judged(holes, "; ".join(ends), was_refused=not written)


@attack("6", order=80)
def false_time_and_terminal(product: Product) -> Outcome:
    """The application's login writes a line with an old time, another terminal and another request."""
    holes, ends = [], []
    for login in ("web", "worker"):
        for column, value in (("at", "now() - interval '40 days'"), ("at", "now() + interval '20 days'"), ("id", "17"),
                              ("terminal", "'10.9.9.9'"), ("request", "'forged'")):  # fmt: skip
            more = {column: value} | ({"at": "clock_timestamp()"} if column != "at" else {})
            error = product.database.try_as(login, line(**more)) and product.database.try_as(
                login, line(**{column: value})
            )
            holes += [] if error else [f"{login} chooses {column}"]
            ends.append(f"{login} {column}: {error or 'written'}")
    return judged(holes, ", ".join(ends))


@attack("6", order=80)
def settings_of_terminal(product: Product) -> Outcome:
    """A login says by its own settings where a line came from: it cannot be prevented, and must not be taken for a proof."""
    error = product.database.try_as(
        "web", "select set_config('canbao.terminal', '10.9.9.9', true)", line(at="clock_timestamp()")
    )
    error = error and product.database.try_as("web", "select set_config('canbao.terminal', '10.9.9.9', true)", line())
    return (
        refused(error) if error else harmless("the web tells its own address; only the web's process holds this login")
    )


@attack("6", order=80)
def many_partitions(product: Product) -> Outcome:
    """The application's login makes hundreds of partitions."""
    database, holes, ends = product.database, [], []
    count = "select count(*) from pg_class where relispartition and relname like 'journal\\_%'"
    for login in ("web", "worker"):
        before = database.value(count)
        error = database.try_as(
            login, "select journal_month(now() + make_interval(months => 100 + n)) from generate_series(1, 60) n"
        )
        made = database.value(count) - before
        holes += [f"{login} made {made}"] if made > 3 else []
        ends.append(f"{login}: {error or made}")
    return judged(holes, ", ".join(ends))


@attack("6", order=80)
def change_and_delete(product: Product) -> Outcome:
    """The application's logins change, delete and empty the journal, its seals and partitions, or take its protection away."""
    month = product.database.value(
        "select relname from pg_class where relispartition and relname ~ '^journal_\\d{4}_\\d\\d$' order by 1 limit 1"
    )
    statements = (
        "update journal set account = 'x'", "delete from journal", "truncate journal", f"truncate {month}", f"drop table {month}",
        f"delete from {month}", f"insert into {month} select * from {month} limit 1", "update journal_seal set digest = md5(digest)",
        "delete from journal_seal", "alter table journal disable row level security", "drop policy journal_read on journal",
        "create rule r as on insert to journal do instead nothing", "alter sequence journal_id_seq restart with 1",
        "select setval('journal_id_seq', 1)", f"alter table journal detach partition {month}",
        "create or replace function journal_month(moment timestamptz) returns void language sql as 'select'",
        "lock table journal in access exclusive mode", "lock table journal in share mode",
        "create trigger t before insert on journal for each row execute function suppress_redundant_updates_trigger()",
        "set role canbao_owner", "set session authorization canbao_owner", "alter role canbao_web bypassrls", "grant canbao_owner to canbao_web",
    )  # fmt: skip
    holes = [
        f"{login}: {statement}"
        for login in ("web", "worker")
        for statement in statements
        if not product.database.try_as(login, statement)
    ]
    return judged(holes, f"{2 * len(statements)} statements refused")


@attack("6", order=80)
def false_seal(product: Product) -> Outcome:
    """The worker, who seals, writes a seal that covers all numbers to come, and one that covers nothing."""
    holes, ends = [], []
    for to_id in ("1000000000000", "9223372036854775807"):
        with spare(product) as home:
            home.canbao("audit", "seal")
            with home.running() as database:
                error = database.try_as(
                    "worker",
                    "insert into journal_seal (from_id, to_id, count, leaves, prev_digest, digest, sealed_at)"
                    f" select to_id + 1, {to_id}, 1, '\\x00', digest, md5(digest), now() from journal_seal order by id desc limit 1",
                )
            found = verify(home)
            home.canbao("audit", "seal")
            ends.append(f"{error or 'written'}, {', '.join(found.findings) or 'nothing found'}")
            if not error and not found.findings:
                holes.append(f"a seal up to {to_id} is called good")
    return judged(holes, "; ".join(ends), was_refused=False)
