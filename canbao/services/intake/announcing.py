"""Which deliveries lie below a path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from canbao.bulk.sources import sources
from canbao.outside.files import manifest
from canbao.outside.files.manifest import ListedFile, Manifest
from canbao.outside.files.refusal import DeliveryRefused

LEVELS: Final = 5  # below a folder of deliveries


def delivery_paths(path: Path) -> list[Path]:
    """The path itself, or the delivery folders some levels below it; links are not followed."""
    if path.is_file() or (path / manifest.NAME).is_file():
        return [path]
    return sorted(_below(path, LEVELS)) if path.is_dir() else []


def _below(folder: Path, levels: int) -> Iterator[Path]:
    with suppress(PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and levels:
                yield from _below(folder / entry.name, levels - 1)
            elif entry.name == manifest.NAME and entry.is_file(follow_symlinks=False):
                yield folder


def announced(path: Path, *, source: str = "", kind: str = "", as_of: str = "") -> Manifest:
    """The manifest of a folder, or one made of what the caller says about a file or a folder of files.

    Raises DeliveryRefused.
    """
    if path.name == manifest.NAME:
        path = path.parent
    if path.is_dir() and (path / manifest.NAME).is_file():
        found = manifest.read(path, sources=sources())
        _check_options(found, source=source, kind=kind, as_of=as_of)
        return found
    if not path.exists():
        raise DeliveryRefused("FILE:NO_SUCH_PATH", f"没有 {path.name} 这个文件或文件夹，请核对路径。", file=path.name)
    files = _files(path)
    if not files:
        raise DeliveryRefused(
            "FILE:MISSING", f"{path.name} 里没有清单 manifest.json，也没有可以接收的文件。", file=path.name
        )
    if not (source and kind and as_of):
        raise DeliveryRefused(
            "MANIFEST:MISSING",
            f"{path.name} 没有清单 manifest.json，请用 --source、--kind、--as-of 说明来源、种类和日期。",
            file=path.name,
        )
    folder = path if path.is_dir() else path.parent
    return manifest.announced(folder, source=source, kind=kind, as_of=as_of, files=files, sources=sources())


def _check_options(found: Manifest, *, source: str, kind: str, as_of: str) -> None:
    """What the caller says beside a manifest must be what it says."""
    said = {"--source": (source, found.source), "--kind": (kind, found.kind), "--as-of": (as_of, str(found.as_of))}
    for option, (given, stated) in said.items():
        if given and given != stated:
            raise DeliveryRefused(
                "MANIFEST:OPTIONS",
                f"{option} 写的是 {given}，清单 {found.folder / manifest.NAME} 写的是 {stated}。"
                "请核对：以清单为准时去掉这个选项，清单有误时请报送部门更正。",
                file=manifest.NAME,
            )


def _files(path: Path) -> tuple[ListedFile, ...]:
    if path.is_file():
        return (ListedFile(path),)
    if not path.is_dir():
        return ()
    return tuple(ListedFile(file) for file in sorted(path.iterdir()) if file.suffix.lower() in manifest.DATA_FILES)
