"""Small deliveries, and a desk where they are received, committed and reversed."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from canbao.outside.files.digests import sm3_of
from canbao.rules.roles import Actor, Role
from canbao.services import intake
from canbao.services.intake import Receipt
from canbao.services.intake.preparing import current_state
from canbao.store.models import Batch

AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
RECEIVER = Actor("zhang", Role.MUNICIPAL_OPERATOR)
PROMOTED = Actor("zhang", Role.MUNICIPAL_APPROVER)
COMMITTER = Actor("li", Role.MUNICIPAL_APPROVER)
OTHER = Actor("wang", Role.MUNICIPAL_APPROVER)

Row = dict[str, str]


def police(number: int, **changes: str) -> Row:
    """One person of the police extract."""
    return {
        "户籍人员编号": f"P{number:06d}",
        "公民身份号码": f"50090119900101{number % 1000:03d}X",
        "姓名": "张三",
        "性别": "1",
        "出生日期": "19900101",
        "户籍区划": "500112015",
        "户籍地址": "某路1号",
        "户籍状态": "正常",
    } | changes


def insured(number: int, **changes: str) -> Row:
    """One row of the employee system."""
    return {
        "AAC001": f"10{number:06d}",
        "AAC147": f"50090119900101{number % 1000:03d}X",
        "AAC003": "李四",
        "AAE140": "110",
        "AAC008": "1",
        "AAE030": "20100101",
        "AAE031": "",
    } | changes


def people(count: int, make: Callable[..., Row] = police, **changes: str) -> list[Row]:
    return [make(number, **changes) for number in range(1, count + 1)]


def text_of(rows: Iterable[Row], header: Sequence[str] | None = None) -> str:
    kept = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(kept[0]), lineterminator="\n")
    out.write(",".join(header or list(kept[0])) + "\n")
    writer.writerows(kept)
    return out.getvalue()


@dataclass
class Desk:
    """Where deliveries are made and taken in."""

    folder: Path
    home: Path
    made: int = 0

    def deliver(
        self,
        rows: list[Row] | str | bytes,
        /,
        *,
        source: str = "police",
        kind: str = "full",
        as_of: str = "2026-10-31",
        encoding: str = "utf-8",
        packed: bool = False,
        name: str = "",
        **manifest: Any,
    ) -> Path:
        """A delivery folder with one CSV; further arguments override entries of the manifest's file."""
        self.made += 1
        folder = self.folder / f"{self.made:02d}_{source}"
        folder.mkdir()
        path = folder / (name or (f"{source}_01.csv" + (".gz" if packed else "")))
        data = rows if isinstance(rows, bytes) else (rows if isinstance(rows, str) else text_of(rows)).encode(encoding)
        path.write_bytes(gzip.compress(data) if packed else data)
        entry = {"name": path.name, "sm3": sm3_of(path)} | manifest
        self._write_manifest(folder, source, kind, as_of, [entry])
        return folder

    def split(self, parts: list[list[Row]], *, source: str = "police", as_of: str = "2026-10-31") -> Path:
        """A delivery of several files."""
        self.made += 1
        folder = self.folder / f"{self.made:02d}_{source}"
        folder.mkdir()
        for number, part in enumerate(parts):
            (folder / f"{number}.csv").write_text(text_of(part), encoding="utf-8")
        self._write_manifest(folder, source, "full", as_of, [{"name": f"{n}.csv"} for n in range(len(parts))])
        return folder

    def receive(self, path: Path, **options: str) -> Receipt:
        return intake.receive(intake.announced(path, **options), actor=RECEIVER, at=AT)

    def accept(self, path: Path) -> Batch:
        """Receive and commit."""
        return intake.commit(self.receive(path).batch.pk, actor=COMMITTER, at=AT)

    def state(self, source: str = "police") -> dict[str, dict[str, Any]]:
        """The accepted records of a source by key."""
        state = current_state(source)
        if not state.path:
            return {}
        return {row["record_key"]: row for row in pq.read_table(self.home / state.path).to_pylist()}

    @staticmethod
    def _write_manifest(folder: Path, source: str, kind: str, as_of: str, files: list[dict[str, Any]]) -> None:
        data = {"source": source, "kind": kind, "as_of": as_of, "files": files}
        (folder / "manifest.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def counts(batch: Batch) -> dict[str, int]:
    """The figures that are not zero."""
    return {name: count for name, count in batch.counts.items() if count}


def errors_of(batch: Batch) -> list[Row]:
    """The rows that went back, as the sender reads them: without the tab that keeps a number a text."""
    rows: list[Row] = []
    for path in (path for path in intake.error_files(batch.pk) if path.suffix == ".csv"):
        rows += [
            {name: cell.removeprefix("\t") for name, cell in row.items()}
            for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
        ]
    return rows
