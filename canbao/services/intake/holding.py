"""Files that wait to be received: uploaded through a page, or laid into the server's inbox."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from canbao.bulk.sources import sources
from canbao.outside.files import manifest
from canbao.outside.files.manifest import Manifest
from canbao.outside.files.names import is_plain, printable
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, uploads
from canbao.services.intake.announcing import delivery_paths
from canbao.services.intake.places import home

_BAD_FOLDER = "文件夹的名字不能用：过长，以点开头，或含有 * ? [ ] 和看不见的字符。请系统管理员改名。"
MOST_SHOWN = 1_000  # files of a folder of the inbox


class BadUpload(ValueError):
    """A file that cannot be taken: its name, or its kind."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder in the inbox. stated: its manifest, where it has a good one; problem: what is wrong with it otherwise.

    is_usable: whether it can be received at all, with or without manifest.
    """

    name: str
    files: tuple[tuple[str, int], ...]
    stated: Manifest | None
    problem: str
    is_usable: bool = True

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.files)


def keep_upload(files: Iterable[tuple[str, Iterable[bytes]]], *, actor: Actor) -> str:
    """Write uploaded files to a folder of their own; returns its name.

    Raises NotAllowed, BadUpload.
    """
    access.require(actor, Permission.DELIVERY_RECEIVE)
    with uploads.kept() as (token, folder):
        for name, chunks in files:
            _check_name(name, folder)
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                target.writelines(chunks)
    return token


def inbox(*, actor: Actor) -> list[Inbox]:
    """The folders of the inbox, by name; links are not followed. Raises NotAllowed."""
    access.require(actor, Permission.DELIVERY_RECEIVE)
    folder = home() / "inbox"
    folder.mkdir(exist_ok=True, mode=0o700)
    with os.scandir(folder) as entries:
        found = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    return [_look_into(folder / name) for name in found]


def inbox_folder(name: str, *, actor: Actor) -> Inbox:
    """One of them, by the name the list gave. Raises NotAllowed, NotFound."""
    found = next((folder for folder in inbox(actor=actor) if folder.name == name and folder.is_usable), None)
    if found is None:
        raise access.NotFound(printable(name))
    return found


def held_paths(arguments: Mapping[str, object], *, actor: Actor) -> list[Path]:
    """The deliveries that a job is to receive: of an upload, or of a folder of the inbox. Raises NotFound."""
    if token := str(arguments.get("upload", "")):
        folder = home() / "uploads" / token
        if len(token) != 32 or not token.isalnum() or not folder.is_dir():
            raise access.NotFound(token)
    else:
        folder = home() / "inbox" / inbox_folder(str(arguments.get("inbox", "")), actor=actor).name
    return delivery_paths(folder) or [folder]


def _check_name(name: str, folder: Path) -> None:
    """Neither a way out of the folder nor a file that hides, nor anything but a list or its manifest."""
    if not is_plain(name) or (folder / name).exists():
        raise BadUpload(name)
    if name != manifest.NAME and Path(name).suffix.lower() not in manifest.DATA_FILES:
        raise BadUpload(name)


def _look_into(folder: Path) -> Inbox:
    if not is_plain(folder.name):
        return Inbox(printable(folder.name), (), None, _BAD_FOLDER, is_usable=False)
    try:
        files = _files(folder)
    except OSError:
        return Inbox(folder.name, (), None, "文件夹打不开，请系统管理员检查它的权限。", is_usable=False)
    if not any(name == manifest.NAME for name, _ in files):
        return Inbox(folder.name, files, None, "")
    try:
        return Inbox(folder.name, files, manifest.read(folder, sources=sources()), "")
    except DeliveryRefused as refusal:
        return Inbox(folder.name, files, None, refusal.sentence)


def _files(folder: Path) -> tuple[tuple[str, int], ...]:
    """Names and sizes of the plain files; of very many, the first."""
    with os.scandir(folder) as entries:
        found = islice((entry for entry in entries if entry.is_file(follow_symlinks=False)), MOST_SHOWN)
        return tuple(sorted((printable(entry.name), entry.stat(follow_symlinks=False).st_size) for entry in found))
