"""How much may be sent in one request, at once and in a day: known before the first byte is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB, MIB, GIB = 2**10, 2**20, 2**30
FORM: Final = 2 * MIB + 512 * KIB  # what a page says beside files; Django's own limit
LONGEST_QUERY: Final = 8_000  # characters behind the ? of an address
SIGNED_OUT: Final = 64 * KIB  # a name, a password, a code
FORMS_AT_ONCE: Final = 2  # of an account, longer than SIGNED_OUT: each holds a thread until it is here
KEPT_FREE: Final = GIB  # of the disk: a full one stops the database
COPIES: Final = 2  # of an upload lie on the disk for a moment: as it arrived, and where it is kept
# A body has to arrive in this time: clerks on a slow line are slower than the proxy in front, nobody is slower than this.
GRACE_SECONDS: Final = 30.0
SIGNED_OUT_SECONDS: Final = 5.0  # as much as anybody may send is here by then, whatever the line
SLOWEST: Final = 64 * KIB  # bytes a second


@dataclass(frozen=True, slots=True)
class UploadAllowance:
    """What an account may upload to one page. a_request, a_day: bytes; at_once: uploads that are not finished."""

    a_request: int
    a_day: int
    at_once: int


# Papers of a line of a survey: a town clerk files some hundreds of forms a day, a few scans of at most 20 MB each.
EVIDENCE: Final = UploadAllowance(a_request=100 * MIB + SIGNED_OUT, a_day=8 * GIB, at_once=2)
# A department's list: ten million rows of 400 bytes; ten such lists on one day.
DELIVERY: Final = UploadAllowance(a_request=16 * GIB, a_day=160 * GIB, at_once=2)


def seconds_for(size: int, *, is_known: bool) -> float:
    """How long the body of a request may take to arrive. size: bytes; is_known: whether an account answers for it."""
    return GRACE_SECONDS + size / SLOWEST if is_known else SIGNED_OUT_SECONDS
