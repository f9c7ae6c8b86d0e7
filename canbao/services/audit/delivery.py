"""Anchors brought outside the machine: stamped by a time stamp authority, sent to a syslog receiver.

Nothing is queued apart: the newest head of the chain vouches for every one before it, so only the newest is stamped. Heads are
sent again with each delivery, because a receiver that is killed may lose what it has taken: each message says which it is.
What was brought outside so far stands in `delivered.json`; the next anchor writes it into the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from canbao.outside.syslog import SyslogError, receiver_at, send
from canbao.outside.timestamps import TimeStampError, roots_in, stamp
from canbao.rules.anchors import Anchor, line_of, text_of
from canbao.services.audit.anchors import latest
from canbao.services.audit.delivered import Delivered, Way, delivered, folder, remember, ways, write_whole

AGAIN = 6  # heads sent once more with each delivery: an hour of them
MOST = 5000  # heads sent at once to a receiver that was away for long, or is new: a month of them


def deliver(*, at: datetime) -> dict[Way, Delivered]:
    """Bring the newest anchor outside on every way there is; what fails is noted and tried again with the next one."""
    work: dict[Way, Callable[[Anchor, Delivered], str]] = {Way.STAMP: _stamp, Way.SYSLOG: _send}
    done, newest = delivered(), latest(1)
    for way in ways() if newest else []:
        before = done.get(way, Delivered())
        try:
            token = work[way](newest[0], before)
            done[way] = Delivered(newest[0].number, at, token)
        except (TimeStampError, SyslogError, OSError) as error:
            done[way] = replace(before, error=str(error)[:300])
    remember(done)
    return done


def token_path(tokens: Path, anchor: Anchor) -> Path:
    """Where the time stamp of an anchor is kept; the stamped text lies beside it."""
    return tokens / f"{anchor.at.astimezone(UTC):%Y-%m}" / f"{anchor.number:08}.tsr"


def _stamp(anchor: Anchor, before: Delivered) -> str:
    """Raises TimeStampError, OSError."""
    text = text_of(anchor)
    root = Path(settings.CANBAO_TSA_ROOT)
    made = stamp(text.encode(), url=settings.CANBAO_TSA_URL, roots=roots_in(root))
    place = token_path(folder() / "tokens", anchor)
    write_whole(place.with_suffix(".txt"), text.encode())
    write_whole(place, made.token)
    _keep_root(root.read_bytes())
    return sha256(made.token).hexdigest()


def _keep_root(certificates: bytes) -> None:
    """A token is of use for as long as somebody has the certificate it is signed under."""
    place = folder() / "tokens" / "roots" / f"{sha256(certificates).hexdigest()[:16]}.pem"
    if not place.exists():
        write_whole(place, certificates)


def _send(anchor: Anchor, before: Delivered) -> str:
    """Raises SyslogError."""
    to = receiver_at(
        settings.CANBAO_SYSLOG,
        ca=settings.CANBAO_SYSLOG_CA,
        certificate=settings.CANBAO_SYSLOG_CERT,
        key=settings.CANBAO_SYSLOG_KEY,
    )
    heads = latest(min(anchor.number - before.number + AGAIN, MOST))
    send(((head.at, head.register, line_of(head)) for head in heads), to=to)
    return ""
