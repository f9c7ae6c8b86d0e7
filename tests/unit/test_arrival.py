"""How much of a request has to be here before it takes a thread."""

from __future__ import annotations

import pytest

from canbao.rules.uploads import SIGNED_OUT
from canbao.web.arrival import LONGEST_HEAD, LONGEST_LINE, LongHeadError, bytes_needed, waits_for_continue

HEAD = b"POST /sign-in/ HTTP/1.1\r\nHost: x\r\ncontent-LENGTH:  %d \r\nCookie: a\r\n\r\n"


@pytest.mark.parametrize("part", [b"", b"G", b"GET / HTTP/1.1", b"GET / HTTP/1.1\r\nHost: x\r\n", HEAD[:-1]])
def test_a_head_is_waited_for_to_its_end(part: bytes) -> None:
    assert bytes_needed(part) == len(part) + 1


@pytest.mark.parametrize("size", [0, 1, 1000, SIGNED_OUT])
@pytest.mark.parametrize("came", [0, 1])
def test_what_anybody_may_send_is_waited_for_with_it(size: int, came: int) -> None:
    head = HEAD % size
    assert bytes_needed(head + b"x" * min(size, came)) == len(head) + size


@pytest.mark.parametrize(
    "came",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n",
        HEAD % (SIGNED_OUT + 1),
        HEAD % 10**17,
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n\r\n\r\nContent-Length: 7\r\n",
        b"<script> / HTTP/1.1\r\n\r\n",
        b"x" * (LONGEST_LINE + 1),
    ],
)
def test_what_is_admitted_or_refused_by_its_head_is_taken_up_at_once(came: bytes) -> None:
    assert bytes_needed(came) <= len(came)


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
def test_a_head_without_end_is_not_kept(end: bytes) -> None:
    assert bytes_needed(b"GET / HTTP/1.1\r\nA: " + b"x" * (LONGEST_HEAD - 40))
    with pytest.raises(LongHeadError):
        bytes_needed(b"GET / HTTP/1.1\r\nA: " + b"x" * LONGEST_HEAD + end)


def test_who_keeps_the_body_back_is_asked_for_it() -> None:
    asks = (HEAD % 5).replace(b"Cookie: a", b"Expect: 100-Continue")
    assert waits_for_continue(asks) and not waits_for_continue(asks[:-2]) and not waits_for_continue(HEAD % 5 + asks)
