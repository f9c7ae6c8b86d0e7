"""No pattern of the rules takes more than linear time, whatever stands in a cell or in the search box: steps are counted, not seconds."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from inspect import getsource
from types import ModuleType

import pytest

from canbao import rules
from canbao.rules.columns import COLUMNS
from canbao.rules.damage import DATE_PATTERNS, NUMBER_PATTERNS
from canbao.rules.fillers import DEFAULT, NOTHING
from canbao.rules.name_checks import PATTERNS
from canbao.rules.plain_cells import surely
from canbao.rules.shared_values import SHARED, evidence
from canbao.rules.text import FORMS
from tests.property.steps import Engine, TooManyError, hostile

SHORT, LONG = 40, 80
_ANYWHERE = ("search", "sub", "split", "findall", "finditer")


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(rules.__path__, "canbao.rules."):
        yield importlib.import_module(found.name)


def of_module(module: ModuleType) -> Iterator[tuple[str, bool]]:
    """Each pattern that a call of `re` in a module names, and whether it is looked for anywhere in a text."""
    source = getsource(module)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
            try:
                pattern = eval(ast.unparse(node.args[0]), dict(module.__dict__))
            except NameError:
                continue  # of a table that is listed below
            if isinstance(pattern, str) and pattern:
                yield pattern, node.func.attr in _ANYWHERE  # type: ignore[attr-defined]
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
            yield value.pattern, re.search(rf"\b{name}\.({'|'.join(_ANYWHERE)})\(", source) is not None
        if isinstance(value, tuple):
            yield from ((one.pattern, True) for one in value if isinstance(one, re.Pattern))


def of_tables() -> Iterator[tuple[str, bool]]:
    for column in COLUMNS.values():
        yield column.shape, False
        if sure := surely(column.name):
            yield sure.whole, False
            yield sure.but, False
    for kinds in NUMBER_PATTERNS.values():
        yield from ((pattern, False) for _, pattern in kinds)
    yield from ((pattern, False) for _, pattern in DATE_PATTERNS)
    yield from ((pattern, False) for table in (NOTHING, DEFAULT) for pattern in table.values())
    yield from ((pattern, True) for _, pattern in PATTERNS)
    for name in SHARED:
        shared = evidence(name)
        yield from ((pattern, False) for pattern in (shared.shape, shared.never, shared.rounded))
    for form in FORMS:
        yield form.plain, False
        yield from ((pattern, True) for pattern, _ in form.steps)


def every() -> list[tuple[str, bool]]:
    found: dict[str, bool] = {}
    for pattern, anywhere in [*of_tables(), *(pair for module in modules() for pair in of_module(module))]:
        if pattern:
            found[pattern] = found.get(pattern, False) or anywhere
    return sorted(found.items())


def steps(pattern: str, text: str, *, anywhere: bool, most: int = 10**9) -> int:
    engine = Engine(pattern, most)
    try:
        (engine.search if anywhere else engine.fullmatch)(text)
    except TooManyError:
        pass
    return engine.steps


def worst(pattern: str, *, anywhere: bool) -> str:
    """A text whose double takes more than about twice as long; "" where there is none."""
    for short, long in zip(hostile(pattern, SHORT), hostile(pattern, LONG), strict=True):
        least = steps(pattern, short, anywhere=anywhere, most=200_000)
        allowed = 2.7 * least + 200
        if least >= 200_000 or steps(pattern, long, anywhere=anywhere, most=int(allowed) + 1) > allowed:
            return short
    return ""


@pytest.fixture(autouse=True)
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize(("pattern", "anywhere"), every(), ids=lambda said: repr(said)[:60])
def test_a_pattern_of_the_rules_takes_linear_time(pattern: str, anywhere: bool) -> None:
    assert not worst(pattern, anywhere=anywhere)


@pytest.mark.parametrize(
    ("pattern", "anywhere"),
    [
        ("(a+)+b", False),
        ("(a|a)*b", False),
        ("a*a*b", False),
        ("[ab]*[bc]*d", False),
        ("([0-9]+|[(][^)]*[)])*x", False),
        ("a*b", True),
        ("[一-鿿].*[_!]", True),
    ],
)
def test_a_pattern_that_takes_more_is_found(pattern: str, anywhere: bool) -> None:
    assert worst(pattern, anywhere=anywhere)
    assert re.compile(pattern)


@pytest.mark.parametrize("pattern", ["a*b", "(ab)*c", "[a-c]{2,5}x|y", "[^a]*a.*b"])
def test_a_linear_one_is_not(pattern: str) -> None:
    assert not worst(pattern, anywhere=False)
