"""Deliveries made to harm: each is refused in words that repeat nothing of it, leaves nothing behind, and the next one is read."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from canbao.bulk import landing
from canbao.outside import work
from canbao.outside.files import reading as foreign
from canbao.outside.files.names import is_plain
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.reader import client
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.services import access, intake
from canbao.services.intake.places import home
from canbao.store.models import Batch, Delivery, JournalEntry
from tests import hostile
from tests.integration.intake.builders import AT, RECEIVER, Desk, counts, errors_of, people, police, text_of

NAME, NUMBER = "张建国", "500901199005010115"
SECRET = "TOP-SECRET-KEY-OF-THE-REGISTER"
SAID = {"source": "police", "kind": "full", "as_of": "2026-10-31"}


def refusal(path: Path) -> DeliveryRefused:
    """Receive as the pages and the command do: what cannot be announced is noted too."""
    with pytest.raises(DeliveryRefused) as refused:
        announced_and_received(path)
    assert Batch.objects.count() == 0
    assert left_in_clear() == []
    return refused.value


def announced_and_received(path: Path) -> None:
    try:
        manifest = intake.announced(path)
    except DeliveryRefused as error:
        intake.record_refusal(error, path=path, actor=RECEIVER, at=AT)
        raise
    intake.receive(manifest, actor=RECEIVER, at=AT)


def left_in_clear() -> list[Path]:
    """Whatever a delivery that was refused has left in the home."""
    return [path for name in ("tmp", "deliveries") for path in (home() / name).rglob("*") if path.is_file()]


def on_record(error: DeliveryRefused) -> str:
    """All that is kept and shown of a refusal."""
    rows = [str(row) for row in Delivery.objects.values()] + [str(row) for row in JournalEntry.objects.values()]
    return "\n".join([error.sentence, error.file, *rows])


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


PERSON = f"{NAME},{NUMBER}"
HTML = (
    f"<html><meta charset='gb2312'><table><tr><td>公民身份号码</td><td>{NUMBER}</td><td>{NAME}</td></tr></table></html>"
)
OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "a page": (HTML.encode("gb18030"), "FILE:HTML", "网页"),
    "a page in UTF-16": (HTML.encode("utf-16"), "FILE:HTML", "网页"),
    "a page in gzip": (gzip.compress(HTML.encode()), "FILE:HTML", "网页"),
    "a web archive": (f"MIME-Version: 1.0\n\n{PERSON}".encode(), "FILE:HTML", "网页"),
    "XML": (f"<?xml version='1.0'?><a>{PERSON}</a>".encode(), "FILE:XML", "XML"),
    "old Excel": (OFFICE, "FILE:OLD_EXCEL", "旧版"),
    "Excel with a password": (OFFICE + "EncryptedPackage".encode("utf-16-le"), "FILE:ENCRYPTED", "密码"),
    "Parquet with a password": (b"PARE" + bytes(100), "FILE:ENCRYPTED", "加密"),
    "PDF": (b"%PDF-1.7 " + PERSON.encode(), "FILE:OTHER_FORMAT", "PDF"),
    "a picture": (b"\xff\xd8\xff\xe0" + PERSON.encode(), "FILE:OTHER_FORMAT", "图片"),
    "an archive of lists": (hostile.archive({"a.csv": PERSON.encode()}), "FILE:OTHER_FORMAT", "解压"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(50), "FILE:OTHER_FORMAT", "解压"),
    "no header": (f"P1,{PERSON},男\nP2,{PERSON},女\n".encode(), "HEADER:COLUMN_MISSING", "表头缺少"),
    "a person as title": (f"{NAME} {NUMBER}\n".encode() + text_of(people(2)).encode(), "HEADER:TITLE", "标题"),
    "a person as heading": (
        text_of([police(1) | {f"姓名{NAME}{NUMBER}": "x"}]).replace("出生日期", f"出生日{NAME}").encode(),
        "HEADER:COLUMN_MISSING", "表头缺少",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FOREIGN)
def test_a_foreign_file_is_called_what_it_is_and_nobody_in_it_is_named(desk: Desk, case: str) -> None:
    content, code, said = FOREIGN[case]
    error = refusal(desk.deliver(content, name="police.xls" if "page" in case else "police.csv"))
    assert error.code == code and said in error.sentence
    kept = on_record(error)
    assert NUMBER not in kept and not any(character in kept for character in NAME)


def test_a_number_in_the_name_of_a_file_is_not_kept(desk: Desk) -> None:
    error = refusal(desk.deliver("", name=f"20261031_{NUMBER}.csv"))
    assert error.code == "FILE:EMPTY" and "20261031_500" in error.sentence
    assert NUMBER not in error.sentence + error.file + "".join(Delivery.objects.values_list("refusal", flat=True))
    assert not any(NUMBER in str(row) for row in JournalEntry.objects.values())


def test_figures_and_digests_are_told_in_full(desk: Desk) -> None:
    folder = desk.deliver(people(3), sm3="0" * 64)
    assert "0" * 64 in refusal(folder).sentence
    assert "12345678 行" in refusal(desk.deliver(people(3), rows=12345678)).sentence
    assert all("*" not in sentence for sentence in Delivery.objects.values_list("refusal", flat=True))


BOMBS: dict[str, tuple[str, Callable[[], bytes], set[str]]] = {
    "a sparse workbook": ("a.xlsx", hostile.sparse_workbook, {"FILE:TOO_HEAVY"}),
    "a bomb in a workbook": ("a.xlsx", hostile.workbook_bomb, {"FILE:TOO_LARGE"}),
    "an archive that lies": ("a.xlsx", hostile.lying_workbook, {"FILE:TRUNCATED"}),
    "half a workbook": ("a.xlsx", lambda: hostile.workbook("")[:300], {"FILE:TRUNCATED"}),
    "an empty workbook": ("a.xlsx", lambda: hostile.workbook(""), {"FILE:EMPTY"}),
    "a gzip bomb": ("a.csv.gz", lambda: hostile.gzip_bomb(400_000_000), {"FILE:TOO_LARGE"}),
    "a Parquet bomb": ("a.parquet", lambda: hostile.parquet_bomb(names=list(police(1))), {"FILE:TOO_HEAVY"}),
    "half a Parquet file": ("a.parquet", lambda: parquet({"a": ["1"]})[:-9], {"FILE:TRUNCATED"}),
    "nothing but the mark": ("a.parquet", lambda: b"PAR1", {"FILE:TRUNCATED"}),
    "2000 columns": ("a.csv", lambda: ",".join(map(str, range(2000))).encode(), {"FILE:TOO_MANY_COLUMNS"}),
    "a heading without end": ("a.csv", lambda: b'a,"' + b"x" * 300_000, {"FILE:NO_HEADER"}),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_is_refused_and_the_next_delivery_is_received(desk: Desk, case: str) -> None:
    name, make, codes = BOMBS[case]
    error = refusal(desk.deliver(make(), name=name))
    assert error.code in codes and name in error.sentence
    assert counts(desk.receive(desk.deliver(people(3))).batch) == {"accepted": 3, "new": 3}


def parquet(columns: dict[str, Any]) -> bytes:
    out = BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def columns_of(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


EVIL = [
    "x\" from (select 1); copy (select 'gone') to '{place}' (use_tmp_file false); --",
    "x', 'VARCHAR'}}); copy (select 1) to '{place}'; --",
    '"', "'", "c1", "", "{{}}", "\\",
]  # fmt: skip


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_name_of_a_column_is_never_a_statement(desk: Desk, tmp_path: Path, form: str) -> None:
    place = tmp_path / "written"
    names = [text.format(place=place) for text in EVIL]
    rows = [police(number) for number in range(1, 4)]
    rows[2]["性别"] = "?"
    if form == "parquet":
        content = parquet(columns_of(rows) | {name: ["v"] * 3 for name in names})
    else:
        header = ",".join([*rows[0], *('"' + name.replace('"', '""') + '"' for name in names)])
        content = "\n".join([header, *(",".join([*row.values(), *("v" for _ in names)]) for row in rows), ""]).encode()
    receipt = desk.receive(desk.deliver(content, name=f"police.{form}"))
    assert counts(receipt.batch) == {"accepted": 2, "quarantined": 1, "new": 2}
    assert not place.exists()
    (returned,) = errors_of(receipt.batch)
    assert list(returned.values()).count("v") == len(names) and returned["户籍人员编号"] == "P000003"


def test_numbers_in_parquet_keep_their_digits_or_say_that_they_lost_them(desk: Desk) -> None:
    rows = columns_of(people(4))
    numbers = pa.array(["500901199001010014", "500901199001010022"] * 2).cast(pa.decimal128(38, 0))
    rows |= {"公民身份号码": numbers, "迁入日期": pa.array([float("nan"), 19990101.0, None, 20000229.0])}
    desk.accept(desk.deliver(parquet(rows), name="a.parquet"))
    found = sorted(desk.state().items())
    assert [row["doc_number"] for _, row in found] == ["500901199001010014", "500901199001010022"] * 2
    assert [str(row["moved_in_on"]) for _, row in found] == ["None", "1999-01-01", "None", "2000-02-29"]
    rounded = columns_of(people(4)) | {"公民身份号码": pa.array([500901199001010014.0] * 4)}
    batch = desk.receive(desk.deliver(parquet(rounded), name="a.parquet", as_of="2026-11-30")).batch
    assert batch.counts["quarantined"] == 4


def test_two_files_whose_names_differ_behind_a_dot_have_two_error_files(desk: Desk) -> None:
    folder = desk.split([[police(1, 性别="?")], [police(2, 性别="?")]])
    manifest = json.loads((folder / "manifest.json").read_text())
    for number, entry in enumerate(manifest["files"]):
        (folder / entry["name"]).rename(folder / f"police.{number}.csv")
        entry["name"] = f"police.{number}.csv"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    batch = desk.receive(folder).batch
    assert sorted(path.name for path in intake.error_files(batch.pk)) == ["police.0_errors.csv", "police.1_errors.csv"]
    assert len(errors_of(batch)) == 2


def test_a_reader_that_has_no_turn_is_not_the_fault_of_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = desk.deliver(people(3), packed=True)
    with monkeypatch.context() as patch:
        patch.setattr(client, "WAIT_SECONDS", dict.fromkeys(client.WAIT_SECONDS, 0.01))
        turns = client._readers._turns[client.Group.TABLES]
        with turns, turns, pytest.raises(intake.ReaderBusyError):
            desk.receive(folder)
    with pytest.raises(intake.ReaderBusyError), foreign.refusing("a", foreign.Format.GZIP):
        raise ReaderError(Failure.LOST)
    assert Delivery.objects.get().refusal == "" and left_in_clear() == []
    assert counts(desk.receive(folder).batch) == {"accepted": 3, "new": 3}


def test_what_lies_in_the_clear_is_ours_alone_and_gone_afterwards(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    plain = landing.land_text

    def landed(engine: Any, text: Path, **more: Any) -> Any:
        modes.extend(path.stat().st_mode & 0o777 for path in (text, text.parent, text.parent / "0000"))
        return plain(engine, text, **more)

    monkeypatch.setattr(landing, "land_text", landed)
    desk.receive(desk.deliver(people(3)))
    assert modes == [0o600, 0o700, 0o600]
    assert list((desk.home / "tmp").iterdir()) == []


KILLED = """
import os, sys, time
from pathlib import Path
from canbao.outside.work import work_folder
with work_folder(Path(sys.argv[1]), name="intake") as folder:
    (folder / "text.csv").write_text("somebody")
    print(folder, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_swept_and_nothing_of_a_living_one(tmp_path: Path, settings: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    command = [sys.executable, "-c", KILLED, str(tmp_path / "tmp")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        assert intake.sweep() == 0 and (folder / "text.csv").exists()
        process.kill()
    assert intake.sweep() == 1
    assert list((tmp_path / "tmp").iterdir()) == []
    with work.work_folder(tmp_path / "tmp", name="intake") as own:
        assert intake.sweep() == 0 and own.is_dir()


def test_a_full_disk_is_said_and_not_filled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canbao.outside.files.space.shutil.disk_usage", lambda folder: (100 * 2**30, 0, 2**30))
    error = refusal(desk.deliver(people(3)))
    assert error.code == "DISK:FULL" and "系统管理员" in error.sentence
