"""How much of a request has to be here before a thread takes it up, told from its first bytes."""

from __future__ import annotations

import re
from typing import Final

from canbao.rules.uploads import KIB, LONGEST_QUERY, SIGNED_OUT

LONGEST_LINE: Final = LONGEST_QUERY + 1000
LONGEST_HEAD: Final = 64 * KIB  # a browser's has 2 KiB
LONGEST_WAITED_FOR: Final = LONGEST_HEAD + SIGNED_OUT
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(0|[1-9]\d{0,17})[ \t]*\r\n", re.IGNORECASE)
_EXPECTS: Final = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class LongHeadError(ValueError):
    """The head of a request is longer than LONGEST_HEAD."""


def bytes_needed(came: bytes) -> int:
    """The length at which a request is to be looked at again; at most len(came) where it is to be taken up now.

    came: its first bytes. A head is waited for whole, and with it a body that anybody may send (SIGNED_OUT): the kernel holds them,
    and no thread. A longer body is admitted by its sender first (`canbao.web.bodies`). What is no request is taken up and refused.
    Raises LongHeadError.
    """
    end = came.find(_END)
    if end > LONGEST_HEAD or (end < 0 and len(came) > LONGEST_HEAD):
        raise LongHeadError
    if end < 0:
        is_refused = b"\r\n" not in came and len(came) > LONGEST_LINE
        return 0 if is_refused else len(came) + 1
    found = _LENGTH.search(came, 0, end + len(_END))
    size = int(found[1]) if found else 0
    return end + len(_END) + (size if size <= SIGNED_OUT else 0)


def waits_for_continue(came: bytes) -> bool:
    """Whether the sender keeps the body back until he is asked for it."""
    end = came.find(_END)
    return end >= 0 and _EXPECTS.search(came, 0, end + len(_END)) is not None
