"""Where the acts and looks of a request come from: the terminal's address and the number of the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from canbao.services.audit.entry_text import fitted

_origin: ContextVar[tuple[str, str]] = ContextVar("origin", default=("", ""))


@contextmanager
def came_from(*, terminal: str, request_id: str) -> Iterator[None]:
    """Say where what is recorded within the block comes from; once for each request, inside its transaction.

    Kept for the thread as well: looks are recorded on a connection of their own and tell it again.
    """
    said = _origin.set((fitted("terminal", terminal), fitted("request", request_id)))
    try:
        tell_origin(DEFAULT_DB_ALIAS)
        yield
    finally:
        _origin.reset(said)


@contextmanager
def comes_from_terminal(terminal: str) -> Iterator[None]:
    """Say where what a command records within the block comes from: it is no request and opens many transactions."""
    said = _origin.set((fitted("terminal", terminal), ""))
    try:
        _tell_session(_origin.get()[0])
        yield
    finally:
        _origin.reset(said)
        with suppress(DatabaseError):  # a connection that was lost says what happened by itself
            _tell_session(_origin.get()[0])


def _tell_session(terminal: str) -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("select set_config('canbao.terminal', %s, false)", [terminal])


def tell_origin(using: str) -> None:
    """Tell a connection for the rest of its transaction; the columns of the journal take it from there."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "select set_config('canbao.terminal', %s, true), set_config('canbao.request', %s, true)", _origin.get()
        )


def origin_values() -> dict[str, str]:
    """The same for a statement that tells it itself: terminal and request."""
    terminal, request = _origin.get()
    return {"terminal": terminal, "request": request}
