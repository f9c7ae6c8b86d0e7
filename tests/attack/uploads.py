"""Filling the disk through the pages, and what an upload leaves readable (entries 12, 24)."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
from secrets import token_hex

from canbao.rules.uploads import DELIVERY
from tests.attack.bombs import give_up
from tests.attack.clients import Client
from tests.attack.deliveries import AS_OF, OPERATOR, csv_of, people, rows_of, upload
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product
from tests.attack.sockets import MB, Sent, stream

PATH = "/deliveries/receive/"
MOST = 4 * MB  # that may reach the disk before the product has looked who sends it
SENT = 48 * MB


def _lying(product: Product) -> int:
    """Bytes in the folder of uploads."""
    total = 0
    for path in (product.home / "uploads").rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def _streamed(product: Product, client: Client, path: str, **how: object) -> tuple[Sent, int]:
    """What was sent, and how far the folder grew meanwhile."""
    before, most = _lying(product), [0]

    def look(_: int) -> None:
        most[0] = max(most[0], _lying(product) - before)

    sent = stream(client, path, size=SENT, each=look, **how)  # type: ignore[arg-type]
    look(0)
    return sent, most[0]


@attack("12", events=("UPLOAD_REFUSED",), order=55)
def upload_without_right(product: Product) -> Outcome:
    """A village worker streams to the page of deliveries: nothing reaches the disk."""
    client = product.client("VILLAGE_SURVEYOR", product.place["village"])
    holes, ends = [], []
    for what, how in (("plain", {}), ("chunked", {"is_chunked": True})):
        sent, lay = _streamed(product, client, PATH, **how)
        ends.append(f"{what}: {sent.status} after {sent.bytes // MB} MB, {lay // MB} MB on the disk")
        holes += (
            [f"{what}: {lay // MB} MB on the disk of {sent.bytes // MB} sent, answer {sent.status}"]
            if lay > MOST
            else []
        )
    return judged(holes, "; ".join(ends))


@attack("12", events=("UPLOAD_REFUSED",), order=55)
def upload_to_other_pages(product: Product) -> Outcome:
    """Anybody who is not signed in, and anybody who is, streams to pages that take no files."""
    village = product.client("VILLAGE_SURVEYOR", product.place["village"])
    clerk = product.client("TOWN_CLERK", product.place["town"])
    tries = [(Client(product.port), "/sign-in/"), (Client(product.port), PATH), (village, "/field/found/new/"), (village, "/api/v1/field/found"),
             (clerk, f"/survey/tasks/{product.place['task']}/evidence/add/"), (clerk, "/search/")]  # fmt: skip
    holes, ends = [], []
    for client, path in tries:
        sent, lay = _streamed(product, client, path, claims=SENT + 200 * MB)
        ends.append(f"{path} {sent.status}")
        holes += [f"{path}: {lay // MB} MB on the disk, answer {sent.status}"] if lay > MOST else []
        holes += [f"{path}: answered {sent.status}"] if sent.status >= 500 else []
    return judged(holes, ", ".join(ends))


@attack("12", events=("UPLOAD_REFUSED",), order=55)
def upload_beyond_measure(product: Product) -> Outcome:
    """The operator, who may upload, announces five hundred GB: refused before the first byte."""
    client = product.client(OPERATOR)
    sent, lay = _streamed(product, client, PATH, claims=500 << 30)
    refused = 400 <= sent.status < 500
    holes = [] if refused else [f"answer {sent.status} after {sent.bytes // MB} MB, {lay // MB} MB on the disk"]
    return judged(holes, f"{sent.status} after {sent.bytes // MB} MB")


@attack("12", events=("UPLOAD_REFUSED",), order=56)
def many_uploads(product: Product) -> Outcome:
    """The operator, who has sent most of what a day allows, uploads again and again: the quota of the day stops it."""
    account, client = product.fresh(OPERATOR)
    product.database.run(
        "insert into upload_use (account, \"on\", size, uploads) values (%s, (now() at time zone 'Asia/Shanghai')::date, %s, 1)",
        account.name, DELIVERY.a_day - 100 * MB,
    )  # fmt: skip
    token, statuses, before = client.token(PATH), [], _lying(product)
    block = csv_of(people(3)) + b"#" * (20 * MB)
    words = {"source": "police", "kind": "full", "as_of": AS_OF}
    for _ in range(60):
        answer = client.post(PATH, words, token=token, files=[("chosen", f"{token_hex(4)}.csv", block)])
        statuses.append(answer.status)
        if answer.status != 302 or _lying(product) - before > 1200 * MB:
            break
    lay = (_lying(product) - before) // MB
    give_up(product)
    for folder in (product.home / "uploads").iterdir():
        shutil.rmtree(folder, ignore_errors=True)
    stopped = statuses[-1] in (400, 403, 413, 422, 429, 507)
    holes = [] if stopped else [f"{len(statuses)} uploads, {lay} MB in uploads, nothing stopped it"]
    return judged(holes, f"stopped with {statuses[-1]} after {len(statuses)} uploads, {lay} MB")


@attack("24", order=56)
def modes_of_uploads(product: Product) -> Outcome:
    """What was uploaded can be read by nobody else of the machine."""
    name = f"{token_hex(4)}.csv"
    _, job = upload(product, {name: csv_of(people(3))})
    found = list((product.home / "uploads").rglob(name))
    holes = [f"{path.name} has mode {path.stat().st_mode & 0o777:o}" for path in found if path.stat().st_mode & 0o077]
    return judged(holes, f"{len(found)} files, 0600; {job.state}", was_refused=False)


@attack("24", order=56)
def formulas_in_errors(product: Product) -> Outcome:
    """Cells that a spreadsheet would run come back in the file of errors as text."""
    formulas = (
        '=HYPERLINK("http://a.invalid","x")',
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1)",
        "\t=1+1",
        "\r=1+1",
        "＝1+1",
    )
    rows = [
        row | {"户籍地址": formula, "出生日期": "不是日期", "公民身份号码": "1"}
        for row, formula in zip(people(7), formulas, strict=True)
    ]
    for row, formula in zip(rows, formulas, strict=True):
        row["姓名"] = formula
    _, job = upload(product, {f"{token_hex(4)}.csv": csv_of(rows + people(30))})
    batch = (job.result.get("batches") or [0])[0]
    client = product.client(OPERATOR)
    page = client.get(f"/batches/{batch}/")
    names = [part.split('"')[0].rsplit("/", 1)[-1] for part in page.text.split(f'href="/batches/{batch}/errors/')[1:]]
    texts = [client.get(f"/batches/{batch}/errors/{name}").text for name in names if name.endswith(".csv")]
    bad = [cell for text in texts for cell in _cells(text) if _runs(cell)]
    if not texts:
        return judged([f"no file of errors: {job.says}"], "")
    return judged(
        [f"{len(bad)} cells as they came: {bad[0][:30]}"] if bad else [],
        f"{rows_of(product, job)} rows, {len(texts)} files",
    )


def _runs(cell: str) -> bool:
    """Whether a spreadsheet may run it; a tab before a digit keeps a number or date a text."""
    return len(cell) > 2 and cell[0] in "=+-@\t\r＝" and not (cell[0] == "\t" and cell[1].isdigit())


def _cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row if cell]
