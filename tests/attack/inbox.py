"""What lies in the inbox: links, names that lead elsewhere or mean several files, manifests no program wrote (entries 3, 20, 22)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

from tests.attack.clients import Answer
from tests.attack.deliveries import (
    COLUMNS,
    RECEIVED,
    Job,
    csv_of,
    lay,
    leftovers,
    people,
    receive,
    rows_of,
    stating,
    take_away,
    wrong_pages,
)
from tests.attack.injection import parquet
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.running import Product

PIECE = 8  # characters of a secret that must not be told


def _secrets(product: Product) -> dict[str, str]:
    """By the file that holds it, a piece of it that stands nowhere else."""
    home = product.home
    found = {
        name: (home / name).read_text().strip() for name in ("secret_key", "credentials.json") if (home / name).exists()
    }
    return {name: text[20 : 20 + 3 * PIECE] for name, text in found.items()}


def _told(product: Product, answers: list[Answer], job: Job, since: float) -> list[str]:
    """Which secrets an answer, the job or a file of the home repeats that was written since a moment."""
    said = job.message + json.dumps(job.result, ensure_ascii=False) + "".join(answer.text for answer in answers)
    found = []
    for name, secret in _secrets(product).items():
        found += [f"a page tells {name}"] if secret[:PIECE] in said else []
        found += [
            f"{name} lies in {place}"
            for place in leftovers(product, secret.encode(), since=since)
            if not place.startswith(name)
        ]
    return found


def _sent(
    product: Product, prepare: Callable[[Path, Path], None], *, name: str, file_name: str = "police.csv"
) -> Outcome:
    """A folder whose manifest names one file that `prepare(folder, secret)` makes, once for each secret."""
    holes, ends, began = [], [], time.time()
    for secret in _secrets(product):
        for manifest in (stating(file_name), b""):
            folder = lay(product, name, manifest=manifest)
            if not manifest:
                (folder / "manifest.json").unlink()
            prepare(folder, product.home / secret)
            answers, job = receive(product, name)
            take_away(product, name)
            holes += [*_told(product, answers, job, began), *wrong_pages(answers)]
            holes += [f"{secret}: it was received"] if job.result.get("batches") else []
            ends.append(job.state if job.number else f"page {answers[2].status}")
    return judged(holes, f"nothing told; {', '.join(ends)}; {job.message[:120]}")


@attack("3", events=RECEIVED, order=10)
def symbolic_link(product: Product) -> Outcome:
    """A file of a delivery in the inbox is a symbolic link to a secret."""
    return _sent(
        product, lambda folder, secret: (folder / "police.csv").symlink_to(secret), name=f"link-{token_hex(3)}"
    )


@attack("3", events=RECEIVED, order=10)
def hard_link(product: Product) -> Outcome:
    """A file of a delivery in the inbox is a second name of a secret."""
    return _sent(product, lambda folder, secret: os.link(secret, folder / "police.csv"), name=f"hard-{token_hex(3)}")


@attack("3", events=RECEIVED, order=10)
def folder_link(product: Product) -> Outcome:
    """A folder inside a delivery is a link to the home, and the manifest names a file below it."""
    name = f"below-{token_hex(3)}"
    holes, ends, began = [], [], time.time()
    for secret in _secrets(product):
        folder = lay(product, name, manifest=stating(f"more/{secret}"))
        (folder / "more").symlink_to(product.home)
        answers, job = receive(product, name)
        take_away(product, name)
        holes += [*_told(product, answers, job, began), *wrong_pages(answers)]
        ends.append(f"{job.state} {job.message[:80]}")
    return judged(holes, f"nothing told; {'; '.join(ends)}")


@attack("3", events=RECEIVED, order=10)
def manifest_link(product: Product) -> Outcome:
    """The manifest itself, or the whole folder, is a link."""
    name, other = f"man-{token_hex(3)}", f"whole-{token_hex(3)}"
    holes, began = [], time.time()
    for secret in _secrets(product):
        folder = lay(product, name, {"police.csv": csv_of(people(3))})
        (folder / "manifest.json").unlink()
        (folder / "manifest.json").symlink_to(product.home / secret)
        answers, job = receive(product, name)
        holes += [*_told(product, answers, job, began), *wrong_pages(answers)]
    take_away(product, name)
    (product.home / "inbox" / other).symlink_to(product.home)
    answers, whole = receive(product, other)
    (product.home / "inbox" / other).unlink()
    holes += [*_told(product, answers, whole, began), *wrong_pages(answers)]
    return judged(holes, f"nothing told; {job.message[:80]}; whole folder: page {answers[1].status}")


@attack("3", events=RECEIVED, order=10)
def way_out_by_name(product: Product) -> Outcome:
    """The manifest names files outside its folder."""
    holes, ends, began = [], [], time.time()
    for path in ("../../secret_key", str(product.home / "secret_key"), "./../../secret_key", "a/../../../secret_key"):
        name = f"out-{token_hex(3)}"
        lay(product, name, manifest=stating(path))
        answers, job = receive(product, name)
        take_away(product, name)
        holes += [*_told(product, answers, job, began), *wrong_pages(answers)]
        ends.append(job.state)
    return judged(holes, f"{', '.join(ends)}; {job.message[:100]}")


@attack("20", events=RECEIVED, order=11)
def name_that_means_several(product: Product) -> Outcome:
    """A listed file is called *.parquet, and others lie beside it: only what was digested may be read."""
    holes, ends = [], []
    for file_name in ("*.parquet", "[ab].parquet", "?.parquet", "*.csv"):
        name = f"glob-{token_hex(3)}"
        content = parquet(COLUMNS) if file_name.endswith("parquet") else csv_of(people(5))
        folder = lay(product, name, {file_name: content})
        for letter in "abc":
            (folder / f"{letter}{Path(file_name).suffix}").write_bytes(content)
        _, job = receive(product, name)
        take_away(product, name)
        rows = rows_of(product, job)
        holes += [f"{file_name}: {rows} rows of 5 that were digested"] if rows not in (None, 5) else []
        ends.append(f"{file_name} {job.state}")
    return judged(holes, f"{', '.join(ends)}; {job.message[:80]}")


@attack("3", events=RECEIVED, order=11)
def sentence_repeats_cells(product: Product) -> Outcome:
    """A file whose first cells are personal: the refusal must not repeat them."""
    first = "50090119900101001X李四五六七八九十"
    holes = []
    for content in (f"{first}\n{first}\n", f"{first},{first}2\n1,2\n", f"{first},,\n姓名,性别,号码\n"):
        name = f"cells-{token_hex(3)}"
        lay(product, name, {"police.csv": content.encode()})
        answers, job = receive(product, name)
        take_away(product, name)
        said = job.message + "".join(answer.text for answer in answers)
        holes += [f"told: {job.message[:60]}"] if first in said or first[:18] in said else []
    return judged(holes, job.message[:150])


@attack("22", events=(), order=12)
def deep_manifest(product: Product) -> Outcome:
    """Manifests that are nested a hundred thousand deep, or hold numbers and names of unheard-of length."""
    shapes: dict[str, bytes] = {
        "deep lists": b"[" * 100_000 + b"]" * 100_000,
        "deep objects": b'{"files":' * 50_000 + b"1" + b"}" * 50_000,
        "name of 5,000": json.dumps(stating("n" * 5000 + ".csv")).encode(),
        "name of 5,000 signs": json.dumps(stating("姓" * 5000 + ".csv")).encode(),
        "null in a name": json.dumps(stating("a\0b.csv")).encode(),
        "lone surrogate": b'{"source":"police","kind":"full","as_of":"2026-10-31","files":[{"name":"\\ud800.csv"}]}',
        "long number": b'{"source":"police","kind":"full","as_of":"2026-10-31","files":[{"name":"a.csv","rows":' + b"9" * 5000 + b"}]}",
        "number with exponent": b'{"source":"police","kind":"full","as_of":"2026-10-31","files":[{"name":"a.csv","rows":1e999}]}',
        "date of year 0": b'{"source":"police","kind":"full","as_of":"0000-00-00","files":[{"name":"a.csv"}]}',
        "source of 1 MB": json.dumps(stating("a.csv") | {"source": "p" * 10**6}).encode(),
        "100,000 files": json.dumps(stating(*(f"{n}.csv" for n in range(100_000)))).encode(),
        "files as text": json.dumps(stating("a.csv") | {"files": ["a.csv"]}).encode(),
        "as_of as list": json.dumps(stating("a.csv") | {"as_of": [["2026"]]}).encode(),
        "same key twice": b'{"files":[{"name":"a.csv"}],"files":[{"name":"../../secret_key"}],"source":"police","kind":"full","as_of":"2026-10-31"}',
        "not Unicode": b"\xff\xfe\x00\xd8" * 100,
    }  # fmt: skip
    holes = []
    for what, manifest in shapes.items():
        name = f"deep-{token_hex(3)}"
        lay(product, name, {"a.csv": csv_of(people(3))}, manifest=manifest)
        answers, job = receive(product, name, wait=30)
        take_away(product, name)
        holes += [f"{what}: {hole}" for hole in wrong_pages(answers)]
        holes += [f"{what}: {job.says}"] if "程序内部错误" in job.message or job.state == "RUNNING" else []
    return judged(holes, f"{len(shapes)} manifests, each answered with a sentence")


@attack("22", events=(), order=12)
def long_folder_name(product: Product) -> Outcome:
    """Folder names of the inbox that are long, strange, or asked for without being there."""
    name = "夹" * 80
    lay(product, name, {"a.csv": csv_of(people(3))})
    client = product.client("MUNICIPAL_OPERATOR")
    asked = (name, "x" * 5000, "..", "../..", "%00", "a/b", "%ED%A0%80", ".")
    answers = [client.get(f"/deliveries/inbox/?folder={_quoted(each)}") for each in asked]
    take_away(product, name)
    return judged(wrong_pages(answers), f"answers {[answer.status for answer in answers]}")


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="%")


@attack("3", order=13)
def special_files(product: Product) -> Outcome:
    """Pipes and device files in a delivery: nobody waits for them for ever."""
    name = f"pipe-{token_hex(3)}"
    folder = lay(product, name, manifest=stating("police.csv"))
    os.mkfifo(folder / "police.csv")
    answers, job = receive(product, name, wait=20)
    take_away(product, name)
    holes = wrong_pages(answers) + ([f"the job waits: {job.says}"] if job.state in ("RUNNING", "QUEUED") else [])
    if job.state in ("RUNNING", "QUEUED"):
        return judged(holes, "") if holes else not_tried(job.says)
    return judged(holes, job.says)
