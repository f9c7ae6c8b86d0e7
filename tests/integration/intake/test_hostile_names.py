"""Links, names and manifests made to harm: nothing but the file that was named is read, and the inbox says why."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from canbao.bulk import landing
from canbao.outside.files.names import is_plain
from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import access, intake
from tests.integration.intake.builders import AT, RECEIVER, Desk, people, text_of
from tests.integration.intake.refusals import NAME, NUMBER, SAID, SECRET, on_record, refusal


def named(desk: Desk, name: str) -> Path:
    folder = desk.deliver(people(3))
    manifest = folder / "manifest.json"
    data = json.loads(manifest.read_text())
    data["files"][0]["name"] = name
    manifest.write_text(json.dumps(data))
    return folder


def link(target: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret_key"
    path.write_text(f"{SECRET}\n")
    return path


def file_is_a_link(folder: Path, secret: Path) -> None:
    link(secret, folder / "police_01.csv")


def file_is_a_hard_link(folder: Path, secret: Path) -> None:
    (folder / "police_01.csv").unlink()
    os.link(secret, folder / "police_01.csv")


def manifest_is_a_link(folder: Path, secret: Path) -> None:
    link(secret, folder / "manifest.json")


def folder_is_a_link(folder: Path, secret: Path) -> None:
    folder.rename(folder.with_name("real"))
    folder.symlink_to(folder.with_name("real"))


def file_is_a_pipe(folder: Path, secret: Path) -> None:
    (folder / "police_01.csv").unlink()
    os.mkfifo(folder / "police_01.csv")


@pytest.mark.parametrize(
    "make", [file_is_a_link, file_is_a_hard_link, manifest_is_a_link, folder_is_a_link, file_is_a_pipe]
)
def test_no_link_is_followed(desk: Desk, secret: Path, make: Callable[[Path, Path], None]) -> None:
    folder = desk.deliver(people(3), sm3="")
    make(folder, secret)
    error = refusal(folder)
    assert error.code in ("FILE:LINK", "MANIFEST:FILE_MISSING")
    assert SECRET not in on_record(error)


def test_a_link_put_there_after_the_announcement_is_not_followed(desk: Desk, secret: Path) -> None:
    folder = desk.deliver(people(3), sm3="")
    manifest = intake.announced(folder)
    link(secret, folder / "police_01.csv")
    with pytest.raises(DeliveryRefused) as refused:
        intake.receive(manifest, actor=RECEIVER, at=AT)
    assert refused.value.code == "FILE:LINK" and SECRET not in on_record(refused.value)


@pytest.mark.parametrize("keeps_time", [True, False])
def test_what_was_digested_is_what_is_read(desk: Desk, keeps_time: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same size, even the same time of change: the rows are those of the digest, and the change is told."""
    folder = desk.deliver(people(3))
    path = folder / "police_01.csv"
    before = path.stat()
    seen: list[str] = []

    @contextmanager
    def meddling(label: str, *, total: float | None = None) -> Iterator[Callable[[float], None]]:
        yield lambda step: None
        if label.startswith("核对"):
            path.write_text(path.read_text().replace("张三", "李四"))
            if keeps_time:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    plain = landing.land_text

    def landed(engine: Any, text: Path, **more: Any) -> Any:
        seen.append(text.read_text())
        return plain(engine, text, **more)

    monkeypatch.setattr(landing, "land_text", landed)
    with pytest.raises(DeliveryRefused) as refused:
        intake.receive(intake.announced(folder), actor=RECEIVER, at=AT, watch=meddling)
    assert refused.value.code == "FILE:CHANGED"
    assert seen and "张三" in seen[0] and "李四" not in seen[0]


