"""Requests that no browser makes: sent piece by piece, broken off, left unfinished."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.attack.clients import Client

MB = 1024 * 1024


@dataclass
class Sent:
    """bytes: that the server took; status: of the answer, 0 for none; seconds: until it came or we gave up."""

    bytes: int = 0
    status: int = 0
    seconds: float = 0.0


def head(client: Client, method: str, path: str, headers: Mapping[str, str]) -> bytes:
    said = {"Host": f"127.0.0.1:{client.port}", **client.headers(), **headers}
    return f"{method} {path} HTTP/1.1\r\n{''.join(f'{key}: {value}' + chr(13) + chr(10) for key, value in said.items())}\r\n".encode()


@contextlib.contextmanager
def line(client: Client, *, timeout: float = 10) -> Iterator[socket.socket]:
    with socket.create_connection(
        ("127.0.0.1", client.port), timeout=timeout, source_address=(client.source, 0)
    ) as opened:
        yield opened


def stream(
    client: Client, path: str, *, size: int, claims: int | None = None, wait: float = 5, is_chunked: bool = False,
    each: Callable[[int], None] = lambda sent: None,
) -> Sent:  # fmt: skip
    """An upload of zeros until the server answers or hangs up.

    size: bytes we are ready to send; claims: what the request says it holds; wait: seconds for the answer at the end;
    each: called with the bytes sent so far after each mebibyte.
    """
    edge = "edgeedgeedge"
    first = f'--{edge}\r\nContent-Disposition: form-data; name="chosen"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()
    length = {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": str(claims or size + len(first))}
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}", **length}
    began, done = time.monotonic(), Sent()
    with line(client) as opened:
        try:
            opened.sendall(head(client, "POST", path, headers))
            for piece in [first, *[bytes(MB)] * (size // MB)]:
                if select.select([opened], [], [], 0)[0]:
                    break
                opened.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
                done.bytes += len(piece)
                each(done.bytes)
            if is_chunked:
                opened.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        opened.settimeout(wait)
        with contextlib.suppress(OSError, ValueError, IndexError):
            done.status = int(opened.recv(200).split()[1])
    done.seconds = time.monotonic() - began
    return done


@contextlib.contextmanager
def unfinished(client: Client, path: str, *, count: int, size: int = 1000) -> Iterator[None]:
    """Requests whose body never comes to its end, held open for as long as the block."""
    with contextlib.ExitStack() as held:
        for _ in range(count):
            opened = held.enter_context(line(client, timeout=30))
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(size)}
            opened.sendall(head(client, "POST", path, headers) + b"q=1&csrfmiddlewaretoken=")
        time.sleep(1)
        yield
