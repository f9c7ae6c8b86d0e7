"""The three roles of the database: owner of the tables, worker that writes the register, web behind row security."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import sql

from canbao.config.home import ROLES


def make_roles(connection: psycopg.Connection, *, passwords: dict[str, str] | None = None) -> None:
    """Make them where they are missing. With passwords they can log in; without, the connected login becomes a member of them."""
    for role in ROLES:
        name = sql.Identifier(f"canbao_{role}")
        found = connection.execute(
            "select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = %s", [f"canbao_{role}"]
        ).fetchone()
        if not found:
            connection.execute(sql.SQL("create role {} nologin nosuperuser").format(name))
        if passwords:
            connection.execute(sql.SQL("alter role {} login password {}").format(name, sql.Literal(passwords[role])))
            connection.execute(sql.SQL("alter role {} reset all").format(name))  # a login may set defaults of its own
            _reset_in_databases(connection, f"canbao_{role}")
        elif not found or not found[0]:
            connection.execute(sql.SQL("grant {} to current_user").format(name))
    with suppress(psycopg.errors.InsufficientPrivilege):
        # COPY refuses to write into tables with row security; without this the worker's own policies still let it in.
        connection.execute("alter role canbao_worker bypassrls")
    with suppress(psycopg.errors.InsufficientPrivilege):
        # The owner may end a session of a login that keeps the journal from being sealed (store/seals.sql).
        connection.execute("grant pg_signal_backend, pg_read_all_stats to canbao_owner")


def _reset_in_databases(connection: psycopg.Connection, role: str) -> None:
    """What the login set for itself in one database only is not reached by `reset all`."""
    kept = connection.execute(
        "select d.datname from pg_db_role_setting s join pg_roles r on r.oid = s.setrole"
        " join pg_database d on d.oid = s.setdatabase where r.rolname = %s",
        [role],
    ).fetchall()
    for (database,) in kept:
        names = sql.Identifier(role), sql.Identifier(database)
        connection.execute(sql.SQL("alter role {} in database {} reset all").format(*names))


# Large objects belong to no table, so that no policy and no quota holds them; messages fill the write-ahead log. Of two sessions of one
# login each could end the other: the worker's could keep the journal from being sealed. Locks that outlast a transaction, or that are
# only tried, are the worker's: the web waits for its turn within a transaction.
_RESTRICT = """
do $$
declare
    given record;
    name regprocedure;
begin
    for given in select * from (values
        ('^(lo_.*|lowrite|loread)$', ''), ('^pg_logical_emit_message$', ''),
        ('^pg_(terminate|cancel)_backend$', 'canbao_owner'),
        ('^pg_(try_)?advisory_', 'canbao_owner, canbao_worker')) as v(pattern, kept)
    loop
        for name in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ given.pattern loop
            execute format('revoke execute on function %s from public', name);
            if given.kept <> '' then
                execute format('grant execute on function %s to %s', name, given.kept);
            end if;
        end loop;
    end loop;
    grant execute on function pg_advisory_xact_lock(bigint), pg_advisory_xact_lock(integer, integer) to canbao_web;
end $$"""


def restrict(connection: psycopg.Connection) -> None:
    """Take from the logins, in the database of this connection, what PostgreSQL grants to everybody; only its superuser can.

    What stays open on a server that was given to us is in docs/operate/install.md.
    """
    with suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute(_RESTRICT)


def close_others(connection: psycopg.Connection) -> None:
    """No login of ours has anything to do in the other databases of the embedded server."""
    connection.execute("revoke connect, temporary on database postgres, template1 from public")
