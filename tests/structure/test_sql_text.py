"""SQL is made of literals, of names of ours and of quoted values: read from the code, and the reading tried on code that breaks it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.sql_text import MAKERS, SINKS, faults

ROOT = Path(__file__).parents[2]
OWN = ("canbao/bulk/engine.py", "canbao/bulk/sqltext.py")  # they open DuckDB, and make SQL
# They run SQL files of the package as they are, and have no other SQL.
FILES_ONLY = ("canbao/store/securing.py", "canbao/store/migrations/0002_roles.py")
MODULES = sorted(str(path.relative_to(ROOT)) for part in ("canbao", "synth") for path in (ROOT / part).rglob("*.py"))


def source(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_no_statement_is_put_together_from_anything_else() -> None:
    found = [
        f"{name}:{fault.line}: {fault.says}"
        for name in MODULES
        if name not in FILES_ONLY
        for fault in faults(source(name), engine=name in OWN)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", FILES_ONLY)
def test_what_runs_files_changes_nothing_in_them(name: str) -> None:
    assert len(faults(source(name))) == 1
    for node in ast.walk(ast.parse(source(name))):
        assert not isinstance(node, ast.JoinedStr)
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod))
        assert not (isinstance(node, ast.Attribute) and node.attr in ("format", "format_map", "replace", "join"))


# What the reading has to find

IMPORTS = "from canbao.bulk.sqltext import SQL, checked, each, identifier, joined, sql\n"
SOUND = [
    "cursor.execute('select 1')",
    "cursor.execute('select a' ' from b where c = %s', [name])",
    "cursor.execute(sql('select {c} from b', c=identifier(name)))",
    "Q = sql('select 1')\ncursor.execute(Q, values)",
    "Q: Final = 'select 1'\nwith connection.cursor() as cursor:\n    cursor.execute(Q)",
    "A = 'select 1'\nB = sql('select 2')\nfor statement in (A, B):\n    cursor.execute(statement)",
    "def run(query: SQL) -> None:\n    cursor.execute(checked(query))",
    "cursor.execute('a' if few else 'b')",
    "cursor.execute(each('{name} = 1', names, separator=' and '))",
    "engine.run(joined(' union all ', queries))",
    "facts = row.copy()\nimport shutil\nshutil.copy(source, target)",
    "with cursor.copy('copy a from stdin') as copy:\n    pass",
    "from psycopg import sql as other",
]
BROKEN = {
    "f-string": "cursor.execute(f'select {name}')",
    "f-string of a number": "cursor.execute(f'select {1}')",
    "format": "cursor.execute('select {}'.format(name))",
    "per cent": "cursor.execute('select %s' % name)",
    "joining": "cursor.execute(', '.join(names))",
    "adding": "cursor.execute('select ' + name)",
    "replacing": "cursor.execute('select x'.replace('x', name))",
    "a variable": "query = f'select {name}'\ncursor.execute(query)",
    "a variable made longer": "query = 'select 1'\nquery += name\ncursor.execute(query)",
    "a variable given twice": "query = 'select 1'\nif odd:\n    query = name\ncursor.execute(query)",
    "a parameter": "def run(query: str) -> None:\n    cursor.execute(query)",
    "a parameter that says SQL": "def run(query: SQL) -> None:\n    cursor.execute(query)",
    "a parameter with the name of a constant": "Q = 'select 1'\ndef run(Q):\n    cursor.execute(Q)",
    "walrus": "cursor.execute(query := f'select {name}')",
    "walrus before": "if query := f'select {name}':\n    cursor.execute(query)",
    "a helper": "def query(name):\n    return 'select ' + name\ncursor.execute(query(name))",
    "a helper that says SQL": "def query(name) -> SQL:\n    return name\ncursor.execute(query(name))",
    "a lambda": "query = lambda name: 'select ' + name\ncursor.execute(query(name))",
    "an attribute": "cursor.execute(self.query)",
    "another module's": "from canbao.services.survey import picking\ncursor.execute(picking.COUNT)",
    "imported": "from somewhere import QUERY\ncursor.execute(QUERY)",
    "an element": "cursor.execute(QUERIES[0])",
    "one of two": "cursor.execute('select 1' if few else f'select {name}')",
    "one of several": "for query in ('select 1', f'select {name}'):\n    cursor.execute(query)",
    "from a list": "for query in queries:\n    cursor.execute(query)",
    "unpacked": "cursor.execute(*parts)",
    "unpacked names": "cursor.execute(**parts)",
    "by keyword": "cursor.execute(sql=f'select {name}')",
    "executemany": "cursor.executemany(f'insert into {table} values (%s)', rows)",
    "copy": "cursor.copy(f'copy {table} from stdin')",
    "copy by keyword": "cursor.copy(statement=f'copy {table} from stdin')",
    "the method under another name": "run = cursor.execute\nrun(f'select {name}')",
    "the method handed on": "map(cursor.execute, queries)",
    "partial": "partial(cursor.execute, f'select {name}')()",
    "getattr": "getattr(cursor, 'execute')(f'select {name}')",
    "methodcaller": "methodcaller('execute', f'select {name}')(cursor)",
    "RawSQL": "Person.objects.annotate(x=RawSQL(f'{name} = 1', []))",
    "raw": "Person.objects.raw(f'select {name}')",
    "raw handed on": "ask = Person.objects.raw\nask(f'select {name}')",
    "extra": "Person.objects.extra(where=[f'{name} = 1'])",
    "a migration": "migrations.RunSQL(f'drop table {name}')",
    "the template of Func": "Func(F('a'), function=name)",
    "the template of a class": "class Median(Aggregate):\n    template = f'{name}(%(expressions)s)'",
    "psycopg's SQL": "from psycopg import sql\ncon.execute(sql.SQL(name))",
    "psycopg's SQL, formatted": "from psycopg import sql\ncon.execute(sql.SQL('select ' + name).format(a))",
    "procrastinate": "connector.execute_query_all(f'select {name}', number=1)",
    "the template of sql()": "x = sql(f'select {name}')",
    "the template of sql(), added": "x = sql('select ' + name)",
    "the template of sql(), a variable": "template = 'select ' + name\nx = sql(template)",
    "the template of sql(), even a constant": "TEMPLATE = 'select 1'\nx = sql(TEMPLATE)",
    "the template of sql(), formatted": "x = sql('select {}'.format(name))",
    "the template of sql(), unpacked": "x = sql(*parts)",
    "the template of sql(), conditional": "x = sql('a' if few else name)",
    "a separator": "x = joined(name, parts)",
    "the template of each()": "x = each(name, names)",
    "the separator of each()": "x = each('{name}', names, separator=name)",
    "sql() handed on": "x = list(map(sql, texts))",
    "sql() under another name": "make = sql\nx = make(name)",
    "sql() imported under another name": "from canbao.bulk.sqltext import sql as made\nx = made(name)",
    "sqltext imported whole": "from canbao.bulk import sqltext\nx = sqltext.sql(name)",
    "sqltext imported as a module": "import canbao.bulk.sqltext\nx = canbao.bulk.sqltext.sql(name)",
    "a private function": "from canbao.bulk.sqltext import _made\nx = _made(name)",
    "another sql()": "def sql(text):\n    return text\ncursor.execute(sql(name))",
    "another checked()": "checked = str\ncursor.execute(checked(name))",
    "a sql() that is not ours": "from elsewhere import checked\ncursor.execute(checked(name))",
    "a place in a place": "x = sql('{a.b}', a=identifier(name))",
    "a piece without place": "x = sql('select 1', a=identifier(name))",
    "SQL()": "x = SQL(name)",
    "SQL by str": "x = str.__new__(SQL, name)",
    "SQL by cast": "x = cast('SQL', name)",
    "SQL handed on": "kind = SQL",
    "DuckDB": "import duckdb\nduckdb.sql(f'select {name}')",
    "DuckDB's inside": "from _duckdb import connect",
    "DuckDB by name": "importlib.import_module('duckdb')",
    "behind the engine": "engine._con.sql(name)",
    "behind the engine by name": "getattr(engine, '_con').sql(name)",
}


@pytest.mark.parametrize("code", SOUND)
def test_what_is_sound_is_left_alone(code: str) -> None:
    assert not faults(IMPORTS + code)


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN.keys())
def test_every_way_around_is_found(code: str) -> None:
    imports = "" if "from elsewhere" in code or "from psycopg" in code else IMPORTS
    assert faults(imports + code)


def test_a_name_in_any_statement_of_the_code_is_found() -> None:
    """Every literal that a statement is made of gets a variable in it: each has to be found where it is used."""
    changed = 0
    for name in MODULES:
        tree = ast.parse(source(name))
        lines = {line for node in ast.walk(tree) for line in _broken(node, tree)}
        found = {fault.line for fault in faults(tree, engine=name in OWN)}
        assert lines <= found, (name, lines - found)
        changed += len(lines)
    assert changed > 400


def _broken(node: ast.AST, tree: ast.Module) -> list[int]:
    """Puts a variable into a template of sql() or into a constant that is executed; the lines where that must be found."""
    if isinstance(node, ast.Call) and node.args and _called(node) in MAKERS | SINKS and _is_text(node.args[0]):
        node.args[0] = ast.JoinedStr([node.args[0], ast.FormattedValue(ast.Name("name", ast.Load()), -1)])
        return [node.lineno]
    if isinstance(node, ast.Assign) and _is_text(node.value) and isinstance(node.targets[0], ast.Name):
        constant = node.targets[0].id
        executed = [call for call in ast.walk(tree) if isinstance(call, ast.Call) and _called(call) in SINKS]
        used = [c.lineno for c in executed if c.args and isinstance(c.args[0], ast.Name) and c.args[0].id == constant]
        if used:
            node.value = ast.BinOp(node.value, ast.Add(), ast.Name("name", ast.Load()))
        return used
    return []


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
