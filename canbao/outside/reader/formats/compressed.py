"""gzip: what it holds, counted while it is decompressed."""

from __future__ import annotations

import gzip
import zlib
from io import BufferedReader, FileIO

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import MIB, RATIO_FROM, Limits


def read(file: FileIO, out: FrameWriter, limits: Limits) -> None:
    """Answers the bytes. A file that breaks off or goes on with something else is damaged."""
    try:
        with gzip.GzipFile(fileobj=BufferedReader(file, MIB)) as opened:
            came = 0
            while block := opened.read(MIB):
                came += len(block)
                if came > max(
                    RATIO_FROM, limits.ratio * file.tell()
                ):  # of what was read so far: a bomb ends at its beginning
                    raise ReaderError(Failure.RATIO)
                out.data(block)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ReaderError(Failure.DAMAGED) from error


def sample() -> bytes:
    return gzip.compress(b"a,b\n1,2\n")
