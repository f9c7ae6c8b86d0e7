"""Registers beside the served one: copies that may be spoilt, and real ones that are made anew."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from canbao.config import database as server
from tests.attack.database import Database
from tests.attack.running import Product, copy_home


@dataclass(frozen=True)
class Home:
    """A register nobody serves; its database runs while a command or `running` needs it."""

    product: Product
    path: Path

    @property
    def database(self) -> Database:
        return Database(self.path)

    def canbao(self, *words: str, timeout: float = 180, **more: str) -> subprocess.CompletedProcess[str]:
        """A command in this home; never raises for its exit code."""
        return self._run("-m", "canbao.config.entry", *words, timeout=timeout, **more)

    def _run(self, *words: str, timeout: float, **more: str) -> subprocess.CompletedProcess[str]:
        environment = self.product.environment(**({"CANBAO_HOME": str(self.path)} | more))
        return subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, check=False, timeout=timeout,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @contextlib.contextmanager
    def running(self) -> Iterator[Database]:
        """The database of the home, from here to the end of the block."""
        started = server.start(self.path)
        assert started
        try:
            yield self.database
        finally:
            started.stop()

    def copy(self) -> Home:
        target = Home(self.product, self.path.with_name(f"copy-{token_hex(4)}"))
        copy_home(self.path, target.path)
        return target

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


@contextlib.contextmanager
def spare(product: Product) -> Iterator[Home]:
    """A copy of the practice register, for as long as the block."""
    home = Home(product, product.spare).copy()
    try:
        yield home
    finally:
        home.remove()


@contextlib.contextmanager
def real(product: Product, *, mode: int = 0o700) -> Iterator[tuple[Home, Any]]:
    """A register made by `canbao init` in a folder that was there before with this mode; and what `init` answered."""
    home = Home(product, product.folder / f"real-{token_hex(4)}")
    home.path.mkdir(mode=mode)
    home.path.chmod(mode)
    try:
        yield home, home.canbao("init", timeout=300)
    finally:
        home.remove()
