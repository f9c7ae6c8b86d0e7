"""The tests say the same in the background of a shell, where SIGINT is ignored."""

from __future__ import annotations

import subprocess
import sys

CHILD = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"


def test_what_the_tests_start_can_be_interrupted_though_the_shell_ignores_it() -> None:
    started = f"import subprocess, sys, tests.signals; tests.signals.hear(); subprocess.run([sys.executable, '-c', {CHILD!r}])"
    done = subprocess.run(
        ["sh", "-c", 'trap "" INT; "$0" -c "$1"', sys.executable, started], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
