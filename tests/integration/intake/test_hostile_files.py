"""Files made to harm: each is refused in words that repeat nothing of it, leaves nothing behind, and the next one is read."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from canbao.bulk import landing
from canbao.outside import work
from canbao.outside.files import reading as foreign
from canbao.outside.reader import client
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.services import intake
from canbao.store.models import Delivery, JournalEntry
from tests import hostile
from tests.integration.intake.builders import Desk, counts, errors_of, people, police, text_of
from tests.integration.intake.refusals import NAME, NUMBER, left_in_clear, on_record, refusal

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
    "a sheet for each village": ("a.ods", lambda: hostile.ods_of_sheets(150), {"FILE:TOO_MANY_SHEETS"}),
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
    assert sorted(path.name for path in intake.error_files(batch.pk)) == [
        f"police.{number}_errors.{form}" for number in (0, 1) for form in ("csv", "xlsx")
    ]
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
