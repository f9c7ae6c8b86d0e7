"""Reads a module's syntax tree for SQL that is put together from anything but literals and `canbao.bulk.sqltext`.

What this cannot see, the running code refuses: the set engine and `sqltext.checked` take only values of the type SQL, and every way of
putting two texts together gives a plain str. So three things are left to look for here: that the templates are literals, that nobody
makes an SQL behind the functions' back, and that nothing goes to PostgreSQL without one of the two.
"""

from __future__ import annotations

import ast
import string
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

SQLTEXT = "canbao.bulk.sqltext"
MAKERS = {"sql", "joined", "each"}  # their first argument is a template or a separator
QUOTERS = {
    "identifier",
    "columns",
    "literal",
    "literals",
    "path_literal",
    "parquet",
    "parquet_folder",
    "parquet_union",
    "cases",
}
CALLED_ONLY = MAKERS | QUOTERS | {"checked"}

# What hands a statement to PostgreSQL: Django's cursors and managers, psycopg, procrastinate.
SINKS = {
    "execute", "executemany", "copy", "callproc", "mogrify", "stream", "RawSQL", "RunSQL", "extra", "raw",
    "execute_query", "execute_query_one", "execute_query_all", "execute_query_async", "execute_query_one_async",
    "execute_query_all_async",
}  # fmt: skip
STATEMENT_KEYWORDS = ("sql", "query", "statement", "operation", "raw_query")
TEMPLATES = {"template", "function"}  # of Django's Func and its like


@dataclass(frozen=True)
class Fault:
    line: int
    says: str


@dataclass
class Module:
    """What has to be known of a whole module before a single expression can be judged."""

    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)  # names imported from sqltext
    bound: Counter[str] = field(default_factory=Counter)  # how often each name is bound, in whatever scope
    values: dict[str, ast.expr] = field(default_factory=dict)  # what a name is assigned, where it is assigned plainly
    choices: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))  # `for name in (a, b):`
    psycopg: bool = False  # `from psycopg import sql`
    libraries: set[str] = field(default_factory=set)  # `import copy, shutil`
    engine: bool = False


def faults(source: str | ast.Module, *, engine: bool = False) -> list[Fault]:
    """engine: the module is one of the two that may touch DuckDB and make SQL."""
    module = _read(ast.parse(source) if isinstance(source, str) else source)
    module.engine = engine
    if engine:
        module.ours |= {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef)}
    found = list(_imports(module))
    for node in ast.walk(module.tree):
        found += _of_node(node, module)
    return sorted(set(found), key=lambda fault: fault.line)


def _of_node(node: ast.AST, module: Module) -> Iterator[Fault]:
    if isinstance(node, ast.Name):
        yield from _name(node, module)
    if isinstance(node, ast.Attribute):
        yield from _attribute(node, module)
    if isinstance(node, ast.Call):
        yield from _call(node, module)
    if isinstance(node, ast.ClassDef):
        yield from _class(node)


def _read(tree: ast.Module) -> Module:
    module = Module(tree)
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            module.parents[child] = node
        for name in _binds(node):
            module.bound[name] += 1
        if isinstance(node, ast.ImportFrom) and node.module == SQLTEXT:
            module.ours |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module == "psycopg":
            module.psycopg |= any(alias.name == "sql" and alias.asname is None for alias in node.names)
        if isinstance(node, ast.Import):
            module.libraries |= {alias.name for alias in node.names if alias.asname is None}
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            module.values[node.targets[0].id] = node.value
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            module.values[node.target.id] = node.value
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Tuple):
            module.choices[node.target.id] = list(node.iter.elts)
    return module


