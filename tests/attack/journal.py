"""Bending the journal: by the logins of the application, by the tables' owner, and by whoever holds the machine (entries 6, 7).

Each tampering is done to a copy of a register whose journal was sealed, anchored, and grew since. Afterwards `canbao audit
verify` has to find it, or to say until when it can vouch for the journal, so that nobody takes its silence for a proof.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.attack.homes import Home, spare
from tests.attack.outcomes import ATTACKS, Attack, Outcome, Verdict, attack, harmless, judged, refused, vulnerable
from tests.attack.running import Product

AUDITOR = "shenji"
NAMED = re.compile(r"vouch|until|unproven|不能担保|无法担保|可以担保|担保至|能证明|不能证明|截至", re.IGNORECASE)
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
    sealed: int = 0
    unsealed: int = 0

    @property
    def is_named(self) -> bool:
        return bool(NAMED.search(self.text))

    @property
    def crashed(self) -> bool:
        return self.code not in (0, 4) and "程序内部错误" in self.text


_NOT_SEALED = "select (select count(*) from journal) - (select coalesce(sum(count), 0) from journal_seal)"


def verify(home: Home) -> Verified:
    done = home.canbao("audit", "verify", "--json", "--as", AUDITOR)
    found = Verified(done.returncode, done.stdout + done.stderr)
    start = done.stdout.find("{")
    if start >= 0:
        report: dict[str, Any] = json.loads(done.stdout[start:])
        found.findings = [str(each.get("harm")) for each in report.get("findings", [])]
        found.sealed, found.unsealed = int(report.get("sealed", 0)), int(report.get("unsealed", 0))
    return found


_base: dict[str, tuple[Home, Verified]] = {}


def base(product: Product) -> tuple[Home, Verified]:
    """A register whose journal was sealed and anchored, sealed again, and has a few lines that are not sealed."""
    key = str(product.folder)
    if key not in _base:
        home = Home(product, product.spare).copy()
        for words in (
            ("seal",),
            ("anchor", "--as", AUDITOR),
            ("verify", "--as", AUDITOR),
            ("seal",),
            ("verify", "--as", AUDITOR),
        ):
            home.canbao("audit", *words)
        _base[key] = home, verify(home)
    return _base[key]


# As the logins of the application.


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


@attack("6", order=80)
def unknown_event(product: Product) -> Outcome:
    """The application's login writes an event nobody knows, and details of another shape than they have."""
    shapes = (("NO_SUCH_EVENT", "{}"), ("PERSON_VIEWED", "[1]"), ("JOURNAL_VERIFIED", '{"findings": [["X", "y", 1]]}'),
              ("JOURNAL_ANCHORED", "{}"), ("CASE_DECIDED", '"text"'))  # fmt: skip
    return _as_logins(
        product,
        *(line(event, detail=detail, **more) for event, detail in shapes for more in ({"at": "clock_timestamp()"}, {})),
    )


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


# As the owner of the tables, as the superuser, and as whoever holds the folder.

Tamper = Callable[[Home], None]


def _sql(*statements: str, login: str = "root") -> Tamper:
    def tamper(home: Home) -> None:
        with home.running() as database, database.connect(login) as connection:
            for statement in statements:
                connection.execute(statement)

    return tamper


_UNBOUND = "set session_replication_role = replica"
_SEALED = "(select min(id) + 3 from journal)"
_LAST_SEAL = "(select max(to_id) from journal_seal)"
_ANCHORED = "(select max(id) from journal where event = 'JOURNAL_ANCHORED')"


def _cut_with_anchors(home: Home) -> None:
    """Everything since the first seals, and the notes of it outside the database."""
    _sql(f"delete from journal where id > {_SEALED}", "delete from journal_seal")(home)
    for path in (home.path / "anchors").glob("*"):
        path.unlink()
    home.canbao("audit", "seal")


def _redone(*, keeps_lines: bool) -> Tamper:
    """A changed line, and the chain and the anchors made anew with the product's own commands and the key of the folder."""

    def tamper(home: Home) -> None:
        rest = [] if keeps_lines else ["delete from journal where event in ('JOURNAL_ANCHORED', 'JOURNAL_VERIFIED')"]
        _sql(f"update journal set account = 'somebody' where id = {_SEALED}", *rest, "delete from journal_seal")(home)
        for path in (home.path / "anchors").glob("*"):
            path.unlink()
        home.canbao("audit", "seal")
        home.canbao("audit", "anchor", "--as", AUDITOR)

    return tamper


def _redone_with_records(home: Home) -> None:
    """As before, and the journal's own lines about its anchors say the new digest."""
    _redone(keeps_lines=True)(home)
    _sql(
        "update journal set detail = detail || jsonb_build_object('digest', (select digest from journal_seal order by id limit 1), 'seal', 1)"
        " where event = 'JOURNAL_ANCHORED'",
        "delete from journal_seal",
    )(home)
    for path in (home.path / "anchors").glob("*"):
        path.unlink()
    home.canbao("audit", "seal")


