"""What the product costs while it is attacked: memory of each process, and how long the sign-in page takes meanwhile."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PAUSE = 0.1  # seconds between two looks
PATIENCE = 30.0  # seconds for the sign-in page


@dataclass(frozen=True)
class Process:
    """kind: "web", "worker", "serve" or "reader" (anything else that these started)."""

    pid: int
    parent: int
    kind: str


def processes(root: int) -> list[Process]:
    """The processes below `root`, without the database's."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    below, waiting = {root}, [root]
    while waiting:
        found = [pid for pid, parent in parents.items() if parent == waiting[-1] and pid not in below]
        waiting.pop()
        below.update(found)
        waiting += found
    return [Process(pid, parents.get(pid, 0), kind) for pid in sorted(below) if (kind := _kind(pid, root))]


def _kind(pid: int, root: int) -> str:
    """Empty for the database and for what has ended."""
    try:
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    text = b" ".join(words)
    if pid == root:
        return "serve"
    if b"postgres" in words[0] or b"setpriv" in words[0] or not words[0]:
        return ""
    if b"gunicorn" in text:
        return "web"
    return "worker" if text.rstrip().endswith(b"worker") else "reader"


def highest(pid: int) -> float:
    """The most memory a process has had since `forget`, in MB; 0 when it is gone."""
    with contextlib.suppress(OSError, ValueError):
        for line in (Path("/proc") / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def forget(pid: int) -> None:
    """Begin the high-water mark of a process anew."""
    with contextlib.suppress(OSError):
        (Path("/proc") / str(pid) / "clear_refs").write_text("5")


class Watch:
    """Samples all the time, in two threads; `window` says what happened since a moment."""

    def __init__(self, root: int, port: int) -> None:
        self._root, self._port = root, port
        self._over = threading.Event()
        self._samples: list[tuple[float, float]] = []  # when asked, milliseconds
        self._peaks: dict[tuple[int, str], float] = defaultdict(float)
        self._growth = 0.0
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._look, self._ask)]

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE + 5)

    @contextlib.contextmanager
    def window(self) -> Iterator[Window]:
        """Filled when the block ends."""
        for process in processes(self._root):
            forget(process.pid)
        self._peaks.clear()
        began, found = time.monotonic(), Window()
        yield found
        self._note()
        found.seconds = time.monotonic() - began
        if self._peaks:
            (_, found.peak_of), found.peak = max(self._peaks.items(), key=lambda item: item[1])
        taken = [ms for at, ms in list(self._samples) if at >= began]
        found.latency = (median(taken), percentile(taken, 95), max(taken)) if taken else (0.0, 0.0, 0.0)

    def highest_of(self, *kinds: str) -> float:
        """MB of the process that grew most among these kinds since the window began."""
        return max((mb for (_, kind), mb in list(self._peaks.items()) if kind in kinds), default=0.0)

    def longest_since(self, began: float) -> float:
        """Milliseconds of the slowest sign-in page asked for since a moment of `time.monotonic`."""
        return max((ms for at, ms in list(self._samples) if at >= began), default=0.0)

    def pids(self, kind: str) -> list[int]:
        return [process.pid for process in processes(self._root) if process.kind == kind]

    def _look(self) -> None:
        while not self._over.wait(PAUSE):
            self._note()

    def _note(self) -> None:
        for process in processes(self._root):
            key = (process.pid, process.kind)
            self._peaks[key] = max(self._peaks[key], highest(process.pid))

    def _ask(self) -> None:
        while not self._over.wait(PAUSE):
            began = time.monotonic()
            line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            with contextlib.suppress(OSError, http.client.HTTPException):
                line.request("GET", "/sign-in/")
                line.getresponse().read()
            line.close()
            self._samples.append((began, (time.monotonic() - began) * 1000))


@dataclass
class Window:
    """See outcomes.Result."""

    seconds: float = 0.0
    peak: float = 0.0
    peak_of: str = ""
    latency: tuple[float, float, float] = (0.0, 0.0, 0.0)


def percentile(taken: list[float], share: int) -> float:
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
