"""What commands print: tables or JSON on stdout, sentences and progress on stderr, and an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum

import click

from canbao.rules.period import HERE

OK, BUG, USAGE, REFUSED_INPUT, REFUSED_BY_RULE, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出,供程序读取。")


class Stop(click.ClickException):
    """An anticipated end: one plain sentence and the exit code of its kind."""

    def __init__(self, sentence: str, *, code: int) -> None:
        super().__init__(sentence)
        self.code = code


@contextmanager
def explain(sentences: Mapping[type[Exception], tuple[int, Callable[..., str]]]) -> Iterator[None]:
    """Turn the anticipated errors of a service into a sentence: {Error: (exit code, lambda error: "…")}."""
    try:
        yield
    except tuple(sentences) as error:
        kind = next(kind for kind in sentences if isinstance(error, kind))
        code, sentence = sentences[kind]
        raise Stop(sentence(error), code=code) from error


def say(sentence: str) -> None:
    """A sentence for the operator, on stderr so that stdout stays readable for programs."""
    click.echo(sentence, err=True)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_table(rows: Iterable[Mapping[str, object]], *, columns: Mapping[str, str], title: str = "") -> None:
    """Rows as a table; `columns` maps a row's keys, in order, to headings. Numbers are set right; identifiers are text.

    The title stands above by itself: rich would fold it to the width of the table.
    """
    from rich.console import Console
    from rich.table import Table

    kept = list(rows)
    table = Table()
    for key, heading in columns.items():
        numbers = any(isinstance(row.get(key), int | float) and not isinstance(row.get(key), bool) for row in kept)
        table.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in kept:
        table.add_row(*(_shown(row.get(key)) for key in columns))
    width = None if sys.stdout.isatty() else 200
    console = Console(width=width, highlight=False, markup=False)
    if title:
        console.print(title)
    console.print(table)


@contextmanager
def progress(label: str, *, total: float | None = None) -> Iterator[Callable[[float], None]]:
    """A progress bar on stderr; yields a function that moves it on. Silent where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda step: bar.advance(task, step)


@contextmanager
def stages(label: str, *, total: int) -> Iterator[Callable[[str], None]]:
    """For work in named stages: a bar with the stage in hand on a terminal, else a line each."""
    if not sys.stderr.isatty():
        yield lambda stage: say(f"  {stage}…")
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda stage: bar.update(task, advance=1, description=stage)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.4f}"
        case datetime():
            return value.astimezone(HERE).strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return str(value)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(HERE).isoformat() if value.tzinfo else value.isoformat()
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case set() | frozenset():
            return sorted(value)
        case _:
            return str(value)