NAMES = [
    "*.parquet", "police_0?.csv", "[a-z]*.csv", "sub/police_01.csv", "sub\\police_01.csv", ".police_01.csv", "", "..",
    "x" * 5_000 + ".csv", "证" * 100 + ".csv", "a\0.csv", "a\n.csv", "a\u202egnp.csv", "\ud800.csv", "/etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_names_one_file_of_its_folder(desk: Desk, name: str) -> None:
    assert refusal(named(desk, name)).code in ("MANIFEST:FILE_NAME", "MANIFEST:FILE_OUTSIDE")
    assert not is_plain(name)


def test_a_file_with_a_pattern_as_its_name_does_not_bring_others_in(desk: Desk) -> None:
    folder = named(desk, "*.csv")
    (folder / "*.csv").write_text(text_of(people(1)))
    (folder / "unlisted.csv").write_text(text_of(people(9)))
    assert refusal(folder).code == "MANIFEST:FILE_NAME"


MANIFESTS = {
    "brackets in brackets": "[" * 200_000,
    "objects in objects": '{"a":' * 200_000,
    "a number of ten thousand digits": '{"files": [' + "9" * 10_000 + "]}",
    "two megabytes": '{"source": "' + "x" * 2_000_000 + '"}',
    "not UTF-8": b"\xff\xfe\x00",
    "a list": "[]",
    "a thousand and one files": json.dumps(SAID | {"files": [{"name": f"{n}.csv"} for n in range(1001)]}),
    "a source with a zero": json.dumps(SAID | {"source": "po\0lice", "files": [{"name": "police_01.csv"}]}),
    "a source with half a character": json.dumps(SAID | {"source": "\ud800", "files": [{"name": "police_01.csv"}]}),
    "a source that is somebody": json.dumps(SAID | {"source": NUMBER + NAME, "files": [{"name": "police_01.csv"}]}),
    "a date that is somebody": json.dumps(SAID | {"as_of": NUMBER, "files": [{"name": "police_01.csv"}]}),
    "rows without end": json.dumps(SAID | {"files": [{"name": "police_01.csv", "rows": 10**30}]}),
    "rows that are none": '{"source": "police", "kind": "full", "as_of": "2026-10-31", "files": [{"name": "police_01.csv", "rows": NaN}]}',
    "a digest that is somebody": json.dumps(SAID | {"files": [{"name": "police_01.csv", "sm3": NAME}]}),
    "an entry that is somebody": json.dumps(SAID | {"files": [{"owner": NAME + NUMBER}]}),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_no_manifest_does_harm(desk: Desk, case: str) -> None:
    content = MANIFESTS[case]
    folder = desk.deliver(people(3))
    (folder / "manifest.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    error = refusal(folder)
    assert error.code.startswith("MANIFEST:") and len(error.sentence) < 300
    assert NAME not in on_record(error) and NUMBER not in on_record(error)


def test_the_inbox_lists_what_cannot_be_received_and_says_why(desk: Desk) -> None:
    inbox = desk.home / "inbox"
    inbox.mkdir(parents=True)
    bad = os.fsencode(inbox) + b"/\xff\xfe"
    Path(os.fsdecode(bad)).mkdir()
    for name in ("deep", "*"):
        (inbox / name).mkdir()
        (inbox / name / "manifest.json").write_text("[" * 200_000)
    Path(os.fsdecode(bad + b"/a.csv")).write_text("x")
    (inbox / "deep" / os.fsdecode(b"\xff.csv")).write_text("x")
    found = {folder.name: folder for folder in intake.inbox(actor=RECEIVER)}
    assert len(found) == 3 and all(folder.problem for folder in found.values())
    assert not found["*"].is_usable and found["deep"].is_usable
    assert all(text.encode() for folder in found.values() for text in (folder.name, folder.problem))
    assert all(name.encode() for folder in found.values() for name, _ in folder.files)
    for name in ("*", os.fsdecode(b"\xff\xfe"), "\ufffd\ufffd"):
        with pytest.raises(access.NotFound):
            intake.inbox_folder(name, actor=RECEIVER)
