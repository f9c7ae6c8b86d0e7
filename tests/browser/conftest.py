"""A small city served as in an office: a register of its own, the web behind its own login, a browser, an account per role."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PEOPLE, SEED = 3000, 7
WIDE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
HERE = Path(__file__).parent


@dataclass(frozen=True)
class City:
    """A home folder with a running database, and the address of its web."""

    home: Path
    address: str = ""

    def env(self, **more: str) -> dict[str, str]:
        outside = ("DATABASE_URL", "CANBAO_HOME", "CANBAO_LOGIN", "DJANGO_SETTINGS_MODULE")
        return {k: v for k, v in os.environ.items() if k not in outside} | {"CANBAO_HOME": str(self.home)} | more

    def canbao(self, *args: str) -> str:
        """A command of the house."""
        return self._run([sys.executable, "-m", "canbao.config.entry", *args])

    def script(self, name: str, /, **arguments: Any) -> Any:
        """A script of this folder, run as the worker with arguments as JSON; what it prints, read as JSON."""
        return json.loads(self._run([sys.executable, str(HERE / name), json.dumps(arguments)]) or "null")

    def digest(self) -> str:
        """The register in one number."""
        return str(json.loads(self.canbao("status", "--json"))["digest"])

    def _run(self, command: Sequence[str]) -> str:
        more = {"DJANGO_SETTINGS_MODULE": "canbao.config.settings"}
        done = subprocess.run(command, env=self.env(**more), capture_output=True, text=True, check=False, timeout=250)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    """Received, committed by another, matched; served on a port of the loopback."""
    from canbao.config import database

    with tempfile.TemporaryDirectory(prefix="canbao-web-") as top:
        home = Path(top) / "home"
        made = City(home)
        server = database.start(home)
        assert server
        try:
            _fill(made)
            with _served(made) as served:
                yield served
        finally:
            server.stop()


def _fill(city: City) -> None:
    sent = city.home / "city"
    city._run([sys.executable, "-m", "synth", "--people", str(PEOPLE), "--seed", str(SEED), "--out", str(sent)])
    from canbao.services import intake

    for path in intake.delivery_paths(sent):
        city.canbao("intake", "receive", str(path), "--as", "zhang")
    city.canbao("intake", "commit", "--all", "--as", "li")
    city.canbao("match", "run", "--as", "zhang")


class _served:  # noqa: N801
    """gunicorn as the web's login, for as long as the block lasts."""

    def __init__(self, city: City) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.city = City(city.home, f"http://127.0.0.1:{self.port}")

    def __enter__(self) -> City:
        self.log = (self.city.home / "web.log").open("wb")
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "canbao.config.wsgi:application",
            "--bind",
            f"127.0.0.1:{self.port}",
        ]
        more = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--keep-alive", "15"]
        self.process = subprocess.Popen(
            [*command, *more], env=self.city.env(CANBAO_LOGIN="web"), stdout=self.log, stderr=self.log
        )
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{self.city.address}/sign-in/", timeout=5).close()
                return self.city
            except OSError:
                assert self.process.poll() is None, (self.city.home / "web.log").read_text()[-3000:]
                time.sleep(0.2)
        raise AssertionError((self.city.home / "web.log").read_text()[-3000:])

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from CANBAO_CHROMIUM or the path."""
    found = os.environ.get("CANBAO_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no chromium: name one in CANBAO_CHROMIUM")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(city: City, browser: Browser) -> Iterator[SignIn]:
    """sign_in("TOWN_CLERK", "500112…"): a page of a new account in this post; viewport=PHONE for a phone.

    The session is made on the server: signing in by hand has a test of its own. A script error or a refused style fails the test.
    """
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def signed_in(role: str, office: str = "50", *, name: str = "", viewport: dict[str, int] = WIDE) -> Page:
        cookie = city.script("make_account.py", name=name or f"b-{role.lower()}", role=role, office=office)
        context = browser.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
        context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": city.address}])
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(city.address + "/")
        return page

    yield signed_in
    for context in opened:
        context.close()
    assert not complaints
