"""Deliveries as a department sends them: uploaded through the page or laid into the inbox, and what became of them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from canbao.outside.files.digests import sm3_of
from tests.attack.clients import Answer, Client
from tests.attack.running import Product

OPERATOR = "MUNICIPAL_OPERATOR"
RECEIVED = ("DELIVERY_REFUSED", "DELIVERY_RECEIVED")
AS_OF = "2026-10-31"
COLUMNS = ("户籍人员编号", "公民身份号码", "姓名", "性别", "出生日期", "户籍区划", "户籍地址", "户籍状态")
Row = dict[str, str]


@dataclass
class Job:
    """What the table says of a job; seconds: until it ended, or until we stopped waiting (`state` then says so)."""

    number: int = 0
    state: str = "NONE"
    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    seconds: float = 0.0

    @property
    def was_refused(self) -> bool:
        return self.state == "FAILED" and "程序内部错误" not in self.message and "多次中断" not in self.message

    @property
    def says(self) -> str:
        return f"job {self.state} after {self.seconds:.1f} s, attempts {self.attempts}: {self.message[:160] or self.result}"


def people(count: int = 30) -> list[Row]:
    """Invented people as the police list them; no two lists are the same."""
    street = token_hex(4)
    return [
        dict(zip(COLUMNS, (f"A{n:06d}", f"50090119900101{n % 1000:03d}X", "张三", "1", "19900101", "500112015",
                           f"{street}路{n}号", "正常"), strict=True))
        for n in range(1, count + 1)
    ]  # fmt: skip


def csv_of(rows: Sequence[Row], header: Sequence[str] | None = None) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header or list(rows[0]))
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode()


def upload(
    product: Product, files: Mapping[str, bytes], *, client: Client | None = None, source: str = "police", kind: str = "full",
    wait: float = 60,
) -> tuple[Answer, Job]:  # fmt: skip
    """Through the page, as the municipal operator; waits for the job."""
    client = client or product.client(OPERATOR)
    sent = [("chosen", name, content) for name, content in files.items()]
    words = {"source": source, "kind": kind, "as_of": AS_OF}
    answer = client.post("/deliveries/receive/", words, token=client.token("/deliveries/receive/"), files=sent)
    return answer, ended(product, number_of(answer), wait=wait)


def number_of(answer: Answer) -> int:
    """The job an answer leads to; 0 for none."""
    found = re.search(r"/jobs/(\d+)/", answer.location)
    return int(found[1]) if found else 0


def ended(product: Product, number: int, *, wait: float = 60) -> Job:
    """A job when it has ended, or as it stands after `wait` seconds."""
    began = time.monotonic()
    job = Job(number)
    while number:
        found = product.database.rows(
            "select state, message, result, attempts, finished_at is not null from job where id = %s", number
        )[0]
        job.state, job.message, job.result, job.attempts = found[0], found[1], found[2] or {}, found[3]
        job.seconds = time.monotonic() - began
        if found[4] or job.seconds > wait:
            break
        time.sleep(0.2)
    return job


def lay(product: Product, name: str, files: Mapping[str, bytes] | None = None, *, manifest: Any = None) -> Path:
    """A folder in the inbox with these files and a manifest that names them, or the one given (bytes, or what becomes JSON)."""
    folder = product.home / "inbox" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    for file_name, content in (files or {}).items():
        (folder / file_name).write_bytes(content)
    entries = [{"name": file_name, "sm3": sm3_of(folder / file_name)} for file_name in files or {}]
    stated = {"source": "police", "kind": "full", "as_of": AS_OF, "files": entries} if manifest is None else manifest
    text = stated if isinstance(stated, bytes) else json.dumps(stated, ensure_ascii=False).encode()
    (folder / "manifest.json").write_bytes(text)
    return folder


def stating(*names: str) -> dict[str, Any]:
    """A manifest that lists files without their digests."""
    return {"source": "police", "kind": "full", "as_of": AS_OF, "files": [{"name": name} for name in names]}


def receive(product: Product, name: str, *, wait: float = 60) -> tuple[list[Answer], Job]:
    """A folder of the inbox through the pages: the list, the folder's own page, and the job; every answer, and the job."""
    client = product.client(OPERATOR)
    listing = client.get("/deliveries/receive/")
    shown = client.get(f"/deliveries/inbox/?folder={name}")
    words = {"folder": name, "go": "1", "source": "police", "kind": "full", "as_of": AS_OF}
    started = client.post("/deliveries/inbox/", words, token=client.token("/sign-out/"))
    job = ended(product, number_of(started), wait=wait)
    told = [client.get(f"/jobs/{job.number}/")] if job.number else []
    return [listing, shown, started, *told], job


def take_away(product: Product, *names: str) -> None:
    """The folders of the inbox again: a bad one spoils the list for the next attack."""
    for name in names:
        shutil.rmtree(product.home / "inbox" / name, ignore_errors=True)


def wrong_pages(answers: Sequence[Answer]) -> list[str]:
    return [f"page answered {answer.status}" for answer in answers if answer.status >= 500]


def holds(path: Path, mark: bytes) -> bool:
    """Whether a file contains a mark in clear."""
    with path.open("rb") as file:
        before = b""
        while piece := file.read(1 << 20):
            if mark in before + piece:
                return True
            before = piece[-len(mark) :]
    return False


def rows_of(product: Product, job: Job) -> int | None:
    """The rows of the first delivery that a job received; None where it received none."""
    batch = (job.result.get("batches") or [0])[0]
    query = "select d.rows from batch b join delivery d on d.id = b.delivery_id where b.id = %s"
    return product.database.value(query, batch)


def leftovers(product: Product, mark: bytes = b"", *, since: float = 0) -> list[str]:
    """Half-written and spilt files in the home, and whatever holds the mark outside `uploads` and `inbox`.

    since: files that were not written after this moment do not count.
    """
    found = []
    for path in product.home.rglob("*"):
        parts = path.relative_to(product.home).parts
        if parts[0] in ("postgres", "city", "static", "uploads", "inbox") or not path.is_file() or path.is_symlink():
            continue
        if path.stat().st_mtime < since:
            continue
        if path.name.startswith("spill") or path.name.endswith(".part") or parts[0] == "tmp":
            found.append("/".join(parts))
        elif mark and parts[0] != "evidence" and holds(path, mark):
            found.append(f"{'/'.join(parts)} (in clear)")
    return found
