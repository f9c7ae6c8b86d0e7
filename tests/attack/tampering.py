"""Bending the journal as the owner of the tables, as the superuser, and as anybody who holds the folder (entry 7).

Each tampering is done to a copy of a register whose journal was sealed, anchored, and grew since. Afterwards `canbao audit
verify` has to find it, or to say until when it can vouch for the journal, so that nobody takes its silence for a proof.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from tests.attack.homes import Home
from tests.attack.journal import AUDITOR, Verified, verify
from tests.attack.outcomes import ATTACKS, Attack, Outcome, harmless, not_tried, vulnerable
from tests.attack.running import Product
from tests.receivers import TimeStampAuthority


@dataclass(frozen=True)
class Base:
    """A register to be tampered with: what verification says before; outside: options that name what is kept off the machine."""

    home: Home
    before: Verified
    outside: tuple[str, ...] = ()


_bases: dict[tuple[str, bool], Base] = {}


def base(product: Product, *, is_witnessed: bool) -> Base | None:
    """A journal that was sealed and anchored, sealed again, and has a few lines that are not sealed.

    is_witnessed: the anchor was stamped by an authority, and its tokens lie elsewhere too; None where there is no such thing.
    """
    key = (str(product.folder), is_witnessed)
    if key not in _bases:
        home = Home(product, product.spare).copy()
        home.canbao("audit", "seal")
        home.canbao("audit", "anchor", "--as", AUDITOR)
        outside = _stamped(home) if is_witnessed else ()
        for words in (("verify", "--as", AUDITOR), ("seal",), ("verify", "--as", AUDITOR)):
            home.canbao("audit", *words)
        _bases[key] = Base(home, verify(home, *outside), outside)
    found = _bases[key]
    return found if found.outside or not is_witnessed else None


def _stamped(home: Home) -> tuple[str, ...]:
    """The options of `verify` for the tokens of a real authority, copied off the home; none where nothing is delivered."""
    folder = home.path.with_name(f"stamps-{token_hex(3)}")
    folder.mkdir()
    with TimeStampAuthority(folder) as authority:
        done = home.canbao(
            "audit", "deliver", CANBAO_TSA_URL=authority.url, CANBAO_TSA_ROOT=str(authority.authority.root)
        )
        root = authority.authority.root
    tokens = next((path.parent.parent for path in home.path.rglob("*.tsr")), None)
    if done.returncode or tokens is None:
        return ()
    kept = folder / "kept"
    shutil.copytree(tokens, kept)
    return ("--tokens", str(kept), "--tsa-cert", str(root))


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
    for path in (home.path / "anchors").rglob("*.*"):
        path.unlink()
    home.canbao("audit", "seal")


def _redone(*, keeps_lines: bool) -> Tamper:
    """A changed line, and the chain and the anchors made anew with the product's own commands and the key of the folder."""

    def tamper(home: Home) -> None:
        rest = [] if keeps_lines else ["delete from journal where event in ('JOURNAL_ANCHORED', 'JOURNAL_VERIFIED')"]
        _sql(f"update journal set account = 'somebody' where id = {_SEALED}", *rest, "delete from journal_seal")(home)
        for path in (home.path / "anchors").rglob("*.*"):
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
    for path in (home.path / "anchors").rglob("*.*"):
        path.unlink()
    home.canbao("audit", "seal")


def _all_gone(home: Home) -> None:
    _sql("truncate journal", "delete from journal_seal")(home)
    for path in (home.path / "anchors").rglob("*.*"):
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
    "seal_changed": ("7", "A seal has another digest.",
                     _sql("update journal_seal set digest = repeat('a', 64) where id = (select min(id) from journal_seal)")),
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


# Which of them have to be found, not only named, once an authority outside has stamped what was there.
_WITNESSED = (
    "cut_with_anchors",
    "chain_redone",
    "chain_redone_wholly",
    "chain_redone_with_records",
    "all_gone",
    "sealed_line_changed",
)


def _enter(name: str, entry: str, says: str, tamper: Tamper, *, is_witnessed: bool) -> None:
    def run(product: Product) -> Outcome:
        started = base(product, is_witnessed=is_witnessed)
        if started is None:
            return not_tried("anchors are kept nowhere outside")
        copy = started.home.copy()
        try:
            tamper(copy)
            found = verify(copy, *started.outside)
        finally:
            copy.remove()
        return _judged(found, started.before, must_find=is_witnessed)

    run.__name__ = f"{name}_witnessed" if is_witnessed else name
    run.__doc__ = f"{says} An authority outside has stamped the anchor." if is_witnessed else says
    ATTACKS.append(Attack(entry, run.__name__, run, order=81))


def _judged(found: Verified, before: Verified, *, must_find: bool) -> Outcome:
    fresh = [harm for harm in found.findings if harm not in before.findings] or found.findings[len(before.findings) :]
    told = f"exit {found.code}, {len(found.findings)} findings: {', '.join(sorted(set(found.findings)))}"
    if found.crashed:
        return vulnerable(f"verification crashes: {found.text[-200:]}")
    if before.findings:
        told += f"; before the tampering {before.findings}"
    if fresh:
        return harmless(f"found: {told}")
    if found.is_named and not must_find:
        return harmless(f"named as not to be found: {found.verdict}; {told}")
    return vulnerable(f"MISSED, verification says: {found.verdict or 'intact'} ({told})")


for _name, (_entry, _says, _tamper) in _TAMPERINGS.items():
    _enter(_name, _entry, _says, _tamper, is_witnessed=False)
    if _name in _WITNESSED:
        _enter(_name, _entry, _says, _tamper, is_witnessed=True)
