"""What an anchor of the journal says, in the one text that is stamped, sent, printed and signed (规程第十九条)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from canbao.rules.article import article

START: Final = "0" * 64  # the digest of a chain without links
HEAD: Final = "canbao-journal-anchor 1"
_NAMES: Final = ("register", "number", "at", "seal", "entries", "last-id", "sm3")
_LINE: Final = re.compile(
    re.escape(HEAD) + r" register=(?P<register>[!-~]{1,64}) number=(?P<number>\d{1,12})"
    r" at=(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) seal=(?P<seal>\d{1,18}) entries=(?P<entries>\d{1,18})"
    r" last-id=(?P<last_id>\d{1,19}) sm3=(?P<digest>[0-9a-f]{64})(?![0-9a-f])",
    re.ASCII,
)


class AnchorTextError(ValueError):
    """Not the text of an anchor."""


@dataclass(frozen=True)
class Anchor:
    """The end of the chain at a moment.

    register: which register of the city; number: of this anchor; seal, last_id: up to which seal and entry it reaches;
    entries: how many are sealed up to there; digest: SM3 of the last link.
    """

    register: str
    number: int
    at: datetime
    seal: int
    entries: int
    last_id: int
    digest: str


@article(19)
def line_of(anchor: Anchor) -> str:
    """The anchor in one line of ASCII."""
    return f"{HEAD} " + " ".join(f"{name}={value}" for name, value in zip(_NAMES, _values(anchor), strict=True))


def read_line(text: str) -> Anchor:
    """The anchor that stands somewhere in a line, such as one of a log file. Raises AnchorTextError."""
    found = _LINE.search(text)
    if not found:
        raise AnchorTextError
    try:
        at = datetime.strptime(found["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise AnchorTextError from error
    numbers = {name: int(found[name]) for name in ("number", "seal", "entries", "last_id")}
    return Anchor(register=found["register"], at=at, digest=found["digest"], **numbers)


def text_of(anchor: Anchor) -> str:
    """The anchor as a file: its line, and a line end."""
    return line_of(anchor) + "\n"


def register_name(text: str) -> str:
    """A name as an anchor takes it: printable ASCII without blanks."""
    return re.sub(r"[^!-~]+", "-", text)[:64] or "canbao"


def _values(anchor: Anchor) -> tuple[str, ...]:
    at = anchor.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    numbers = (anchor.seal, anchor.entries, anchor.last_id)
    return (anchor.register, str(anchor.number), at, *map(str, numbers), anchor.digest)
