"""Which deliveries lie below a path."""

from __future__ import annotations

from pathlib import Path

from canbao.bulk.sources import sources
from canbao.outside.files import manifest
from canbao.outside.files.manifest import ListedFile, Manifest
from canbao.outside.files.refusal import DeliveryRefused

DATA_FILES = (".csv", ".txt", ".gz", ".xlsx", ".parquet")


def delivery_paths(path: Path) -> list[Path]:
    """The path itself, or the delivery folders below it."""
    if path.is_file() or (path / manifest.NAME).is_file():
        return [path]
    return sorted(found.parent for found in path.rglob(manifest.NAME)) if path.is_dir() else []


def announced(path: Path, *, source: str = "", kind: str = "", as_of: str = "") -> Manifest:
    """The manifest of a folder, or one made of what the caller says about a file or a folder of files.

    Raises DeliveryRefused.
    """
    if path.name == manifest.NAME:
        path = path.parent
    if path.is_dir() and (path / manifest.NAME).is_file():
        return manifest.read(path, sources=sources())
    files = _files(path)
    if not files:
        raise DeliveryRefused("FILE:MISSING", f"{path} 里没有清单 manifest.json,也没有可以接收的文件。", file=path.name)
    if not (source and kind and as_of):
        raise DeliveryRefused(
            "MANIFEST:MISSING",
            f"{path} 没有清单 manifest.json,请用 --source、--kind、--as-of 说明来源、种类和日期。",
            file=path.name,
        )
    folder = path if path.is_dir() else path.parent
    return manifest.announced(folder, source=source, kind=kind, as_of=as_of, files=files, sources=sources())


def _files(path: Path) -> tuple[ListedFile, ...]:
    if path.is_file():
        return (ListedFile(path),)
    if not path.is_dir():
        return ()
    return tuple(ListedFile(file) for file in sorted(path.iterdir()) if file.suffix.lower() in DATA_FILES)