def _binds(node: ast.AST) -> Iterator[str]:
    """The names that a node gives a value to."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names


def _imports(module: Module) -> Iterator[Fault]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in ("duckdb", "_duckdb") and not module.engine:
                    yield Fault(node.lineno, "only canbao/bulk/engine.py opens DuckDB")
                if alias.name == SQLTEXT:
                    yield Fault(node.lineno, "import the names of sqltext, not the module")
        if isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in ("duckdb", "_duckdb") and not module.engine:
                yield Fault(node.lineno, "only canbao/bulk/engine.py opens DuckDB")
            for alias in node.names:
                yield from _imported(node, alias)
    for name in module.ours & CALLED_ONLY:
        if module.bound[name] > 1:
            yield Fault(1, f"{name} is a name of sqltext here, it cannot be another's too")


def _imported(node: ast.ImportFrom, alias: ast.alias) -> Iterator[Fault]:
    whole = f"{node.module}.{alias.name}"
    if whole == SQLTEXT or (node.level and alias.name == "sqltext"):
        yield Fault(node.lineno, "import the names of sqltext, not the module")
    if node.module == SQLTEXT and (alias.asname or alias.name.startswith("_") or alias.name == "*"):
        yield Fault(node.lineno, "sqltext's names are imported as they are, and only the public ones")
    if node.module == "canbao.bulk.engine" and alias.name.startswith("_"):
        yield Fault(node.lineno, "nothing private of the engine")


def _name(node: ast.Name, module: Module) -> Iterator[Fault]:
    if module.engine or node.id not in module.ours or not isinstance(node.ctx, ast.Load):
        return
    parent = module.parents[node]
    if node.id == "SQL" and not _is_annotation(node, module):
        yield Fault(node.lineno, "SQL is a type for annotations; its values are made by sql() and its like")
    if node.id in MAKERS | {"checked"} and not (isinstance(parent, ast.Call) and parent.func is node):
        yield Fault(node.lineno, f"{node.id} is called where it is named, never handed on")


def _is_annotation(node: ast.AST, module: Module) -> bool:
    while (parent := module.parents.get(node)) is not None:
        if isinstance(parent, ast.arg):
            return parent.annotation is node
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return parent.returns is node
        if isinstance(parent, ast.AnnAssign):
            return parent.annotation is node
        if isinstance(parent, ast.Call | ast.stmt):
            return False
        node = parent
    return False


def _attribute(node: ast.Attribute, module: Module) -> Iterator[Fault]:
    if module.engine:
        return
    if node.attr == "_con":
        yield Fault(node.lineno, "nobody reaches behind the engine")
    if node.attr == "__new__" and isinstance(node.value, ast.Name) and node.value.id == "str":
        yield Fault(node.lineno, "SQL is made by sql() and its like")
    parent = module.parents[node]
    called = isinstance(parent, ast.Call) and parent.func is node
    if node.attr in SINKS - {"raw", "extra", "copy", "stream"} and not called:
        yield Fault(node.lineno, f"{node.attr} is called where it is named, never handed on")
    if node.attr in ("raw", "extra", "copy", "stream") and not called and _of_django(node.value):
        yield Fault(node.lineno, f"{node.attr} is called where it is named, never handed on")


def _of_django(node: ast.expr) -> bool:
    """A manager, a query or a cursor, as far as its spelling tells."""
    text = ast.unparse(node)
    return any(word in text for word in ("objects", "cursor", "connection", "filter(", "rows"))


def _call(node: ast.Call, module: Module) -> Iterator[Fault]:
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    if isinstance(node.func, ast.Name) and name in MAKERS & module.ours:
        yield from _template(node, name)
    if name in SINKS and _hands_over(node, module):
        yield from _statement(node, module, name)
    if name in ("getattr", "attrgetter", "methodcaller", "setattr") and any(_names_a_sink(arg) for arg in node.args):
        yield Fault(node.lineno, "statements are handed over by name, not by getattr")
    if name == "cast" and node.args and "SQL" in ast.unparse(node.args[0]):
        yield Fault(node.lineno, "nothing becomes SQL by a cast")
    if name in ("import_module", "__import__") and any("duckdb" in ast.unparse(arg) for arg in node.args):
        yield Fault(node.lineno, "only canbao/bulk/engine.py opens DuckDB")
    if name in ("Func", "Aggregate", "Window", "Expression"):
        for keyword in node.keywords:
            if keyword.arg in TEMPLATES and not _literal(keyword.value):
                yield Fault(node.lineno, f"{keyword.arg} of an SQL expression is no literal")


def _names_a_sink(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in SINKS | {"_con"}


def _hands_over(node: ast.Call, module: Module) -> bool:
    """Not shutil.copy, dict.copy(), or a method of our own that happens to be called so."""
    if not isinstance(node.func, ast.Attribute):
        return True
    if isinstance(node.func.value, ast.Name) and node.func.value.id in module.libraries:
        return False
    if node.func.attr == "copy":
        return bool(node.args or node.keywords)
    if node.func.attr in ("raw", "extra", "stream"):
        return not (isinstance(node.func.value, ast.Name) and node.func.value.id == "self")
    return True


def _template(node: ast.Call, name: str) -> Iterator[Fault]:
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if not node.args or not _literal(node.args[0]):
        yield Fault(node.lineno, f"the template of {name}() is no literal")
        return
    if name == "each" and "separator" in keywords and not _literal(keywords["separator"]):
        yield Fault(node.lineno, "the separator of each() is no literal")
    if name == "sql":
        wanted = set(_places(str(node.args[0].value)))  # type: ignore[attr-defined]
        if None not in keywords and wanted != set(keywords):
            yield Fault(node.lineno, f"pieces without a place, or places without a piece: {wanted ^ set(keywords)}")


def _places(template: str) -> Iterator[str]:
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is not None:
            yield name if name.isidentifier() and not spec and not conversion else f"{{{name}}}"


def _statement(node: ast.Call, module: Module, name: str) -> Iterator[Fault]:
    given = node.args[:1] or [k.value for k in node.keywords if k.arg in STATEMENT_KEYWORDS or k.arg is None]
    if name in ("raw", "extra", "copy", "stream") and not given:
        given = [keyword.value for keyword in node.keywords]
    if name == "RunSQL":
        given = node.args
    if not given or not all(_fixed(statement, module) for statement in given):
        yield Fault(node.lineno, f"{name}() gets something else than a literal, sql() or checked()")


def _fixed(node: ast.expr, module: Module) -> bool:
    """Whether an expression is a literal, or made by sqltext or by psycopg's composition of literals."""
    if _literal(node):
        return True
    if isinstance(node, ast.IfExp):
        return _fixed(node.body, module) and _fixed(node.orelse, module)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in module.ours & (MAKERS | {"checked"})
    if isinstance(node, ast.Call):
        return (module.psycopg and _composed(node)) or (module.engine and ast.unparse(node.func) == "self._single")
    if isinstance(node, ast.Name) and module.bound[node.id] == 1:
        if node.id in module.choices:
            return all(_fixed(choice, module) for choice in module.choices[node.id])
        return node.id in module.values and _fixed(module.values[node.id], module)
    return False


def _composed(node: ast.Call) -> bool:
    """`sql.SQL("…")`, perhaps with `.format(…)`, which quotes what it is given (psycopg)."""
    text = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "format" else node
    return (
        isinstance(text, ast.Call)
        and ast.unparse(text.func) == "sql.SQL"
        and len(text.args) == 1
        and _literal(text.args[0])
    )


def _literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _class(node: ast.ClassDef) -> Iterator[Fault]:
    """`template = …` in a class for Django's SQL expressions."""
    for line in node.body:
        if not isinstance(line, ast.Assign | ast.AnnAssign) or line.value is None or _literal(line.value):
            continue
        targets = line.targets if isinstance(line, ast.Assign) else [line.target]
        if any(isinstance(target, ast.Name) and target.id in TEMPLATES for target in targets):
            yield Fault(line.lineno, "the template of an SQL expression is no literal")
