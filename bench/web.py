"""Pages under load, beside an empty page of the same framework and server.

python -m bench.web HOME [SECONDS]     HOME holds a register (bench.run makes one); cases in it are decided, some stay decided

First what the server can do with 16 connections and no pause, as shares of two limits: a bare framework that answers with
nothing, and the product's own shell (session, account, post, area in the database, menu) around a page without data;
then 100 clerks who think about three seconds between acts:
six of ten open a file they searched for, two search by name, two decide cases. p50 and p95 as a clerk sees them, in ms.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.browser import Clerk, percentile

SITE, EMPTY = 8197, 8198
THINK = 3.0


@contextmanager
def serving(home: Path) -> Iterator[None]:
    """The product as it is started, and beside it the empty one."""
    environment = {**os.environ, "CANBAO_HOME": str(home)}
    program = str(Path(sys.executable).parent / "canbao")
    plain = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--reuse-port", "--log-level", "error"]
    started = [
        subprocess.Popen([program, "serve", "--port", str(SITE)], env=environment, stdout=subprocess.DEVNULL),
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "bench.empty:application", "--bind", f"127.0.0.1:{EMPTY}", *plain]
        ),
    ]
    try:
        Clerk(SITE).wait()
        Clerk(EMPTY).wait()
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def flat_out(act: Callable[[Clerk], object], clerks: list[Clerk], seconds: float) -> tuple[float, list[float]]:
    """Pages a second and their milliseconds, no pause between them."""
    taken: list[float] = []
    until = time.perf_counter() + seconds

    def work(clerk: Clerk) -> None:
        while time.perf_counter() < until:
            began = time.perf_counter()
            act(clerk)
            taken.append((time.perf_counter() - began) * 1000)

    _together(work, clerks)
    return len(taken) / seconds, taken


def with_thought(clerks: list[Clerk], seconds: float) -> dict[str, list[float]]:
    """What 100 clerks feel: milliseconds by act."""
    taken: dict[str, list[float]] = defaultdict(list)
    until = time.perf_counter() + seconds

    def work(clerk: Clerk) -> None:
        dice = random.Random(clerk.name)
        time.sleep(dice.random() * THINK)
        while time.perf_counter() < until:
            name = dice.choices(list(ACTS), [3, 2, 3, 2])[0]
            began = time.perf_counter()
            ACTS[name](clerk)
            taken[name].append((time.perf_counter() - began) * 1000)
            time.sleep(dice.expovariate(1 / THINK))

    _together(work, clerks)
    return taken


def _together(work: Callable[[Clerk], None], clerks: list[Clerk]) -> None:
    threads = [threading.Thread(target=work, args=(clerk,)) for clerk in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _by_number(clerk: Clerk) -> None:
    clerk.post("/search/", {"q": clerk.person()["number"]})


def _by_name(clerk: Clerk) -> None:
    somebody = clerk.person()
    clerk.post("/search/", {"q": somebody["name"], "born": str(somebody["year"])})


def _open(clerk: Clerk) -> None:
    clerk.get(f"/people/{clerk.person()['id']}/")


def _decide(clerk: Clerk) -> None:
    """The keyboard's way: the answer to a decision is the next case."""
    case = clerk.case or clerk.next_case()
    if case:
        clerk.decide(case, "different")


ACTS: dict[str, Callable[[Clerk], None]] = {
    "search by number": _by_number,
    "search by name and year": _by_name,
    "person file": _open,
    "case decision": _decide,
}


def main(home: Path, seconds: float) -> None:
    with serving(home):
        from bench.staff import town_clerks

        clerks = town_clerks(home, SITE, 100)
        lines = [
            f"web, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {clerks[0].register} people in the register",
            "",
        ]
        limit, _ = flat_out(lambda clerk: clerk.get("/"), [Clerk(EMPTY) for _ in range(16)], seconds)
        shell, taken = flat_out(lambda clerk: clerk.get("/help/"), clerks[:16], seconds)
        lines.append(
            f"{'flat out, 16 connections':<28} {'pages/s':>8} {'p50':>7} {'p95':>7} {'of shell':>9} {'of empty':>9}"
        )
        lines.append(f"{'empty page, bare framework':<28} {limit:>8.0f}")
        lines.append(_line("shell without content", shell, taken) + f" {1:>9.2f} {shell / limit:>9.2f}")
        for name, act in ACTS.items():
            rate, taken = flat_out(act, clerks[:16], seconds)
            lines.append(_line(name, rate, taken) + f" {rate / shell:>9.2f} {rate / limit:>9.2f}")
        felt = with_thought(clerks, max(30.0, seconds * 3))
        lines += ["", f"{'100 clerks who think':<28} {'acts':>8} {'p50':>7} {'p95':>7}"]
        lines += [_line(name, len(taken), taken) for name, taken in felt.items()]
    report = "\n".join(lines)
    print(report)
    (Path(__file__).parent / "results" / f"web-{clerks[0].register}.txt").write_text(report + "\n", encoding="utf-8")


def _line(name: str, count: float, taken: list[float]) -> str:
    return f"{name:<28} {count:>8.0f} {percentile(taken, 50):>7.1f} {percentile(taken, 95):>7.1f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), float(sys.argv[2]) if len(sys.argv) > 2 else 10.0)
