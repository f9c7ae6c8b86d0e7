"""A thread beside the work of the process, for what has to be done again and again whatever that work meets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def again_and_again(
    act: Callable[[], object], *, every: float, report: Callable[[Exception], None], name: str
) -> Iterator[None]:
    """Act at once, then again, for as long as the block lasts; the process that leaves waits for nothing.

    every: seconds from the end of one turn to the beginning of the next; report: what is done with an error; the next turn is another try.
    """
    ended = threading.Event()

    def turns() -> None:
        while not ended.is_set():
            try:
                act()
            except Exception as error:
                report(error)
            ended.wait(every)

    threading.Thread(target=turns, name=name, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
