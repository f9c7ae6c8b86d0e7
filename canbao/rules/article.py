"""Which article of the regulation (渝人社发〔2015〕120号) a function carries out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

LAST_ARTICLE = 23

_functions: dict[int, set[str]] = {}


class NoSuchArticle(ValueError):
    """The regulation has articles 1 to 23."""


def article(*numbers: int) -> Callable[[F], F]:
    """Register the decorated function or class under its articles.

    Raises NoSuchArticle.
    """
    if not numbers or any(not 1 <= number <= LAST_ARTICLE for number in numbers):
        raise NoSuchArticle(numbers)

    def register(thing: F) -> F:
        for number in numbers:
            _functions.setdefault(number, set()).add(f"{thing.__module__}.{thing.__qualname__}")
        return thing

    return register


def functions_of(number: int) -> tuple[str, ...]:
    """Dotted names of everything imported so far that carries out an article."""
    return tuple(sorted(_functions.get(number, ())))
