"""Every answer carries the headers, no matter what makes it: a page, a file, an error, a refusal, the server itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from canbao.web.headers import BARE
from tests.integration.files.serving import Answer, Served

ALWAYS = {name.lower() for name in BARE}


def request(served: Served, kind: str) -> Answer:
    cookie = served.cookie("SYSTEM_ADMINISTRATOR")
    match kind:
        case "page":
            return served.get("/", cookie=cookie)
        case "redirect":
            return served.get("/")
        case "file":
            return served.get("/static/canbao/canbao.css")
        case "not there":
            return served.get("/nowhere/", cookie=cookie)
        case "not allowed":
            return served.get("/deliveries/", cookie=cookie)
        case "refused for its address":
            return served.get("/nowhere/%00")
        case "refused for its size":
            return served.ask(served.head("POST", "/sign-in/", size=3_000_000))
        case "forged":
            return served.ask(served.head("POST", "/sign-in/", size=1) + b"x")
        case "host":
            return served.ask(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        case "interface":
            return served.ask(served.head("POST", "/api/v1/persons/lookup", size=2) + b"{}")
        case "description of the interface":
            return served.get("/api/v1/openapi.json")
        case "sent in pieces":
            head = served.head("POST", "/sign-in/", Transfer_Encoding="chunked")
            return served.ask(head + b"1\r\nx\r\n0\r\n\r\n")
        case "no request":
            return served.ask(b"<script>alert(1)</script> / HTTP/1.1\r\n\r\n")
        case "in another encoding":
            return served.ask(
                served.head("POST", "/sign-in/?a=1", size=1, Content_Type="text/plain; charset=rot13") + b"x"
            )
        case "from no address":
            head = b"GET / HTTP/1.1\r\nHost: localhost\r\nHX-Request: true\r\nHX-Current-URL: http://[\r\n"
            return served.ask(head + b"Connection: close\r\n\r\n")
        case "under another path":
            return served.ask(
                b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\nSCRIPT_NAME: /x\r\nConnection: close\r\n\r\n"
            )
        case "a head too long":
            return served.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"x" * 70_000)
    raise AssertionError(kind)


KINDS = {
    "page": 200, "redirect": 302, "file": 200, "not there": 404, "not allowed": 403, "refused for its address": 400,
    "refused for its size": 413, "forged": 403, "host": 400, "interface": 401, "description of the interface": 404,
    "sent in pieces": 411, "no request": 400, "in another encoding": 400, "from no address": 200, "under another path": 200, "a head too long": 431,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "status"), KINDS.items())
def test_an_answer_carries_them_and_does_not_say_what_serves_it(served: Served, kind: str, status: int) -> None:
    answer = request(served, kind)
    assert answer.status == status
    assert ALWAYS - answer.headers.keys() == set()
    assert kind == "file" or "no-store" in answer.headers["cache-control"]
    assert "gunicorn" not in str(answer.headers).lower() and "python" not in str(answer.headers).lower()


@pytest.mark.parametrize(
    "bytes_sent",
    [b"<script>alert(1)</script> / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 20_000, b"GET / HTTP/1.1\r\nA\0: b\r\n\r\n"],
)
def test_what_is_no_request_is_answered_without_repeating_it(served: Served, bytes_sent: bytes) -> None:
    answer = served.ask(bytes_sent)
    assert 400 <= answer.status < 500 and answer.body == b""
    assert answer.headers["x-content-type-options"] == "nosniff" and "server" not in answer.headers


@pytest.mark.parametrize("tls", ["0", "1"])
def test_the_deployment_checks_of_django_find_nothing(tls: str) -> None:
    env = os.environ | {"CANBAO_TLS": tls, "DJANGO_SETTINGS_MODULE": "canbao.config.settings"}
    command = [sys.executable, "-W", "ignore", "-m", "django", "check", "--deploy", "--fail-level", "INFO"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_behind_tls_nothing_is_silenced_but_the_preload_list() -> None:
    asks = "from canbao.config import settings as s; print(s.SILENCED_SYSTEM_CHECKS, s.SECURE_HSTS_SECONDS)"
    env = os.environ | {"CANBAO_TLS": "1"}
    done = subprocess.run([sys.executable, "-c", asks], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["['security.W021']", "31536000"]
