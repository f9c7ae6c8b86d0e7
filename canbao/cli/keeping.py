"""Child processes that are started again when they die, and all end together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from canbao.cli.output import say

TURN_SECONDS = 0.25
STOP_SECONDS = 30.0
STEADY_SECONDS = 10.0  # a process that lived this long is started again at once
LONGEST_WAIT = 30.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass
class Kept:
    """One child: its name for the operator, its command, and what its environment has beside ours."""

    name: str
    command: Sequence[str]
    more: Mapping[str, str]
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait: float = 0.0
    died: float = field(default=0.0)

    def look_after(self) -> None:
        """Start it, or start it again if it died; slower each time it dies young."""
        if self.child and self.child.poll() is None:
            return
        now = time.monotonic()
        if self.child:
            self.wait = 0.0 if now - self.started > STEADY_SECONDS else min(LONGEST_WAIT, max(0.5, self.wait * 2))
            say(f"{self.name}退出(代码 {self.child.returncode}),重新启动。")
            self.child, self.died = None, now
        if now - self.died >= self.wait:
            self._start(now)

    def stop(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.terminate()

    def end(self, deadline: float) -> None:
        """Wait for it to leave; a process that does not is killed."""
        if not self.child:
            return
        try:
            self.child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def _start(self, now: float) -> None:
        # a session of its own: Ctrl-C in the terminal comes to us, and we stop the children in order
        self.child = subprocess.Popen(
            list(self.command),
            env={**os.environ, **self.more},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
        )
        self.started = now


def keep_all(kept: Sequence[Kept], *, each_turn: Callable[[], None]) -> None:
    """Until Ctrl-C or SIGTERM."""
    try:
        while True:
            each_turn()
            for one in kept:
                one.look_after()
            time.sleep(TURN_SECONDS)
    except KeyboardInterrupt:
        say("正在停止…")
    finally:
        for one in kept:
            one.stop()
        deadline = time.monotonic() + STOP_SECONDS
        for one in kept:
            one.end(deadline)


def _end_with_parent() -> None:
    """Should we be killed, nobody is left to hold the port."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
