"""Any text file a department hands in, as UTF-8 with plain line ends.

The encoding is decided on the whole stream: strict UTF-8 first, GB 18030 (which contains GBK and GB 2312) after that.
A UTF-8 file with a few broken bytes must not pass as GB 18030: it would turn every name into other names.
"""

from __future__ import annotations

import codecs
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from canbao.outside import gb18030
from canbao.outside.files.formats import HEAD, Format, check_text, no_text
from canbao.outside.files.reading import unpacked
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.files.space import check_space

BLOCK: Final = 8 * 1024 * 1024
_SURE_OF_UTF8: Final = 32  # characters outside ASCII that GBK text passes as valid UTF-8 only by a miracle
_LOST: Final = "\ufffd".encode()
_SHARE_OF_ZEROS: Final = 0.02  # of bytes; padding is rarer, or at the end
_SHARE_LOST: Final = 0.001  # of all bytes; above it the encoding was not recognised

Progress = Callable[[int], None]


@dataclass
class Decoded:
    """A spill file and what was seen while writing it."""

    path: Path
    encoding: str
    size: int = 0
    lost: int = 0
    quotes: bool = False
    lines: int = 0
    blank_lines: bool = False
    ends_with_newline: bool = True
    mended: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Source:
    """A text file, perhaps inside gzip. path: our private copy; name: what its sender calls it."""

    path: Path
    name: str
    kind: Format

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """From its beginning, decompressed by the reader process."""
        with self.path.open("rb") as plain:
            if self.kind is Format.TEXT:
                yield plain
            else:
                with unpacked(plain.fileno(), name=self.name) as content:
                    yield content


def decode(source: Source, target: Path, *, progress: Progress = lambda done: None) -> Decoded:
    """Write a text to `target` (mode 0600) as UTF-8.

    Raises DeliveryRefused for a broken gzip, an empty file, one that is no text, an encoding nobody recognises, a full disk.
    """
    encoding, errors = _encoding(source)
    decoded = Decoded(target, encoding)
    try:
        _write(source, decoded, errors, progress)
    except UnicodeDecodeError:
        decoded = Decoded(target, _after_failure(source))
        _write(source, decoded, "replace", lambda done: None)
    if not decoded.size:
        raise DeliveryRefused("FILE:EMPTY", f"文件 {source.name} 是空的。", file=source.name)
    if decoded.lost > max(20, decoded.size * _SHARE_LOST):
        raise DeliveryRefused(
            "FILE:ENCODING",
            f"文件 {source.name} 的编码认不出来（既不是 UTF-8，也不是 GB18030）：有 {decoded.lost} 处无法识别。",
            file=source.name,
        )
    return decoded


def _encoding(source: Source) -> tuple[str, str]:
    """By the byte order mark, or UTF-8 on trial."""
    with source.opened() as content:
        head = content.read(HEAD)
    check_text(head, name=source.name, inside=source.kind is Format.GZIP)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _unknown(source.name, "像是 UTF-32")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "replace"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "replace"
    if wide := _wide(head, source.name):
        return wide, "replace"
    return "utf-8", "strict"


def _wide(head: bytes, name: str) -> str | None:
    """UTF-16 without its mark, by the zero bytes beside its commas, digits and line ends. Raises DeliveryRefused for UTF-32."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < max(2, len(head) * _SHARE_OF_ZEROS):
        return None
    if even and odd and min(even, odd) > _SHARE_OF_ZEROS * max(even, odd):
        if head.count(b"\0\0\0") > len(head) * _SHARE_OF_ZEROS:
            raise _unknown(name, "像是 UTF-32") if _is_utf_32(head) else no_text(name)
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf_32(head: bytes) -> bool:
    return not any(head[3::4]) or not any(head[0::4])


def _unknown(name: str, why: str) -> DeliveryRefused:
    return DeliveryRefused(
        "FILE:ENCODING", f"文件 {name} 的编码认不出来（{why}）。请另存为 CSV（UTF-8）后再送。", file=name
    )


def _after_failure(source: Source) -> str:
    """UTF-8 with broken bytes, when enough of it was valid before; else GB 18030."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    seen = 0
    with source.opened() as content:
        while block := content.read(BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                text = block[: error.start].decode("utf-8", "ignore")
                seen += _outside_ascii(text)
                break
            seen += _outside_ascii(text)
            if seen >= _SURE_OF_UTF8:
                break
    return "utf-8" if seen >= _SURE_OF_UTF8 else "gb18030"


def _outside_ascii(text: str) -> int:
    return 0 if text.isascii() else sum(map((127).__lt__, map(ord, text[:200_000])))


def _write(source: Source, decoded: Decoded, errors: str, progress: Progress) -> None:
    decoder = codecs.getincrementaldecoder(decoded.encoding)(errors)
    held = b""
    handle = os.open(decoded.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with source.opened() as content, os.fdopen(handle, "wb") as out:
        while True:
            block = content.read(BLOCK)
            text = held + decoder.decode(block, final=not block).encode()
            held = b"\r" if block and text.endswith(b"\r") else b""  # its line feed may be in the next block
            check_space(decoded.path.parent, wanted=len(text), name=source.name)
            out.write(_plain(text[: len(text) - len(held)], decoded))
            if not block:
                break
            progress(len(block))


def _plain(text: bytes, decoded: Decoded) -> bytes:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in text or b"\x1a" in text:  # padding and the end mark of DOS
        text = text.replace(b"\0", b"").replace(b"\x1a", b"")
    text = gb18030.mend(text, found=decoded.mended)
    if text:
        decoded.size += len(text)
        decoded.lost += text.count(_LOST)
        decoded.quotes = decoded.quotes or b'"' in text
        decoded.lines += text.count(b"\n")
        decoded.blank_lines = (
            decoded.blank_lines or b"\n\n" in text or (decoded.ends_with_newline and text[:1] == b"\n")
        )
        decoded.ends_with_newline = text.endswith(b"\n")
    return text
