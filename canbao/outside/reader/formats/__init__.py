"""The formats of others. Nothing outside the reader process imports these modules, as they import the decoders."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from io import FileIO
from pathlib import Path
from typing import Any, Final

from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import GROUPS, LIMITS, Group, Operation
from canbao.outside.reader.memory import in_memory

Work = Callable[..., None]
"""Called with the file (FileIO), the FrameWriter, the Limits, and the arguments of the request by name."""

_FUNCTIONS: Final[dict[Operation, str]] = {
    Operation.LOOK_PICTURE: "pictures:look",
    Operation.DRAW_PICTURE: "pictures:draw",
    Operation.LOOK_PDF: "pdf:look",
    Operation.DRAW_PDF: "pdf:draw",
    Operation.WORKBOOK: "workbook:read",
    Operation.PARQUET: "parquet:read",
    Operation.GUNZIP: "compressed:read",
}
SAMPLE_ARGUMENTS: Final[dict[Operation, dict[str, Any]]] = {
    Operation.DRAW_PICTURE: {"page": 1},
    Operation.DRAW_PDF: {"page": 1},
}


def preload(group: Group) -> dict[Operation, Work]:
    """Import what the operations of a group need, and use it once: afterwards a locked process opens no file any more."""
    found: dict[Operation, Work] = {}
    for operation in (operation for operation, of in GROUPS.items() if of is group):
        module, _, name = _FUNCTIONS[operation].partition(":")
        found[operation] = getattr(import_module(f"{__name__}.{module}"), name)
    with Path(os.devnull).open("wb") as nowhere:
        for operation, content in samples(group).items():
            out = FrameWriter(nowhere.fileno(), limits=LIMITS[operation], size=len(content))
            with in_memory(content) as handle, FileIO(handle, closefd=False) as file:
                file.seek(0)
                found[operation](file, out, LIMITS[operation], **SAMPLE_ARGUMENTS.get(operation, {}))
    return found


def samples(group: Group) -> dict[Operation, bytes]:
    """A small good file for each operation of a group."""
    return {
        operation: import_module(f"{__name__}.{_FUNCTIONS[operation].partition(':')[0]}").sample()
        for operation, of in GROUPS.items()
        if of is group
    }