def _all_gone(home: Home) -> None:
    _sql("truncate journal", "delete from journal_seal")(home)
    for path in (home.path / "anchors").glob("*"):
        path.unlink()


_TAMPERINGS: dict[str, tuple[str, str, Tamper]] = {
    "sealed_line_changed": ("7", "A sealed line says somebody else.", _sql(f"update journal set account = 'x' where id = {_SEALED}")),
    "sealed_line_deleted": ("7", "A sealed line is gone.", _sql(f"delete from journal where id = {_SEALED}")),
    "line_inserted": (
        "7", "A line is added under the number of a sealed one.",
        _sql(_UNBOUND, "insert into journal overriding system value select * from (select (jsonb_populate_record(j, jsonb_build_object("
             f"'at', j.at - interval '1 second', 'account', 'x'))).* from journal j where id = {_SEALED}) x"),
    ),
    "lines_exchanged": (
        "7", "Two sealed lines have each other's contents.",
        _sql(f"update journal j set account = o.account, event = o.event, detail = o.detail, target_id = o.target_id, role = o.role,"
             f" target_kind = o.target_kind, basis = o.basis, area = o.area from journal o where (j.id = {_SEALED} and o.id = {_SEALED} + 1)"
             f" or (j.id = {_SEALED} + 1 and o.id = {_SEALED})"),
    ),
    "seal_changed": ("7", "A seal has another digest.", _sql("update journal_seal set digest = repeat('a', 64) where id = (select min(id) from journal_seal)")),
    "month_detached": (
        "7", "The partition of a month is taken off.",
        _sql("do $$ begin execute (select format('alter table journal detach partition %I', tableoid::regclass) from journal limit 1); end $$"),
    ),
    "month_dropped": (
        "7", "The partition of a month is dropped.",
        _sql("do $$ begin execute (select format('drop table %s', tableoid::regclass) from journal limit 1); end $$"),
    ),
    "rule_swallows": ("7", "A trigger swallows what is appended.", _sql(
        "create function swallow() returns trigger language plpgsql as 'begin return null; end'",
        "create trigger swallow before insert on journal for each row execute function swallow()")),
    "right_given": ("7", "The web is given the right to change lines.", _sql("grant update, delete on journal to canbao_web")),
    "row_security_off": ("7", "Row security of the journal is off.", _sql("alter table journal disable row level security")),
    "unsealed_tail_cut": ("7", "The lines that were not sealed yet are gone.", _sql(f"delete from journal where id > {_LAST_SEAL}")),
    "unsealed_line_changed": (
        "7", "A line that was not sealed yet says somebody else.", _sql(f"update journal set account = 'x' where id > {_LAST_SEAL}")
    ),
    "cut_since_anchor": (
        "7", "Lines and seals since the last anchor are gone.",
        _sql(f"delete from journal where id > {_ANCHORED}", f"delete from journal_seal where to_id > {_ANCHORED}"),
    ),
    "cut_with_anchors": ("7", "Lines, seals and the folder of the anchors are cut back together.", _cut_with_anchors),
    "chain_redone": ("7", "A line is changed; chain and anchors are made anew with the key of the folder.", _redone(keeps_lines=True)),
    "chain_redone_wholly": ("7", "The same, and the lines that told of anchors are gone as well.", _redone(keeps_lines=False)),
    "chain_redone_with_records": ("7", "The same, and the lines that told of anchors say the new digest.", _redone_with_records),
    "all_gone": ("7", "Journal, seals and anchors are emptied.", _all_gone),
}  # fmt: skip


def _enter(name: str, entry: str, says: str, tamper: Tamper) -> None:
    def run(product: Product) -> Outcome:
        home, before = base(product)
        copy = home.copy()
        try:
            tamper(copy)
            found = verify(copy)
        finally:
            copy.remove()
        fresh = [harm for harm in found.findings if harm not in before.findings] or found.findings[
            len(before.findings) :
        ]
        told = f"exit {found.code}, {len(found.findings)} findings: {', '.join(sorted(set(found.findings)))}"
        if found.crashed:
            return vulnerable(f"verification crashes: {found.text[-200:]}")
        if fresh:
            return Outcome(Verdict.HARMLESS, f"found: {told}")
        if found.is_named:
            return Outcome(Verdict.HARMLESS, f"named as not to be found: {NAMED.findall(found.text)[:3]}; {told}")
        return vulnerable(f"MISSED, verification calls it intact ({told})")

    run.__name__, run.__doc__ = name, says
    ATTACKS.append(Attack(entry, name, run, order=81))


for _name, (_entry, _says, _tamper) in _TAMPERINGS.items():
    _enter(_name, _entry, _says, _tamper)
