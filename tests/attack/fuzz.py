"""Many spoilt files of each kind through intake and evidence: python -m tests.attack.fuzz [--kind png,pdf] [--count N] [--seed S]

Deterministic by seed; a run that was broken off goes on where it stopped when the same --folder is given. The services are
called in processes of their own: one that dies, or is silent for longer than --patience seconds, is counted and its file kept
in the folder `failures`. Exit code 1 for a traceback, a lost process, a hang, a leftover file or a lost row.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.attack.mutations import mutated
from tests.attack.seeds import MAKERS, NAMES

SHOWN = 14  # reasons of a kind in the report
MEMORY = 8 << 30  # bytes of address space of a worker: a runaway must not take the machine along


@dataclass
class Progress:
    """following: the next number of each worker; counts: by what became of them; seconds: over all runs."""

    kind: str
    following: list[int]
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def files(self) -> int:
        return sum(self.counts.values())

    @property
    def bad(self) -> int:
        return sum(count for what, count in self.counts.items() if not what.startswith(("accepted", "refused")))


class Run:
    """The files of one kind, shared between workers by their numbers; progress is kept in the folder."""

    def __init__(self, folder: Path, kind: str, *, seed: int, count: int, workers: int, patience: float) -> None:
        self._folder, self._seed, self._count, self._patience = folder, seed, count, patience
        self._path = folder / f"{kind}-{seed}-{workers}.json"
        self._lock = threading.Lock()
        self.progress = self._loaded(kind, workers)

    def __call__(self) -> Progress:
        began, before = time.monotonic(), self.progress.seconds
        threads = [threading.Thread(target=self._work, args=(place,)) for place in range(len(self.progress.following))]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            threads[0].join(2) if threads[0].is_alive() else time.sleep(0.5)
            self.progress.seconds = before + time.monotonic() - began
            self._save()
        self._save()
        return self.progress

    def _work(self, place: int) -> None:
        """One process after the other until all numbers of this place are done."""
        while (first := self.progress.following[place]) < self._count:
            step = len(self.progress.following)
            for told in self._lines(place, first, step):
                number = int(told.get("number", self.progress.following[place]))
                self._note(place, number, step, told["became"], told.get("said", ""))
            if self.progress.following[place] == first:  # it did not even start
                raise SystemExit(f"a worker of {self.progress.kind} cannot start: see {self._folder}/worker.log")

    def _lines(self, place: int, first: int, step: int) -> Iterator[dict[str, str]]:
        """What a process says of each file; the last line tells how it ended before its time."""
        words = [
            "--worker",
            self.progress.kind,
            "--seed",
            self._seed,
            "--first",
            first,
            "--step",
            step,
            "--count",
            self._count,
        ]
        environment = os.environ | {
            "CANBAO_HOME": str(home_of(self._folder, place)), "DJANGO_SETTINGS_MODULE": "canbao.config.settings", "CANBAO_LOGIN": "worker",
        }  # fmt: skip
        with (self._folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.attack.fuzz", *map(str, words)],
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )
        assert process.stdout
        held, began = b"", False
        while True:
            ready, _, _ = select.select([process.stdout], [], [], self._patience if began else self._patience + 60)
            if not ready:
                process.kill()
                process.wait()
                yield {"became": f"hang of more than {self._patience:.0f} s"}
                return
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                break
            began = True
            *whole, held = (held + piece).split(b"\n")
            yield from (json.loads(line) for line in whole)
        if (code := process.wait()) and began:
            yield {"became": f"process lost ({code})"}

    def _note(self, place: int, number: int, step: int, became: str, said: str) -> None:
        with self._lock:
            self.progress.counts[became] += 1
            self.progress.following[place] = number + step
        if not became.startswith(("accepted", "refused")):
            kind = self.progress.kind
            where = self._folder / "failures"
            where.mkdir(exist_ok=True)
            name = f"{kind}-{self._seed}-{number}"
            (where / f"{name}-{NAMES[kind]}").write_bytes(mutated(kind, seed=self._seed, number=number))
            (where / f"{name}.txt").write_text(f"{became}\n{said}\n", encoding="utf-8")

    def _loaded(self, kind: str, workers: int) -> Progress:
        if not self._path.exists():
            return Progress(kind, list(range(workers)))
        kept = json.loads(self._path.read_text())
        return Progress(kind, kept["following"], Counter(kept["counts"]), kept["seconds"])

    def _save(self) -> None:
        with self._lock:
            kept = {
                "following": self.progress.following,
                "counts": self.progress.counts,
                "seconds": self.progress.seconds,
            }
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(kept))
        part.replace(self._path)


def work(kind: str, *, seed: int, first: int, step: int, count: int) -> None:
    """In a process of its own: each file through the services, a line of JSON about it."""
    import resource
    import traceback

    import django

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.umask(0o077)
    django.setup()
    from tests.attack.through import Target

    target = Target(name=f"fuzz-{kind}-{first % step}")
    for number in range(first, count, step):
        said = ""
        try:
            became = target.send(kind, mutated(kind, seed=seed, number=number))
        except Exception as error:
            became = f"traceback {type(error).__name__}"
            said = "".join(traceback.format_exception(error))[-3000:]
        sys.stdout.write(json.dumps({"number": number, "became": became, "said": said}) + "\n")
        sys.stdout.flush()


def main(words: list[str]) -> int:
    """Returns the exit code."""
    asked = _asked(words)
    if asked.worker:
        work(asked.worker, seed=asked.seed, first=asked.first, step=asked.step, count=asked.count)
        return 0
    from canbao.config import database as server

    folder = Path(asked.folder or tempfile.mkdtemp(prefix="canbao-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    homes = [_made(folder, place) for place in range(asked.workers)]
    started = [server.start(home) for home in homes]
    bad = 0
    try:
        for kind in asked.kind.split(",") if asked.kind else MAKERS:
            run = Run(folder, kind, seed=asked.seed, count=asked.count, workers=asked.workers, patience=asked.patience)
            bad += _report(run())
    finally:
        for each in started:
            if each:
                each.stop()
        if not asked.folder and not bad:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{bad} files that were neither taken nor refused" + (f"; see {folder}/failures" if bad else ""))
    return 1 if bad else 0


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.fuzz", description=__doc__)
    parser.add_argument("--kind", default="", help=f"with commas between: {', '.join(MAKERS)}")
    parser.add_argument("--count", type=int, default=10_000, help="files of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--patience", type=float, default=60, help="seconds for one file")
    parser.add_argument("--folder", default="", help="keep the register, the progress and the failures here")
    for name in ("--first", "--step"):
        parser.add_argument(name, type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def home_of(folder: Path, place: int) -> Path:
    """Each worker has a register of its own: what one leaves behind must not be taken for another's."""
    return folder / f"home-{place}"


def _made(folder: Path, place: int) -> Path:
    home = home_of(folder, place)
    if (home / "initialised").exists():
        return home
    if place:
        subprocess.run(["cp", "-a", str(home_of(folder, 0)), str(home)], check=True)
        return home
    for options in (
        ("--practice",),
        (),
    ):  # a register that believes names, where the product tells these from real ones
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {
            "CANBAO_HOME": str(home)
        }
        command = [sys.executable, "-m", "canbao.config.entry", "init", *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if not done.returncode:
            return home
    raise SystemExit(done.stderr)


def _report(progress: Progress) -> int:
    rate = progress.files / progress.seconds if progress.seconds else 0
    print(
        f"{progress.kind:<9} {progress.files:>7,} files in {progress.seconds:,.0f} s, {rate:.1f} a second, {progress.bad} bad"
    )
    for what, count in progress.counts.most_common(SHOWN):
        print(f"          {count:>7,} {what}")
    sys.stdout.flush()
    return progress.bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
