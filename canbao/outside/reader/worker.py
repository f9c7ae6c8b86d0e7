"""The process that reads one file: forked by the server, locked, ended when it has answered."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from io import FileIO
from typing import Any

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats import Work
from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import Limits
from canbao.outside.reader.lock import ANSWER, FILE, Protection, keep_only, lock, trials


def run(
    work: Work, file: int, answer: int, *, limits: Limits, use: frozenset[Protection], arguments: Mapping[str, Any]
) -> None:
    """Read the file and write the answer; of an error only its kind goes out."""
    keep_only(file, answer)
    out = FrameWriter(ANSWER, limits=limits, size=os.fstat(FILE).st_size)
    if Protection.LIMITS not in lock(limits, use=use):
        return
    with suppress(OSError):  # the other end is closed
        failure = _failure(work, out, limits, arguments)
        if failure is None:
            out.end()
        else:
            out.failure(failure)


def _failure(work: Work, out: FrameWriter, limits: Limits, arguments: Mapping[str, Any]) -> Failure | None:
    try:
        with FileIO(FILE, closefd=False) as file:
            file.seek(0)
            work(file, out, limits, **arguments)
    except ReaderError as error:
        return error.failure
    except MemoryError:
        return Failure.MEMORY
    except BrokenPipeError:
        raise
    except BaseException:  # a hostile file can make a decoder raise anything
        return Failure.DAMAGED
    return None


def probe(answer: int, *, limits: Limits) -> None:
    """Lock this process and tell what holds: a line with the protections, then one for each trial as it ends."""
    keep_only(os.open(os.devnull, os.O_RDONLY), answer)
    os.write(ANSWER, (" ".join(lock(limits)) + "\n").encode())
    for trial, is_refused in trials(limits):
        os.write(ANSWER, f"{trial} {is_refused}\n".encode())
