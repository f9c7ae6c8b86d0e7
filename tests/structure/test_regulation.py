"""docs/regulation.md: each article of the regulation, what carries it out and what tests that.

Written by `python tests/structure/test_regulation.py`; the test fails when the page and the code disagree.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import pkgutil
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "regulation.md"
MOST_FILES = 6
SEARCHED = ("canbao", "tests/spec", "tests/property")


class Article(NamedTuple):
    """`served`, `tests`: services that carry it out beside the rules, and their tests; `lacking`: what is not software (yet)."""

    asks: str
    served: tuple[str, ...] = ()
    lacking: str = ""
    tests: tuple[str, ...] = ()


ARTICLES = {
    1: Article("Purpose of the register", lacking="nothing to compute"),
    2: Article(
        "Compare the departments' information, visit by village",
        ("matching.run", "survey.rounds.open_round", "survey.visiting.report"),
    ),
    3: Article(
        "Bring in who is not insured, incompletely insured or lapsed",
        ("letters.letter_of",),
        "sending people their entitlements: later",
    ),
    4: Article("Who is registered"),
    5: Article("Which office is responsible"),
    6: Article(
        "Tasks of city, district, town and village",
        ("accounts.grant", "work.waiting", "survey.dispatching.dispatch", "evidence.add"),
        "catalogue, volumes and lending of the archive: later issue",
        ("tests/integration/accounts",),
    ),
    7: Article(
        "One database of the whole city, from the insurance systems, police and health",
        (
            "intake.receive",
            "intake.commit",
            "matching.run",
            "registry.record_many",
            "lookup.search",
            "personfile.open_file",
        ),
        tests=("tests/integration/intake", "tests/integration/test_demo.py", "tests/integration/test_person_file.py"),
    ),
    8: Article(
        "Registration form and household survey",
        (
            "survey.building.build",
            "forms.print_form",
            "forms.batch.start",
            "survey.visiting.report",
            "survey.founding.report",
            "survey.returning.take_back",
            "survey.entering.finish",
            "registry.declare",
            "changes.ask",
            "survey.checking.close",
            "survey.progress.board",
        ),
        "work without a network on the doorstep: later issue",
        ("tests/integration/forms", "tests/integration/survey", "tests/browser/test_survey.py"),
    ),
    9: Article(
        "People newly arrived, newly born; regular exchange with police and health",
        ("intake.receive", "matching.run"),
        "applications of employers and persons: later issue",
        ("tests/integration/intake",),
    ),
    10: Article(
        "Social security card, business number", lacking="numbers and cards are kept as reported; issuing them: later"
    ),
    11: Article(
        "Kept up to date with the business systems",
        ("intake.receive", "intake.reverse"),
        "by deliveries; live exchange: later issue",
        ("tests/integration/intake",),
    ),
    12: Article(
        "Changes of basic information, with proof and approval",
        ("registry.correct", "changes.ask"),
        "requests from a form wait with their evidence; working them off by post: later issue",
    ),
    13: Article("Changes of enrolment", ("matching.run",)),
    14: Article(
        "Queries and detail lists within the area",
        ("lookup.search", "lookup.look_outside", "personfile.open_file", "access.within"),
        "detail lists: later issue",
        ("tests/integration/lookup", "tests/integration/test_person_file.py", "tests/integration/matrix"),
    ),
    15: Article("Regular reports", lacking="figures of a run and `canbao status` only; reports: later issue"),
    16: Article("From the figures to outreach", lacking="outreach tasks: later issue"),
    17: Article("Use for extension, budget, actuarial work", lacking="later issue"),
    18: Article(
        "Rights by post and level",
        (
            "access.require",
            "access.within",
            "access.acting_as",
            "accounts.ask_grant",
            "accounts.grant",
            "accounts.disable",
        ),
        tests=("tests/integration/accounts", "tests/integration/matrix", "tests/structure/test_tables.py"),
    ),
    19: Article(
        "Who changed what, on which basis",
        (
            "audit.record",
            "audit.seal",
            "audit.verify",
            "audit.looks_at",
            "registry.NoBasis",
            "unmasking.unmask",
            "clients.grant",
            "clients.look_up",
        ),
        "approval of files handed out: later issue; an interface is granted by a second person",
        ("tests/integration/audit", "tests/integration/test_audit_pages.py", "tests/integration/api"),
    ),
    20: Article(
        "Passwords",
        (
            "accounts.passwords",
            "accounts.factors",
            "accounts.sessions",
            "accounts.signing",
            "accounts.recovery",
            "accounts.resets",
            "accounts.policy",
            "audit.alarms",
        ),
        tests=("tests/integration/signin", "tests/integration/test_alarms.py"),
    ),
    21: Article(
        "Archive",
        ("evidence.add", "evidence.remove"),
        "class and retention are given; catalogue, volumes, lending and disposal lists: later issue",
        ("tests/integration/evidence",),
    ),
    22: Article("Interpretation by the bureau", lacking="nothing to compute"),
    23: Article("In force since 2015-07-01", lacking="nothing to compute"),
}

HEAD = """# Article by article

