"""One served register for the tests of this folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.integration.files.serving import COMMAND, Served, environment, serve


@pytest.fixture(scope="package")
def register() -> Iterator[Path]:
    """The home of a register that was initialised."""
    with TemporaryDirectory(prefix="canbao-test-") as top:
        home = Path(top) / "home"
        done = subprocess.run([*COMMAND, "init"], env=environment(home), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield home


@pytest.fixture(scope="package")
def served(register: Path) -> Iterator[Served]:
    with serve(register) as running:
        yield running
