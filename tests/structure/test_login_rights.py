"""What psql under each login of the application can change, held to a list: tests/spec/security/login_rights.txt.

A new table or right is looked at, then written down: REWRITE=1 pytest tests/structure/test_login_rights.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.db import connection

from tests.journal import login

LIST = Path(__file__).parents[1] / "spec" / "security" / "login_rights.txt"
HEAD = """\
# What each login of the application can change in the database, whatever the program says. Reading is not listed here: row
# security narrows it. A line that names columns can write those and no others. Nothing else can be changed by either login.
"""
LOGINS = ("canbao_web", "canbao_worker")

# Rights on a whole table, else on some of its columns; deleting and truncating know no columns.
TABLES = """
    select login, relname, verb,
        case when has_table_privilege(login, c.oid, verb) then ''
        else (select string_agg(attname, ', ' order by attnum) from pg_attribute a
            where attrelid = c.oid and attnum > 0 and not attisdropped and verb in ('insert', 'update', 'references')
            and has_column_privilege(login, c.oid, attnum, verb)) end as columns
    from pg_class c, unnest(%s::text[]) login, unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
        with ordinality v(verb, place)
    where relnamespace in ('public'::regnamespace, 'staging'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'f')
    order by login, relname, place"""
OTHER = """
    select login || ' function ' || p.oid::regprocedure || ': runs as its owner' from pg_proc p, unnest(%s::text[]) login
        where prosecdef and has_function_privilege(login, p.oid, 'execute')
    union all select login || ' schema ' || nspname || ': create' from pg_namespace, unnest(%s::text[]) login
        where has_schema_privilege(login, oid, 'create')
    union all select login || ' sequence ' || relname || ': update' from pg_class, unnest(%s::text[]) login
        where relkind = 'S' and has_sequence_privilege(login, oid, 'update')
    union all select login || ' is a member of ' || r.rolname from pg_roles r, unnest(%s::text[]) login
        where r.rolname <> login and pg_has_role(login, r.oid, 'member')
    union all select login || ' owns ' || relname from pg_class, unnest(%s::text[]) login
        where relowner = login::regrole and relnamespace = 'public'::regnamespace
    order by 1"""


def rights() -> str:
    """The list as the database has it now."""
    found: dict[tuple[str, str], list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [list(LOGINS)])
        for login, table, verb, columns in cursor.fetchall():
            if columns is not None:
                found.setdefault((login, table), []).append(f"{verb} ({columns})" if columns else verb)
        cursor.execute(OTHER, [list(LOGINS)] * 5)
        other = [row[0] for row in cursor.fetchall()]
    lines = [f"{login} {table}: {', '.join(verbs)}" for (login, table), verbs in sorted(found.items())]
    return HEAD + "".join(f"{line}\n" for line in [*lines, *other])


@pytest.mark.django_db
def test_each_login_can_change_what_is_listed_and_nothing_else() -> None:
    now = rights()
    if os.environ.get("REWRITE"):
        LIST.write_text(now)
    assert now.splitlines() == LIST.read_text().splitlines(), "look at it, then REWRITE=1 pytest " + __file__


@pytest.mark.django_db(databases=["default", "owner"])
def test_granting_again_changes_nothing() -> None:
    with login("canbao_owner") as owner:
        owner.execute("call secure_tables()")
    assert rights().splitlines() == LIST.read_text().splitlines()


@pytest.mark.django_db
def test_numbers_of_the_journal_are_drawn_by_appending_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select login, relname, has_sequence_privilege(login, s.oid, 'usage'), has_sequence_privilege(login, s.oid, 'update')"
            " from pg_class s, unnest(%s::text[]) login where relname in ('journal_id_seq', 'journal_seal_id_seq')",
            [list(LOGINS)],
        )
        rows = cursor.fetchall()
    assert len(rows) == 4 and not any(usage or update for _, _, usage, update in rows)
