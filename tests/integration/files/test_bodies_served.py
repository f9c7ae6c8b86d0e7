"""Requests that send slowly, too much, or only a part: refused before their first byte, or waited for without holding anything."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from canbao.config.webworker import MOST_OF_ADDRESS
from canbao.outside import home_permissions
from canbao.rules.uploads import EVIDENCE, FORMS_AT_ONCE
from tests.integration.files.serving import TOWN, VILLAGE, Served, children, received, until

UPLOAD, MB = "/survey/tasks/1/evidence/add/", 1_000_000
BOUNDARY = "xyz"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="chosen"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
).encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.fixture(autouse=True)
def quiet(served: Served) -> Iterator[None]:
    """Each test begins and ends with no upload on its way."""
    until(lambda: not served.open_uploads())
    yield
    until(lambda: not served.open_uploads())


def half_sent(served: Served, cookie: str, *, size: int = 50 * MB, sent: bytes = PART + b"x" * 1000) -> bytes:
    return served.head("POST", UPLOAD, size=size, cookie=cookie, Content_Type=FORM) + sent


def in_transaction(served: Served) -> int:
    return int(
        served.query("select count(*) from pg_stat_activity where usename = 'canbao_web' and state ~ 'in transaction'")
    )


def test_an_unfinished_body_holds_no_transaction(served: Served) -> None:
    clerk = served.cookie("TOWN_CLERK", TOWN)
    with served.sending(half_sent(served, clerk)):
        until(served.open_uploads)
        until(
            lambda: in_transaction(served) == 0
        )  # it is counted in a short one; one that was held would be seen until the end
        assert served.open_uploads()
    with served.sending(served.head("POST", "/sign-in/", size=1000) + b"name=x"):
        until(lambda: in_transaction(served) == 0)  # what became of the first one is noted in a short one as well


@pytest.mark.parametrize("role", ["", "VILLAGE_SURVEYOR", "SYSTEM_ADMINISTRATOR"])
@pytest.mark.parametrize("path", [UPLOAD, "/deliveries/receive/"])
def test_who_may_not_upload_is_refused_before_a_byte_is_sent(served: Served, role: str, path: str) -> None:
    cookie = served.cookie(role, VILLAGE if role.startswith("V") else "50") if role else ""
    answer = served.ask(served.head("POST", path, size=50 * MB, cookie=cookie, Content_Type=FORM))
    assert answer.status == 413 and "超过了允许的大小" in answer.body.decode()


def test_more_than_the_page_takes_is_refused_before_a_byte_is_sent_and_on_record(served: Served) -> None:
    before = served.query("select count(*) from journal where event = 'UPLOAD_REFUSED'")
    head = served.head(
        "POST", UPLOAD, size=EVIDENCE.a_request + 1, cookie=served.cookie("TOWN_CLERK", TOWN), Content_Type=FORM
    )
    assert served.ask(head).status == 413
    assert served.query("select count(*) from journal where event = 'UPLOAD_REFUSED'") == before + 1


def test_an_account_sends_only_a_few_at_once_and_another_is_not_hindered(served: Served) -> None:
    clerk, other = served.cookie("TOWN_CLERK", TOWN), served.cookie("TOWN_CLERK", TOWN, name="another")
    with ExitStack() as opened:
        for _ in range(EVIDENCE.at_once):
            opened.enter_context(served.sending(half_sent(served, clerk)))
        until(lambda: len(served.open_uploads()) == EVIDENCE.at_once)
        answer = served.ask(half_sent(served, clerk, sent=b""))
        assert answer.status == 429 and "还有上传没有结束" in answer.body.decode()
        opened.enter_context(served.sending(half_sent(served, other)))
        until(lambda: len(served.open_uploads()) == EVIDENCE.at_once + 1)


def test_long_forms_of_one_account_leave_threads_to_the_others(served: Served) -> None:
    """Each holds a thread until it is here: announced by the dozen and never sent, they stopped the pages for a minute."""
    before = served.query("select count(*) from journal where event = 'UPLOAD_REFUSED'")
    cookie = served.cookie("TOWN_CLERK", TOWN, name="slow")
    head = served.head("POST", "/search/", size=2 * MB, cookie=cookie, Content_Type="application/x-www-form-urlencoded")
    with ExitStack() as opened:
        for _ in range(FORMS_AT_ONCE):
            opened.enter_context(served.sending(head + b"q=1"))
        until(lambda: len(served.open_uploads()) == FORMS_AT_ONCE)
        assert served.ask(head).status == 429
        assert served.get("/sign-in/").status == 200
    assert served.query("select count(*) from journal where event = 'UPLOAD_REFUSED'") > before


def test_what_an_account_sends_in_a_day_counts_before_it_is_read(served: Served) -> None:
    heavy = served.cookie("TOWN_CLERK", TOWN, name="heavy")
    room = EVIDENCE.a_day - 10 * MB
    with served.sending(half_sent(served, heavy, size=5 * MB)):
        until(served.open_uploads)
        assert served.query("select size from upload_use where account = 'heavy'") == 5 * MB
    served.query(f"update upload_use set size = {room} where account = 'heavy' returning 1")
    assert served.ask(half_sent(served, heavy, size=20 * MB, sent=b"")).status == 429
    assert served.query("select size from upload_use where account = 'heavy'") == room


def test_an_upload_that_is_broken_off_leaves_nothing(served: Served) -> None:
    clerk = served.cookie("TOWN_CLERK", TOWN)
    with served.sending(half_sent(served, clerk, sent=PART + b"x" * 10 * MB)):
        until(served.open_uploads)
    until(lambda: not served.open_uploads())
    assert lying_in(served.home / "uploads") == []


def test_a_killed_upload_leaves_nothing_and_does_not_count_for_ever(served: Served) -> None:
    clerk = served.cookie("TOWN_CLERK", TOWN)
    (gunicorn,) = children(served.process.pid, "gunicorn")
    with ExitStack() as opened:
        for _ in range(EVIDENCE.at_once):
            opened.enter_context(served.sending(half_sent(served, clerk, sent=PART + b"x" * 5 * MB)))
        until(lambda: len(served.open_uploads()) == EVIDENCE.at_once)
        for worker in children(gunicorn, "gunicorn"):
            os.kill(worker, signal.SIGKILL)
    until(lambda: served.get("/sign-in/").status == 200)
    assert lying_in(served.home / "uploads") == []
    assert served.ask(whole(served, clerk)).status == 404  # taken in, read, and there is no such line
    assert served.open_uploads() == []


def lying_in(folder: Path) -> list[Path]:
    """Files with something in them, but for the marks of uploads, which say a size."""
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 20]


def whole(served: Served, cookie: str) -> bytes:
    body = PART + b"x" * 1000 + END
    return served.head("POST", UPLOAD, size=len(body), cookie=cookie, Content_Type=FORM) + body


@pytest.mark.parametrize("kind", [FORM, "application/x-www-form-urlencoded", "application/json"])
def test_a_body_that_is_cut_short_is_not_acted_on(served: Served, kind: str) -> None:
    clerk = served.cookie("TOWN_CLERK", TOWN)
    body = PART + b"x" * 1000 if kind == FORM else b"reason=x"
    head = served.head("POST", UPLOAD, size=len(body) + 500, cookie=clerk, Content_Type=kind)
    with served.sending(head + body) as line:
        line.shutdown(socket.SHUT_WR)
        assert received(line).status == 408


HEAD = b"GET /sign-in/ HTTP/1.1\r\nHost: local"
SLOW = {
    "nothing": b"",
    "a first line": b"GET / HT",
    "a head": HEAD,
    "a body": b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nname=x",
    "a second request": b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\n\r\n" + HEAD,
    "an answer not read": b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("kind", SLOW)
def test_what_is_unfinished_holds_no_thread(served: Served, kind: str) -> None:
    """Six times as many connections as the server has threads, none of which goes on, and all of them still open afterwards."""
    with ExitStack() as opened:
        lines = [opened.enter_context(served.sending(SLOW[kind])) for _ in range(24)]
        for _ in range(4):
            assert served.get("/sign-in/").status == 200
        if kind not in ("a second request", "an answer not read"):
            assert all(is_open(line) for line in lines)


def is_open(line: socket.socket) -> bool:
    """Whether the server has neither answered nor closed."""
    return not select.select([line], [], [], 0)[0]


def test_a_request_that_comes_byte_by_byte_is_answered_when_it_is_whole(served: Served) -> None:
    body = b"name=nobody&password=x"
    whole = served.head("POST", "/sign-in/", size=len(body)) + body
    with served.sending(b"") as line:
        for place in range(0, len(whole), 3):
            line.sendall(whole[place : place + 3])
        assert received(line).status == 403  # forged: there was no page before


def test_a_sender_who_waits_to_be_asked_is_asked_for_the_body(served: Served) -> None:
    with served.sending(served.head("POST", "/sign-in/", size=5, Expect="100-continue")) as line:
        assert line.recv(100).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"name=")
        came = b""
        while part := line.recv(65536):
            came += part
    assert b"HTTP/1.1 403 " in came


def test_one_address_has_so_many_unfinished_and_the_oldest_gives_way(served: Served) -> None:
    with ExitStack() as opened:
        lines = [opened.enter_context(served.sending(HEAD)) for _ in range(2 * MOST_OF_ADDRESS + 10)]
        assert until(lambda: sum(map(is_open, lines)) <= 2 * MOST_OF_ADDRESS)
        assert all(map(is_open, lines[-10:])) and served.get("/sign-in/").status == 200


@pytest.mark.parametrize(
    ("path", "more", "status", "reason"),
    [
        ("/search/", {"size": 3 * MB}, 413, "内容过大"),
        (UPLOAD, {"size": 50 * MB, "Content_Type": FORM}, 413, "内容过大"),
        (UPLOAD, {"Transfer_Encoding": "chunked", "Content_Type": FORM}, 411, "没有说明长度"),
    ],
)
def test_a_refusal_is_on_record_for_whoever_is_signed_in_and_for_nobody_else(
    served: Served, path: str, more: Any, status: int, reason: str
) -> None:
    def lines() -> int:
        return int(
            served.query(f"select count(*) from journal where event = 'UPLOAD_REFUSED' and target_id = '{path}'")
        )

    before, administrator = lines(), served.cookie("SYSTEM_ADMINISTRATOR")
    assert served.ask(served.head("POST", path, **more)).status == status
    assert lines() == before
    assert served.ask(served.head("POST", path, cookie=administrator, **more)).status == status
    assert lines() == before + 1
    last = "select account || ' ' || (detail->>'reason') from journal where event = 'UPLOAD_REFUSED' order by id desc limit 1"
    assert served.query(last) == f"f-system_administrator {reason}"


def test_what_a_served_register_makes_is_for_its_account_only(served: Served) -> None:
    served.ask(whole(served, served.cookie("TOWN_CLERK", TOWN)))
    assert (served.home / "static").is_dir()
    assert list(home_permissions.find(served.home, every_file=True)) == []
