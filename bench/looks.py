"""What it costs a page that a look is committed on a connection of its own, beside the line in the page's transaction.

python -m bench.looks [TIMES]     default 2000. The limit is one line that is committed by itself, by SQL alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from statistics import median, quantiles

import psycopg

from bench.journal import GIVEN, LINE, register


def main(times: int) -> None:
    with register() as owner:
        ways = {"limit: a line committed by SQL alone": lambda: _bare(owner), **_pages()}
        taken = {name: [] for name in ways}  # type: dict[str, list[float]]
        for number in range(times + 50):
            for name, act in ways.items():  # one after the other, so that what else the machine does meets all of them
                began = time.perf_counter()
                act()
                if number >= 50:
                    taken[name].append((time.perf_counter() - began) * 1000)
        limit = median(taken["limit: a line committed by SQL alone"])
        for name, each in taken.items():
            print(
                f"{name}: {median(each):.2f} ms, p95 {quantiles(each, n=20)[-1]:.2f} ms, {median(each) / limit:.2f} x"
            )


def _bare(owner: psycopg.Connection) -> None:
    owner.execute(f"insert into journal ({GIVEN}) {LINE.format(1)}")


def _pages() -> dict[str, Callable[[], None]]:
    """A transaction that reads one row, without a line, with a line in it, and with a look beside it (counted or not)."""
    from django.db import connection, transaction

    from canbao.rules.roles import Actor, Role
    from canbao.services import audit

    seen = count()

    def actor() -> Actor:
        """Another account after every 20 lines, so that no budget is spent."""
        return Actor(f"bench{next(seen) // 20}", Role.TOWN_CLERK, office="500103001001000")

    def page(write: Callable[[], None] | None) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("select count(*) from account")
            if write:
                write()

    def act() -> None:
        audit.record(audit.Event.PERSON_CORRECTED, actor=actor(), at=_now(), target_kind="person", target_id="1")

    def look(event: audit.Event) -> Callable[[], None]:
        return lambda: audit.record_look(event, actor=actor(), at=_now(), target_kind="person", target_id="1")

    return {
        "page without a line": lambda: page(None),
        "page with a line in its transaction": lambda: page(act),
        "page with a look that is not counted": lambda: page(look(audit.Event.NOT_IN_AREA)),
        "page with a look that a budget counts": lambda: page(look(audit.Event.PERSON_VIEWED)),
    }


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main(int((*sys.argv[1:], "2000")[0]))
