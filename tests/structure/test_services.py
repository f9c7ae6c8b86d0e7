"""The services about themselves: each writer says who and when, and leaves a line in the journal; nobody below the interfaces has a clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.structure.test_stairs import ROOT

Place = tuple[str, str]  # module, function
BUDGET_ALARM = ("canbao.services.audit.raising", "raise_or_grow")  # with every look that a budget refuses
WRITTEN_DOWN = {f"canbao.services.audit.{name}" for name in ("journal", "looking", "counting", "budgets", "origin")}
DOORS = ("web", "api", "cli", "jobs")
BELOW = ("services", "store", "bulk", "outside", "rules")
WRITES = {"save", "create", "bulk_create", "update", "delete", "get_or_create", "update_or_create"}
STATEMENTS = ("insert into", "update ", "delete from")
LOOKING = {("canbao.services.audit.looking", name) for name in ("record_look", "record_looks")}
JOURNAL = {("canbao.services.audit.journal", name) for name in ("record", "record_all")} | LOOKING


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def _tree(module: str) -> ast.Module | None:
    base = ROOT / module.replace(".", "/")
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    return ast.parse(path.read_text()) if path.exists() else None


@cache
def _imports(module: str) -> dict[str, str]:
    """Local name: dotted name of what it stands for."""
    found = {}
    for node in ast.walk(_tree(module) or ast.Module([], [])):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("canbao."):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = _tree(module)
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)} if tree else {}


def _home(module: str, name: str) -> Place | None:
    """Where a function that `module` knows by this name is written."""
    while name not in _functions(module):
        named = _imports(module).get(name, "")
        if named in ("", f"{module}.{name}"):  # no function: a class, a module
            return None
        module, _, name = named.rpartition(".")
    return module, name


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _called(module: str, tree: ast.AST) -> Iterator[Place]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if found := _home(module, name):
                yield found
            case ast.Attribute(value=room, attr=name):
                above, _, rest = ast.unparse(room).partition(".")
                if found := _home(".".join(filter(None, (_imports(module).get(above, ""), rest))), name):
                    yield found


@cache
def _reach(place: Place) -> frozenset[Place]:
    """The service functions that one leads to, itself among them."""
    found, waiting = {place}, [place]
    while waiting:
        module, name = waiting.pop()
        new = {
            one for one in _called(module, _functions(module)[name]) if one[0].startswith("canbao.services.")
        } - found
        found |= new
        waiting += new
    return frozenset(found)


def _writes(place: Place) -> bool:
    """By the tables' own methods, or in SQL; what the journal and the wall write of themselves does not count."""
    module, name = place
    if module in WRITTEN_DOWN or module == "canbao.services.access" or place == BUDGET_ALARM:
        return False
    for node in ast.walk(_functions(module)[name]):
        match node:
            case ast.Call(func=ast.Attribute(attr=verb) as called) if verb in WRITES:
                if verb == "save" or "objects" in ast.unparse(called):
                    return True
            case ast.Constant(value=str(sql)) if sql.lstrip().lower().startswith(STATEMENTS):
                return True
    return False


def _verbs() -> list[Place]:
    """What the doors call and what writes, itself or further down."""
    called = {
        place
        for floor in DOORS
        for path in (ROOT / "canbao" / floor).rglob("*.py")
        for place in _called(_module(path), _parsed(path))
        if place[0].startswith("canbao.services.")
    }
    return sorted(place for place in called if any(map(_writes, _reach(place))))


# Verbs without an actor of their own, or without a line in the journal, each for a reason.
ALONE = {
    "signing.sign_in": "nobody is signed in yet; the account it is about is the actor",
    "signing.admit": "the same",
    "command_line.recognise": "nobody is recognised yet; the account it is about is the actor",
    "recovery.begin": "nobody is signed in; the account it is about is the actor",
    "recovery.finish": "the same",
    "recovery.drop_expired": "the clock acts: what nobody granted in time and was never decided goes away",
    "resets.grant_in_emergency": "the login of the machine acts, and is on record by its name",
    "signing.factor_passed": "the session of the request; `factors.check` has written that the code was right",
    "sessions.touch": "the session itself: when it was last used",
    "sessions.note_again": "the session itself: its key was changed",
    "factors.offer": "a secret nobody has confirmed; `factors.confirm` writes",
    "asking.look_up": "the client is the actor",
    "scanning.scan": "the clock acts: it reads the journal and raises alarms; settling one is on record",
    "chain.seal": "the clock acts: the seal is itself the record",
    "sealing.keep_sealed": "the same; where it is late there is an alarm",
    "running.sweep": "the clock acts: a job whose worker died is put back in line",
    "drafting.save": "keeps what is being typed; opening the form and handing it over are on record",
    "seconding.save": "the same",
    "submissions.finish": "where a form has led to; the act itself says who and is on record",
    "submissions.forget": "the same",
    "submissions.drop_old": "the clock acts: ids that no open page carries any more",
    "queueing.claim": "keeps a case for five minutes; looking at it and deciding it are on record",
}
CLOCKS = re.compile(r"\btimezone\.now\b|\b(datetime|date)\.(now|today|utcnow)\b|\btime\.time\b")
THEIRS = {"sessions.py": "Django's session engine takes no time", "factors.py": "django-otp locks by its own clock"}


def test_whoever_writes_says_who_and_when_and_leaves_a_line() -> None:
    verbs = _verbs()
    assert len(verbs) > 40
    found = {}
    for module, name in verbs:
        taken = {one.arg for one in (*_functions(module)[name].args.args, *_functions(module)[name].args.kwonlyargs)}
        missing = {"actor", "at"} - taken
        if JOURNAL.isdisjoint(_reach((module, name))):
            missing.add("journal")
        if missing:
            found[f"{module.rpartition('.')[2]}.{name}"] = missing
    assert {name: missing for name, missing in found.items() if name not in ALONE} == {}
    assert set(ALONE) - set(found) == set(), "an exception that is none any more"


def test_nobody_below_the_doors_asks_the_clock() -> None:
    below = [path for floor in BELOW for path in _python(floor)]
    asks = {path.name for path in below if CLOCKS.search(path.read_text())}
    assert asks == set(THEIRS)


def test_an_instant_becomes_a_day_where_the_clerks_are() -> None:
    """`at.date()` is London's day: until eight in the morning that is yesterday."""
    everywhere = [path for floor in (*DOORS, *BELOW) for path in _python(floor)]
    assert [path.name for path in everywhere if re.search(r"\bat\.date\(\)", path.read_text())] == []


def test_what_a_service_offers_is_said_in_a_sentence_and_what_it_raises_is_named() -> None:
    """`Raises` where the function raises by itself; what comes from further down is named where a door has an answer to it."""
    silent = []
    for module, name in _verbs():
        function = _functions(module)[name]
        said = ast.get_docstring(function) or ""
        if not said or (any(isinstance(node, ast.Raise) for node in ast.walk(function)) and "Raises" not in said):
            silent.append(f"{module}.{name}")
    assert silent == []


def _python(floor: str) -> list[Path]:
    return [path for path in (ROOT / "canbao" / floor).rglob("*.py") if "migrations" not in path.parts]
