"""A small city served as in an office: a register of its own, the web behind its own login, a worker, a browser, an account per role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.ports import free_port

PEOPLE, SEED = 2000, 7
expect.set_options(timeout=15_000)
WIDE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "node_modules"
UNPACK = """const [from, to] = process.argv.slice(1), fs = require('fs');
fs.writeFileSync(to, require('zlib').brotliDecompressSync(fs.readFileSync(from)));"""


@dataclass(frozen=True)
class City:
    """A home folder with a running database, and the address of its web."""

    home: Path
    address: str = ""

    def env(self, **more: str) -> dict[str, str]:
        outside = ("DATABASE_URL", "CANBAO_HOME", "CANBAO_LOGIN", "DJANGO_SETTINGS_MODULE")
        return {k: v for k, v in os.environ.items() if k not in outside} | {"CANBAO_HOME": str(self.home)} | more

    def canbao(self, *args: str) -> str:
        """A command of the product."""
        return self._run([sys.executable, "-m", "canbao.config.entry", *args])

    def script(self, name: str, /, **arguments: Any) -> Any:
        """A script of this folder, run as the worker with arguments as JSON; what it prints, read as JSON."""
        return json.loads(self._run([sys.executable, str(HERE / name), json.dumps(arguments)]) or "null")

    @cached_property
    def about(self) -> dict[str, Any]:
        """A town of it and people to look for; see read_city.py."""
        return dict(self.script("read_city.py"))

    def sessions(self, *accounts: dict[str, Any]) -> list[dict[str, str]]:
        """Accounts as make_account.py takes them -> a cookie for each."""
        return list(self.script("make_account.py", accounts=accounts))

    def digest(self) -> str:
        """The register in one number."""
        return str(json.loads(self.canbao("status", "--json"))["digest"])

    def _run(self, command: Sequence[str]) -> str:
        more = {"DJANGO_SETTINGS_MODULE": "canbao.config.settings"}
        done = subprocess.run(command, env=self.env(**more), capture_output=True, text=True, check=False, timeout=250)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout


@pytest.fixture(scope="package")
def city() -> Iterator[City]:
    """Received, committed by another, matched; served on a port of the loopback."""
    from canbao.config import database

    with tempfile.TemporaryDirectory(prefix="canbao-web-") as top:
        home = Path(top) / "home"
        made = City(home)
        made.canbao("init", "--practice")
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
    city.canbao("intake", "receive", str(sent), "--as", "zhang")
    city.canbao("intake", "commit", "--all", "--as", "li")
    city.canbao("match", "run", "--as", "zhang")


class _served:  # noqa: N801
    """gunicorn as the web's login and a worker beside it, for as long as the block lasts."""

    def __init__(self, city: City) -> None:
        self.port = free_port()
        self.city = City(city.home, f"http://127.0.0.1:{self.port}")
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> City:
        self.log = (self.city.home / "web.log").open("wb")
        bind = ("canbao.config.wsgi:application", "--bind", f"127.0.0.1:{self.port}")
        more = ("--workers", "2", "--threads", "4", "--worker-class", "gthread", "--keep-alive", "15")
        self._start("gunicorn", *bind, *more, login="web")
        self._start("canbao.config.entry", "worker", login="worker")
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.city.address}/sign-in/", timeout=5).close()
                return self.city
            except OSError:
                assert all(process.poll() is None for process in self.running), self._said()
                time.sleep(0.2)
        raise AssertionError(self._said())

    def _start(self, module: str, *more: str, login: str) -> None:
        command = [sys.executable, "-m", module, *more]
        env = self.city.env(CANBAO_LOGIN=login)
        self.running.append(subprocess.Popen(command, env=env, stdout=self.log, stderr=self.log))

    def _said(self) -> str:
        return (self.city.home / "web.log").read_text("utf-8")[-3000:]

    def __exit__(self, *error: object) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(30)
        self.log.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium where chromium.sh finds it; without one the tests fail."""
    looked = subprocess.run(["sh", HERE / "chromium.sh"], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    found = looked.stdout.strip()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


@pytest.fixture(scope="package")
def old_browser(browser: Browser) -> Iterator[Browser]:
    """Chromium 92, older than any the pages are promised for, from a pinned package that carries it compressed."""
    place = MODULES / "chrome-aws-lambda" / "bin" / "chromium"
    if not place.exists():
        whole = place.with_suffix(".whole")
        subprocess.run(["node", "-e", UNPACK, place.with_suffix(".br"), whole], check=True, timeout=120)
        whole.chmod(0o755)
        whole.rename(place)
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    running = browser.browser_type.launch(executable_path=place, args=arguments)
    yield running
    running.close()


SHOWN: list[BrowserContext] = []  # of the test that runs


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the windows showed when the test failed stands in its report."""
    report = yield
    if call.when == "call" and report.failed:
        for page in [page for context in SHOWN for page in context.pages]:
            with suppress(PlaywrightError):
                report.sections.append((f"window at {page.url}", page.locator("body").inner_text(timeout=2_000)))
    return report


@pytest.fixture
def window(city: City, browser: Browser) -> Iterator[Callable[..., Page]]:
    """A new window of a browser where nobody has signed in; a script error or a refused style or script fails the test."""
    complaints: list[str] = []

    def new(
        *, viewport: dict[str, int] = WIDE, cookie: dict[str, str] | None = None, within: Browser = browser
    ) -> Page:
        context = within.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        if cookie:
            context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": city.address}])
        SHOWN.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if _is_refusal(said) else None)
        return page

    yield new
    for context in SHOWN:
        context.close()
    SHOWN.clear()
    assert not complaints


def _is_refusal(said: ConsoleMessage) -> bool:
    return "Content Security" in said.text or "Content-Security" in said.text


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(city: City, window: Callable[..., Page]) -> SignIn:
    """sign_in("TOWN_CLERK", "500112…"): a page of a new account in this post; viewport=PHONE for a phone.

    The session is made on the server: signing in by hand has a test of its own.
    """

    def signed_in(role: str, office: str = "50", *, name: str = "", viewport: dict[str, int] = WIDE) -> Page:
        (cookie,) = city.sessions({"name": name or f"b-{role.lower()}", "role": role, "office": office})
        page = window(viewport=viewport, cookie=cookie)
        page.goto(city.address + "/")
        return page

    return signed_in
