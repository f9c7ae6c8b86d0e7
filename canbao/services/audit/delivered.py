"""What has been brought outside the machine so far: a small file beside the anchors, remembered by the journal."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings

LATE, VERY_LATE = timedelta(minutes=30), timedelta(hours=2)


class Way(StrEnum):
    """How an anchor leaves the machine."""

    STAMP = "STAMP"
    SYSLOG = "SYSLOG"

    @property
    def label(self) -> str:
        return {"STAMP": "时间戳", "SYSLOG": "日志接收方"}[self.value]


@dataclass(frozen=True)
class Delivered:
    """What has got out one way. number, at: of the last anchor; token: SHA-256 of its time stamp; error: of the last try."""

    number: int = 0
    at: datetime | None = None
    token: str = ""
    error: str = ""

    def is_late(self, now: datetime, *, by: timedelta = LATE) -> bool:
        """Whether the outside has not heard of this register for so long."""
        return self.at is None or now - self.at > by


def ways() -> list[Way]:
    """The ways that the settings name."""
    named = {Way.STAMP: settings.CANBAO_TSA_URL, Way.SYSLOG: settings.CANBAO_SYSLOG}
    return [way for way, where in named.items() if where]


def delivered() -> dict[Way, Delivered]:
    """What stands in `delivered.json`; a file that was spoilt counts as none."""
    try:
        content = json.loads((folder() / "delivered.json").read_text(encoding="utf-8"))
        return {Way(name): _read(item) for name, item in content.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def reached() -> list[tuple[Way, Delivered]]:
    """Each way that the settings name, with what has got out on it."""
    done = delivered()
    return [(way, done.get(way, Delivered())) for way in ways()]


def remembered() -> dict[str, object]:
    """The same as particulars of a line of the journal."""
    done = delivered()
    found: dict[str, object] = {}
    if stamped := done.get(Way.STAMP):
        found |= {"stamped": stamped.number, "token": stamped.token}
    if sent := done.get(Way.SYSLOG):
        found["sent"] = sent.number
    return found


def remember(done: dict[Way, Delivered]) -> None:
    """Take the place of what was remembered."""
    content = {way.value: asdict(item) | {"at": item.at.isoformat() if item.at else None} for way, item in done.items()}
    write_whole(folder() / "delivered.json", json.dumps(content, ensure_ascii=False).encode())


def folder() -> Path:
    """Where anchors and their proofs are kept; back it up apart from the database."""
    return Path(settings.CANBAO_HOME) / "anchors"


def write_whole(place: Path, content: bytes) -> None:
    """A file that is there as a whole or not at all."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)


def _read(item: dict[str, str | int | None]) -> Delivered:
    at = datetime.fromisoformat(str(item["at"])) if item["at"] else None
    return Delivered(int(item["number"] or 0), at, str(item["token"]), str(item["error"]))
