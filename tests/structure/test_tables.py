"""Promises that every table keeps."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, connections, models, transaction
from django.db.backends.utils import CursorWrapper

MODELS = list(apps.get_app_config("store").get_models())


def with_area() -> list[type[models.Model]]:
    return [model for model in MODELS if any(field.column == "office_path" for field in model._meta.fields)]


@pytest.mark.django_db
def test_every_table_with_an_area_is_behind_row_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select c.relname from pg_class c
            where c.relrowsecurity and c.relforcerowsecurity
            and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'area'
                        and p.polroles = array[(select oid from pg_roles where rolname = 'canbao_web')])"""
        )
        guarded = {row[0] for row in cursor.fetchall()}
    assert {model._meta.db_table for model in with_area()} <= guarded


def test_every_area_sorts_by_bytes() -> None:
    """Otherwise the range of the policy would not use the index."""
    collations = {model.__name__: model._meta.get_field("office_path").db_collation for model in with_area()}  # type: ignore[union-attr]
    assert set(collations.values()) <= {"C"}, collations


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_web_login_sees_its_area_and_nothing_when_none_is_set() -> None:
    """On a table of its own, so that the promise is tested whatever the register's tables look like."""
    with transaction.atomic(using="owner"), _owner() as cursor:
        cursor.execute('create table area_probe (id int primary key, office_path text collate "C" not null)')
        cursor.execute("call secure_tables()")
        cursor.execute("grant select on area_probe to canbao_web")
        cursor.execute("set local role canbao_worker")
        cursor.execute("insert into area_probe values (1, '50.01.001'), (2, '50.01.002'), (3, '50.02.001')")
        cursor.execute("set local role canbao_web")
        cursor.execute("select id from area_probe")
        assert cursor.fetchall() == []
        cursor.execute("select set_config('canbao.lo', '50.01', true), set_config('canbao.hi', '50.01~', true)")
        cursor.execute("select id from area_probe order by id")
        assert cursor.fetchall() == [(1,), (2,)]
        transaction.set_rollback(True, using="owner")


@pytest.mark.django_db
def test_no_login_of_the_application_owns_or_bypasses_anything() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolname, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname like 'canbao@_%'"
            " escape '@' and rolname <> 'canbao_root'"
        )
        assert {row[0]: row[1:] for row in cursor.fetchall()} == dict.fromkeys(
            ("canbao_owner", "canbao_worker", "canbao_web"), (False, False, False)
        )
        cursor.execute("select rolbypassrls from pg_roles where rolname = 'canbao_web'")
        assert cursor.fetchall() == [(False,)]
        cursor.execute(
            "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
            " and pg_get_userbyid(relowner) <> 'canbao_owner'"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_who_and_when_come_in_pairs(model: type[models.Model]) -> None:
    """Both or neither: a pair that may be empty is held together by a check constraint."""
    fields = {field.name: field for field in model._meta.fields}
    for name, field in fields.items():
        if not name.endswith("_by"):
            continue
        when = name.removesuffix("_by") + "_at"
        assert when in fields, f"{name} without {when}"
        if field.null or fields[when].null:
            checks = [
                str(rule.condition) for rule in model._meta.constraints if isinstance(rule, models.CheckConstraint)
            ]
            assert any(name in check and when in check for check in checks), f"{name} and {when} are not held together"


@pytest.mark.django_db
def test_the_models_and_the_migrations_agree() -> None:
    from django.core.management import call_command

    call_command("makemigrations", "store", check=True, dry_run=True, verbosity=1)


def _owner() -> CursorWrapper:
    return connections["owner"].cursor()
