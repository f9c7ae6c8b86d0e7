"""Precision and recall of the matching on invented cities with more errors than usual, with and without damage by programs.

python -m bench.damage [PEOPLE] [FOLDER]     PEOPLE for each city (default 100000); FOLDER keeps the cities (default bench/out)

Each city goes the whole way: received, held batches released, committed, matched in a home of its own; the truth decides.
Printed, and kept as text in bench/results/.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.run import commit, machine
from synth import programs
from synth.score import score

SEEDS = {1: 41, 3: 42, 10: 43}  # by how many times the usual errors
RECEIVER, FIRST, SECOND = "bench-a", "bench-b", "bench-c"
SHOWN = 6  # kinds of missed and false pairs that are told


@dataclass(frozen=True)
class City:
    """errors: times the usual; damaged: by programs too, scaled alike."""

    people: int
    errors: int
    damaged: bool

    @property
    def name(self) -> str:
        return f"score-{self.people}-{self.errors}{'-damaged' if self.damaged else ''}"


def main(people: int, folder: Path) -> None:
    lines = [
        f"{people:,} people a city · {datetime.now(UTC):%Y-%m-%d} · commit {commit()} · {machine()}",
        f"{'errors':<16}{'records':>10}{'no link':>9}{'precision':>12}{'recall':>10}{'false':>8}{'missed':>9}{'receive s':>11}{'match s':>9}",
    ]
    for damaged in (False, True):
        for errors in SEEDS:
            lines += told(City(people, errors, damaged), folder)
            print("\n".join(lines[-4:]), file=sys.stderr)
    report = "\n".join(lines)
    print(report)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / f"damage-{people}.txt").write_text(report + "\n", encoding="utf-8")


def told(city: City, folder: Path) -> list[str]:
    """Lines about one city: the figures, then where they come from, or the step that did not end well."""
    label = f"{city.errors} x{' damaged' if city.damaged else ''}"
    made, home = folder / city.name, folder / f"{city.name}-register"
    if not (made / "truth.parquet").exists():
        damage = ["--damage", *programs.KINDS] if city.damaged else []
        words = ["--people", str(city.people), "--seed", str(SEEDS[city.errors]), "--errors", str(city.errors)]
        subprocess.run(
            [sys.executable, "-m", "synth", *words, *damage, "--out", str(made)], check=True, stdout=subprocess.DEVNULL
        )
    shutil.rmtree(home, ignore_errors=True)
    try:
        received, matched = seconds(made, home)
    except subprocess.CalledProcessError as error:
        return [f"{label:<16}{' '.join(error.cmd[3:6])} ended with {error.returncode}: {error.stderr.strip()[-300:]}"]
    found = score(max(home.glob("runs/*/links.parquet"), key=lambda path: path.stat().st_mtime), made / "truth.parquet")
    figures = (
        f"{label:<16}{found['records']:>10,}{found['records_without_link']:>9,}{found['precision']:>12.7f}{found['recall']:>10.5f}"
        f"{found['false_pairs']:>8,}{found['missed_pairs']:>9,}{received:>11.1f}{matched:>9.1f}"
    )
    return [figures, f"  false: {most(found['false_pairs_by_kind'])}", f"  missed: {most(found['missed_by_kind'])}"]


def most(kinds: Any) -> str:
    return ", ".join(f"{kind} {pairs:,}" for kind, pairs in list(kinds.items())[:SHOWN]) or "none"


def seconds(made: Path, home: Path) -> tuple[float, float]:
    """Take the city in and match it; how long receiving and matching took."""
    canbao(home, "init", "--practice")
    begun = time.perf_counter()
    canbao(home, "intake", "receive", str(made), "--as", RECEIVER, may=(0, 3, 4))
    received = time.perf_counter() - begun
    for number in range(1, 12):  # one batch a source
        for account in (FIRST, SECOND):
            canbao(home, "intake", "approve", str(number), "--reason", "bench", "--as", account, may=(0, 2, 4))
    canbao(home, "intake", "commit", "--all", "--as", SECOND)
    begun = time.perf_counter()
    canbao(home, "match", "run", "--as", RECEIVER)
    return received, time.perf_counter() - begun


def canbao(home: Path, *words: str, may: tuple[int, ...] = (0,)) -> None:
    """Raises CalledProcessError for an exit code that may not be."""
    command = [sys.executable, "-m", "canbao.config.entry", *words]
    environment = os.environ | {"CANBAO_HOME": str(home)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode not in may:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "out",
    )
