"""Whether the database has the tables that this version of the program works with: the models compared with the catalog.

A database of another version fails in the middle of an act, with half of it in a file that nobody points to. So `canbao init` and
`canbao serve` compare first: migrations, tables, columns with their types, and constraints and indexes by their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.migrations.loader import MigrationLoader

_COLUMNS = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and a.attnum > 0 and not a.attisdropped"""
_NAMES = """
    select t.relname, k.conname from pg_constraint k join pg_class t on t.oid = k.conrelid
    where k.connamespace = current_schema()::regnamespace and k.convalidated
    union select t.relname, i.relname from pg_index x join pg_class i on i.oid = x.indexrelid
    join pg_class t on t.oid = x.indrelid where i.relnamespace = current_schema()::regnamespace and x.indisvalid"""
_FOREIGN_KEYS = """
    select t.relname, a.attname from pg_constraint k join pg_class t on t.oid = k.conrelid
    join pg_attribute a on a.attrelid = t.oid and k.conkey = array[a.attnum]
    where k.contype = 'f' and k.connamespace = current_schema()::regnamespace"""
Column = tuple[str, bool]
"""Type as PostgreSQL writes it, and whether it is `not null`."""


def differences(*, using: str = "default") -> list[str]:
    """What the database lacks or has otherwise than the models, a sentence each; empty where it can be worked with."""
    found = [*_unapplied(using), *_unknown(using)]
    with connections[using].cursor() as cursor:
        return [*found, *_tables(cursor)]


def _unapplied(using: str) -> Iterator[str]:
    loader = MigrationLoader(connections[using])
    for app, name in sorted(loader.disk_migrations.keys() - loader.applied_migrations.keys()):
        if (app, name) in loader.graph.nodes:  # not what a squashed migration stands for
            yield f"迁移 {app}.{name} 尚未执行"


def _unknown(using: str) -> Iterator[str]:
    """Of a later version: what it changed is not known here."""
    loader = MigrationLoader(connections[using])
    ours = {app.label for app in apps.get_app_configs()}
    for app, name in sorted(loader.applied_migrations.keys() - loader.disk_migrations.keys()):
        if app in ours:
            yield f"迁移 {app}.{name} 属于更新的版本,本程序没有"


def _tables(cursor: Any) -> Iterator[str]:
    columns = _columns(cursor)
    cursor.execute(_NAMES)
    names = set(cursor.fetchall())
    cursor.execute(_FOREIGN_KEYS)
    keys = set(cursor.fetchall())
    for model in _models():
        table = model._meta.db_table
        if table not in columns:
            yield f"缺少表 {table}"
            continue
        yield from _of_columns(table, list(_wanted(model)), columns[table])
        yield from (f"表 {table} 缺少约束或索引 {name}" for name in _named(model) if (table, name) not in names)
        yield from (f"表 {table} 的列 {name} 缺少外键" for name in _foreign(model) if (table, name) not in keys)


def _of_columns(
    table: str, fields: list[tuple[models.Field[Any, Any], str]], there: dict[str, Column]
) -> Iterator[str]:
    for field, text in fields:
        column = str(field.column)
        if column not in there:
            yield f"表 {table} 缺少列 {column}"
        elif not _is_managed(field):
            continue
        elif there[column][0] != text:
            yield f"表 {table} 的列 {column} 类型不是 {text}"
        elif there[column][1] == field.null and not field.primary_key:
            yield f"表 {table} 的列 {column} {'不能' if field.null else '可以'}为空"


def _models() -> list[type[models.Model]]:
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if not model._meta.proxy and not model._meta.swapped]


def _wanted(model: type[models.Model]) -> Iterator[tuple[models.Field[Any, Any], str]]:
    connection = connections["default"]
    for field in model._meta.local_concrete_fields:
        if text := field.db_parameters(connection)["type"]:
            yield field, _as_postgresql_writes(str(text))


def _as_postgresql_writes(text: str) -> str:
    text = text.replace("varchar", "character varying").replace(", ", ",")
    return "time without time zone" if text == "time" else text


def _named(model: type[models.Model]) -> Iterator[str]:
    """Constraints and indexes that the model gives a name."""
    if model._meta.managed:
        yield from (constraint.name for constraint in model._meta.constraints)
        yield from (index.name for index in model._meta.indexes)


def _foreign(model: type[models.Model]) -> Iterator[str]:
    for field in model._meta.local_concrete_fields:
        if _is_managed(field) and field.remote_field and getattr(field, "db_constraint", False):
            yield str(field.column)


def _is_managed(field: models.Field[Any, Any]) -> bool:
    """Unmanaged tables come from SQL, which knows more than the model says; Django widens the ids between two models itself."""
    options = field.model._meta
    return bool(options.managed) and not (options.auto_created and field.primary_key)


def _columns(cursor: Any) -> dict[str, dict[str, Column]]:
    cursor.execute(_COLUMNS)
    found: dict[str, dict[str, Column]] = {}
    for table, name, kind, not_null in cursor.fetchall():
        found.setdefault(table, {})[name] = (kind, not_null)
    return found
