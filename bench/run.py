"""From the departments' files to the register, timed beside what the machine could do at best.

python -m bench.run 1m|10m|34m|PEOPLE [FOLDER]     FOLDER keeps the invented city between runs (default bench/out)

Printed, and kept as text in bench/results/: seconds, rows a second, peak memory and disk of each stage; the matching as
a ratio of a bare DuckDB read and join of the same accepted files; the loading as a ratio of a bare COPY of the same
rows with the same indexes. The city's generation is not counted.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import limits

SIZES = {"1m": 1_000_000, "10m": 10_000_000, "34m": 34_000_000}
MATCHING = ("entries", "units", "candidates", "weighing", "resolving", "links")
LOADING = ("person", "person_document", "business_number", "enrolment", "plain", "index")
BUDGET_MATCHING, BUDGET_LOADING = 2.0, 1.5


@dataclass(frozen=True)
class Stage:
    """One command as a whole process: wall seconds, its own peak memory in MB."""

    name: str
    seconds: float
    peak_mb: int


def main(size: str, folder: Path) -> None:
    people = SIZES.get(size.lower()) or int(size)
    city, home = folder / f"city-{people}", folder / f"register-{people}"
    if not (city / "truth.parquet").exists():
        subprocess.run(
            [sys.executable, "-m", "synth", "--people", str(people), "--seed", "11", "--out", str(city)], check=True
        )
    shutil.rmtree(home, ignore_errors=True)
    command(home, "init", "--practice")
    stages = [
        timed("receive", home, "intake", "receive", str(city), "--as", "bench-a"),
        timed("commit", home, "intake", "commit", "--all", "--as", "bench-b"),
        timed("match", home, "match", "run", "--as", "bench-a"),
    ]
    run = json.loads(command(home, "match", "run", "--json", "--as", "bench-a"))
    report = "\n".join(lines(people, home, stages, run))
    print(report)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / f"run-{people}.txt").write_text(report + "\n", encoding="utf-8")


def command(home: Path, *words: str) -> str:
    environment = os.environ | {"CANBAO_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "canbao.config.entry", *words],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def timed(name: str, home: Path, *words: str) -> Stage:
    """Run a command and take the operating system's word for its time and memory."""
    environment = os.environ | {"CANBAO_HOME": str(home)}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "canbao.config.entry", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}")
    print(f"{name}: {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    return Stage(name, time.perf_counter() - begun, usage.ru_maxrss // 1024)


def lines(people: int, home: Path, stages: list[Stage], run: dict[str, dict[str, float]]) -> list[str]:
    """The report: what was done, then each ratio with its limit and budget."""
    rows = sum(int(state["rows"]) for state in run["inputs"]["sources"].values())  # type: ignore[index, attr-defined]
    spent = run["seconds"]
    matching, loading = sum(spent.get(s, 0) for s in MATCHING), sum(spent.get(s, 0) for s in LOADING)
    join = limits.read_and_join(home)
    copy = limits.copy_and_index(home)
    out = [
        f"{people:,} people, {rows:,} accepted rows · {datetime.now(UTC):%Y-%m-%d} · commit {commit()} · {machine()}",
        f"{'stage':<10}{'seconds':>10}{'rows/s':>12}{'peak MB':>10}",
    ]
    out += [f"{s.name:<10}{s.seconds:>10.1f}{rows / s.seconds:>12,.0f}{s.peak_mb:>10,}" for s in stages]
    out.append("match by step: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.items()))
    out.append(ratio("matching / bare DuckDB read and join", matching, join, BUDGET_MATCHING))
    out.append(ratio("loading / bare COPY with the same indexes", loading, copy, BUDGET_LOADING))
    out += [f"disk: {name} {size / 2**20:,.0f} MB" for name, size in disk(home).items()]
    return out


def ratio(name: str, spent: float, limit: float, budget: float) -> str:
    verdict = "within" if spent <= budget * limit else "OVER"
    return f"{name}: {spent:.1f} s / {limit:.1f} s = {spent / limit:.2f} ({verdict} the budget of {budget})"


def disk(home: Path) -> dict[str, int]:
    return {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for folder in sorted(home.iterdir())
        if folder.is_dir()
    }


def commit() -> str:
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    return said.strip() or "unknown"


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "out")
