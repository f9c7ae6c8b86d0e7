"""What the logins of the application can do to the database beyond their work (held)."""

from __future__ import annotations

from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product

_BOTH = (
    "copy (select 1) to program 'true'", "copy (select 1) to '/tmp/canbao-attack-copy'",
        "create temporary table x (a text); copy x from program 'id'",
    "copy person to '/tmp/canbao-attack-copy'", "select pg_read_file('/etc/passwd')", "select lo_import('/etc/passwd')", "select pg_ls_dir('.')",
    "set role canbao_owner", "set session authorization canbao_root", "create role mine superuser", "alter role canbao_web superuser",
    "alter role canbao_worker superuser", "create extension file_fdw", "create extension dblink", "create language plpython3u",
    "create table public.mine (x int)", "create function public.mine() returns int language sql as 'select 1'", "drop table person",
    "alter table person disable row level security", "alter table person owner to current_user", "truncate person",
    "create event trigger mine on ddl_command_start execute function suppress_redundant_updates_trigger()",
    "alter system set log_statement = 'all'", "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'canbao_root'",
    "alter database canbao owner to current_user", "update pg_authid set rolsuper = true", "select rolpassword from pg_authid",
    "load '/tmp/x.so'", "select pg_rotate_logfile()", "checkpoint; select pg_switch_wal()",
)  # fmt: skip
_WEB = (
    "create table staging.mine (x int)", "select indexes_aside(array['person'])",
    "update account set name = 'x'", "delete from account", "update post set role = 'MUNICIPAL_APPROVER'", "delete from post",
    "update job set arguments = '{}'", "update batch set counts = '{}'", "delete from alarm", "delete from unmasking", "delete from person_history",
)  # fmt: skip


@attack("held", order=82)
def beyond_their_work(product: Product) -> Outcome:
    """SET ROLE, COPY PROGRAM, files of the server, extensions, definitions: refused for the web and the worker."""
    holes = [
        f"{login}: {statement}"
        for login, statements in (("web", _BOTH + _WEB), ("worker", _BOTH))
        for statement in statements
        if not product.database.try_as(login, statement)
    ]
    return judged(holes, f"{len(_BOTH) * 2 + len(_WEB)} statements refused")


@attack("held", order=82)
def rows_without_area(product: Product) -> Outcome:
    """The web's login sees no person while no area is set, and no one of another area when one is."""
    with product.database.connect("web") as connection:
        (bare,) = connection.execute("select count(*) from person").fetchone() or (0,)
        with connection.transaction():
            town = product.place["town"]
            connection.execute(
                "select set_config('canbao.lo', %s, true), set_config('canbao.hi', %s, true)", [town, f"{town}~"]
            )
            (outside,) = connection.execute(
                "select count(*) from person where office_path not like %s", [f"{town}%"]
            ).fetchone() or (0,)
    holes = ([f"{bare} people without an area"] if bare else []) + (
        [f"{outside} people of other areas"] if outside else []
    )
    return judged(holes, "nobody without an area, nobody of another")
