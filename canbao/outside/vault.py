"""Files under lock: each lies encrypted under the digest of what it says, so that the same content twice is one file.

SM4-GCM in pieces of a mebibyte: a piece that was changed, swapped, left out or added at the end does not open.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash

MARK: Final = b"CANBAO1\n"
PREFIX, TAG = 8, 16  # the nonce: a prefix drawn for the file, and the number of the piece
PIECE: Final = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Damaged(Exception):
    """What lies under this digest is not what was put there, or is gone."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


def digest_of(content: bytes) -> str:
    """SM3 in hexadecimal."""
    hashed = Hash(SM3())
    hashed.update(content)
    return hashed.finalize().hex()


class Vault:
    """A folder of encrypted files. key: sixteen bytes."""

    def __init__(self, root: Path, *, key: bytes) -> None:
        self.root = root
        self._key = key

    def keep(self, content: bytes) -> str:
        """Put a file there and be sure that it lies on the disk; returns its digest."""
        digest = digest_of(content)
        if not self._holds(digest):
            place = self._place(digest)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = place.with_name(f".{digest[:16]}.{secrets.token_hex(8)}")
            try:
                self._write(part, content)
                part.rename(place)
            finally:
                part.unlink(missing_ok=True)
            for folder in (place.parent, self.root):
                _sync(folder)
        return digest

    def read(self, digest: str) -> bytes:
        """Raises Damaged."""
        try:
            content = b"".join(self._opened(self._place(digest).read_bytes()))
        except (OSError, InvalidTag, ValueError) as error:
            raise Damaged(digest) from error
        if digest_of(content) != digest:
            raise Damaged(digest)
        return content

    def _holds(self, digest: str) -> bool:
        """One that is damaged is not held: it is put there anew."""
        try:
            self.read(digest)
        except Damaged:
            return False
        return True

    def _place(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise Damaged(digest)
        return self.root / digest[:2] / digest

    def _write(self, part: Path, content: bytes) -> None:
        prefix = os.urandom(PREFIX)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(MARK + prefix)
            for number, start in enumerate(range(0, max(1, len(content)), PIECE)):
                piece = content[start : start + PIECE]
                file.write(self._sealed(prefix, number, piece, is_last=start + PIECE >= len(content)))
            file.flush()
            os.fsync(file.fileno())

    def _sealed(self, prefix: bytes, number: int, piece: bytes, *, is_last: bool) -> bytes:
        box = Cipher(algorithms.SM4(self._key), modes.GCM(_nonce(prefix, number))).encryptor()
        box.authenticate_additional_data(MARK + bytes([is_last]))
        return box.update(piece) + box.finalize() + box.tag

    def _opened(self, raw: bytes) -> Iterator[bytes]:
        """Raises ValueError, InvalidTag."""
        prefix, body = raw[len(MARK) : len(MARK) + PREFIX], raw[len(MARK) + PREFIX :]
        if not raw.startswith(MARK) or len(body) < TAG:
            raise ValueError
        whole = PIECE + TAG
        for number, start in enumerate(range(0, len(body), whole)):
            piece = body[start : start + whole]
            nonce = modes.GCM(_nonce(prefix, number), piece[-TAG:])
            box = Cipher(algorithms.SM4(self._key), nonce).decryptor()
            box.authenticate_additional_data(MARK + bytes([start + whole >= len(body)]))
            yield box.update(piece[:-TAG]) + box.finalize()


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + number.to_bytes(4, "big")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
