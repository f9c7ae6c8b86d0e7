"""Messages to a syslog receiver over TLS (RFC 5424, 5425, octet-counted as in RFC 6587), with certificates on both sides."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

SECONDS: Final = 10.0
# rsyslog (8.2302, OpenSSL) throws away what it has not read when the leave arrives: of 72 messages 12 without this pause, none with it.
BEFORE_LEAVING: Final = 0.5
PROGRAM: Final = "canbao-journal"
_LOG_AUDIT_NOTICE: Final = 13 * 8 + 5


class SyslogError(Exception):
    """The receiver cannot be reached, is not who it should be, or broke off; the message says why."""


@dataclass(frozen=True)
class Receiver:
    """Where the messages go. ca: whom its certificate has to be signed under; certificate, key: ours, where it asks for one."""

    host: str
    port: int
    ca: Path
    certificate: Path | None = None
    key: Path | None = None


def receiver_at(address: str, *, ca: str, certificate: str = "", key: str = "") -> Receiver:
    """From `host:port` and paths as settings have them. Raises SyslogError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536 or not ca:
        raise SyslogError(f"{address}: host:port and a certificate authority are needed")
    return Receiver(
        host.strip("[]"), int(port), Path(ca), Path(certificate) if certificate else None, Path(key) if key else None
    )


def send(messages: Iterable[tuple[datetime, str, str]], *, to: Receiver) -> None:
    """Send each message (when it was made, of which machine, ASCII text) and take leave of the receiver.

    That all was sent does not say that it was written down: what a receiver had not written when it was killed is lost without
    an error. Send again what has not been read back; a message has to say by itself which it is.
    Raises SyslogError.
    """
    try:
        with (
            socket.create_connection((to.host, to.port), timeout=SECONDS) as plain,
            _context(to).wrap_socket(plain, server_hostname=to.host) as secured,
        ):
            for at, machine, text in messages:
                secured.sendall(framed(at, machine, text))
            time.sleep(BEFORE_LEAVING)
            secured.unwrap()
    except (OSError, ValueError) as error:
        raise SyslogError(str(error)) from error


def framed(at: datetime, machine: str, text: str) -> bytes:
    """One message behind its length in bytes."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = f"<{_LOG_AUDIT_NOTICE}>1 {moment} {machine} {PROGRAM} - ANCHOR - {text}".encode("ascii", "replace")
    return b"%d %s" % (len(message), message)


def _context(to: Receiver) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(to.ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if to.certificate:
        context.load_cert_chain(to.certificate, to.key)
    return context