Generated by `python tests/structure/test_regulation.py`; `make test` fails when it is out of date. Do not edit.

The regulation is 重庆市全民参保登记经办规程 (渝人社发〔2015〕120号), 23 articles. *Rules* are the functions that carry
`@article(…)`; *used by* are the files that import them, or their folders where they are many
(`canbao/bulk/registry` says scope and enrolment again as set expressions). What is missing is said in the last column.

| article | asks | rules | services | used by | tests | not software (yet) |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The page as the code is now."""
    article = _load()
    uses = {path: _imported(path) for folder in SEARCHED for path in sorted((ROOT / folder).rglob("*.py"))}
    lines = []
    for number, known in ARTICLES.items():
        names = article.functions_of(number)
        rules = [name.removeprefix("canbao.rules.") for name in names]
        users = [path for path, imported in uses.items() if path.parts[-2] != "rules" and imported & set(names)]
        code, tests = (
            [p for p in users if (p.relative_to(ROOT).parts[0] == "tests") is test] for test in (False, True)
        )
        cells = (
            _code(rules),
            _code(known.served),
            _code(_gathered(code)),
            _code([*map(_short, tests), *known.tests]),
            known.lacking,
        )
        lines.append(f"| {number} | {known.asks} | {' | '.join(cells)} |\n")
    return HEAD + "".join(lines)


def _load():  # type: ignore[no-untyped-def]
    import canbao.rules
    from canbao.rules import article

    for module in pkgutil.iter_modules(canbao.rules.__path__, "canbao.rules."):
        importlib.import_module(module.name)
    return article


def _imported(path: Path) -> set[str]:
    """Dotted names of the product that a file uses: imported by name, or as an attribute of an imported module."""
    tree = ast.parse(path.read_text("utf-8"))
    modules: dict[str, str] = {}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("canbao"):
            for alias in node.names:
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                found.add(f"{node.module}.{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found.add(f"{modules[node.value.id]}.{node.attr}")
    return found


def _gathered(paths: list[Path]) -> list[str]:
    """Where a rule is used all over the product, the folders say enough."""
    if len(paths) <= MOST_FILES:
        return [_short(path) for path in paths]
    return list(dict.fromkeys(_short(path.parent) for path in paths))


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _code(names) -> str:  # type: ignore[no-untyped-def]
    return "<br>".join(f"`{name}`" for name in names)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python tests/structure/test_regulation.py"


def test_every_article_is_carried_out_or_says_why_not() -> None:
    article = _load()
    assert list(ARTICLES) == list(range(1, article.LAST_ARTICLE + 1))
    for number, known in ARTICLES.items():
        assert article.functions_of(number) or known.served or known.lacking, number
        assert all((ROOT / path).exists() for path in known.tests), number
        for name in known.served:
            module, _, thing = name.rpartition(".")
            assert _is_there(f"canbao.services.{module}", thing), name


def _is_there(module: str, name: str) -> bool:
    """A verb of a module, or a module of a package that need not be imported yet."""
    return hasattr(importlib.import_module(module), name) or importlib.util.find_spec(f"{module}.{name}") is not None


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.config.settings")
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{_short(PAGE)}\n")
