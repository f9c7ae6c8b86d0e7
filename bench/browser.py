"""A clerk at the keyboard as far as the server can tell: a kept connection, a session, the token of forms."""

from __future__ import annotations

import http.client
import random
import re
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

KEPT = 10.0  # seconds a line is kept without a request


class Failed(Exception):
    """An answer that no clerk should see."""


def percentile(taken: Sequence[float], share: int) -> float:
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)] if ordered else float("nan")


class Clerk:
    """people: dicts of id, number, name, year inside the clerk's area; register: how many people there are in all."""

    def __init__(
        self, port: int, *, name: str = "", session: str = "", people: Sequence[dict[str, Any]] = (), register: int = 0
    ) -> None:
        self.port, self.name, self.people, self.register = port, name, people, register
        self.case: int | None = None
        self._cookies = {"canbao_session": session} if session else {}
        self._dice = random.Random(name)
        self._used = time.monotonic()
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def wait(self, seconds: float = 60) -> None:
        """Until the server answers. Raises Failed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self._ask("GET", "/", {}, "")
            except OSError:
                self._line.close()
                time.sleep(0.2)
            else:
                return
        raise Failed(self.port)

    def person(self) -> dict[str, Any]:
        return self._dice.choice(self.people)

    def get(self, address: str) -> str:
        """Raises Failed."""
        return self._expect(address, *self._ask("GET", address, {}, ""))

    def post(self, address: str, fields: dict[str, str], **more: str) -> str:
        """Raises Failed."""
        if "canbao_csrf" not in self._cookies:
            self.get("/")
        headers = {
            "X-CSRFToken": self._cookies["canbao_csrf"],
            "Content-Type": "application/x-www-form-urlencoded",
        } | {key.replace("_", "-"): value for key, value in more.items()}
        return self._expect(address, *self._ask("POST", address, headers, urlencode(fields)))

    def next_case(self) -> int | None:
        """Asked for once; afterwards every decision brings the next."""
        status, _, headers = self._ask("GET", "/cases/next/", {}, "")
        found = re.search(r"/cases/(\d+)/", headers.get("Location") or "") if status == 302 else None
        self.case = int(found[1]) if found else None
        return self.case

    def decide(self, case: int, verdict: str) -> None:
        fields = {"verdict": verdict, f"reason_{verdict}": "经核对不是同一人"}
        following = self.post(f"/cases/{case}/decide/", fields, HX_Request="true")
        found = re.search(r"/cases/(\d+)/decide/", following)
        self.case = int(found[1]) if found else None

    def _expect(self, address: str, status: int, text: str, headers: http.client.HTTPMessage) -> str:
        if status != 200:
            raise Failed(self.name, address, status, headers.get("Location"), text[:200])
        return text

    def _ask(
        self, method: str, address: str, headers: dict[str, str], body: str
    ) -> tuple[int, str, http.client.HTTPMessage]:
        cookies = "; ".join(f"{key}={value}" for key, value in self._cookies.items())
        if time.monotonic() - self._used > KEPT:  # the server closes lines that rest
            self._line.close()
        self._line.request(method, address, body.encode() or None, {"Cookie": cookies, **headers})
        answer = self._line.getresponse()
        self._used = time.monotonic()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            key, _, value = cookie.split(";")[0].partition("=")
            self._cookies[key] = value
        return answer.status, text, answer.headers
