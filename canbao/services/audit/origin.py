"""Where the acts and looks of a request come from: the terminal's address and the number of the request.

Kept for the thread only. Every statement that appends to the journal tells it to the database for its own transaction, so that no
connection remembers where something else came from. It is what the program says: the database cannot know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from canbao.bulk.sqltext import sql
from canbao.services.audit.entry_text import fitted

# For the front of a statement that appends; the columns of the journal take it from the settings.
ORIGIN = sql("""origin as materialized (
    select set_config('canbao.terminal', %(terminal)s, true), set_config('canbao.request', %(request)s, true))""")
_origin: ContextVar[tuple[str, str]] = ContextVar("origin", default=("", ""))


@contextmanager
def came_from(*, terminal: str, request_id: str) -> Iterator[None]:
    """Say where what is recorded within the block comes from."""
    said = _origin.set((fitted("terminal", terminal), fitted("request", request_id)))
    try:
        yield
    finally:
        _origin.reset(said)


def origin_values() -> dict[str, str]:
    """The parameters of `ORIGIN`: terminal and request."""
    terminal, request = _origin.get()
    return {"terminal": terminal, "request": request}
