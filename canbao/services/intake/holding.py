"""Files that wait to be received: uploaded through a page, or laid into the server's inbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from canbao.bulk.sources import sources
from canbao.outside.files import manifest
from canbao.outside.files.manifest import Manifest
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, uploads
from canbao.services.intake.announcing import delivery_paths
from canbao.services.intake.places import home

LONGEST_NAME = 120


class BadUpload(ValueError):
    """A file that cannot be taken: its name, or its kind."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder in the inbox. stated: its manifest, where it has a good one; problem: what is wrong with it otherwise."""

    name: str
    files: tuple[tuple[str, int], ...]
    stated: Manifest | None
    problem: str

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
            with (folder / name).open("xb") as target:
                target.writelines(chunks)
    return token


def inbox(*, actor: Actor) -> list[Inbox]:
    """The folders of the inbox, by name; links are not followed. Raises NotAllowed."""
    access.require(actor, Permission.DELIVERY_RECEIVE)
    folder = home() / "inbox"
    folder.mkdir(exist_ok=True, mode=0o700)
    return [_look_into(found) for found in sorted(folder.iterdir()) if found.is_dir() and not found.is_symlink()]


def inbox_folder(name: str, *, actor: Actor) -> Inbox:
    """One of them, by the name the list gave. Raises NotAllowed, NotFound."""
    found = next((one for one in inbox(actor=actor) if one.name == name), None)
    if found is None:
        raise access.NotFound(name)
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
    path = Path(name)
    if path.name != name or "\\" in name or "\0" in name or name.startswith(".") or len(name) > LONGEST_NAME:
        raise BadUpload(name)
    if (name != manifest.NAME and path.suffix.lower() not in manifest.DATA_FILES) or (folder / name).exists():
        raise BadUpload(name)


def _look_into(folder: Path) -> Inbox:
    files = tuple(
        (file.name, file.stat().st_size)
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.is_symlink()
    )
    if not (folder / manifest.NAME).is_file():
        return Inbox(folder.name, files, None, "")
    try:
        return Inbox(folder.name, files, manifest.read(folder, sources=sources()), "")
    except DeliveryRefused as refusal:
        return Inbox(folder.name, files, None, refusal.sentence)
