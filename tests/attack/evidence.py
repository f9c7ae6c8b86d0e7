"""Papers taken in by a town: PDF and pictures that cost too much, and files that only look like pictures (entry 4)."""

from __future__ import annotations

import re
import threading
import time
from io import BytesIO
from secrets import token_bytes, token_hex

from PIL import Image

from tests.attack import hostile
from tests.attack.bombs import MOST_LATENCY, MOST_MB, MOST_SECONDS
from tests.attack.clients import Answer, Client
from tests.attack.deliveries import leftovers
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.pages import forms_of
from tests.attack.running import Product

_SAID = re.compile(r"没有收存[^<]{3,150}")


def clerk(product: Product) -> Client:
    return product.client("TOWN_CLERK", product.place["town"])


def add(product: Product, name: str, content: bytes, *, client: Client | None = None) -> Answer:
    """One file as the paper of a line of the survey. Raises OSError where no answer comes."""
    client = client or clerk(product)
    path = f"/survey/tasks/{product.place['task']}/evidence/"
    page = client.get(path)
    form = next((each for each in forms_of(page.text) if "kind" in each.choices), None)
    kinds = [value for value in form.choices["kind"] if value] if form else ["OTHER"]
    token = form.fields.get("csrfmiddlewaretoken", "") if form else client.token(path)
    return client.post(f"{path}add/", {"kind": kinds[0]}, token=token, files=[("chosen", name, content)])


def kept(product: Product, after: int) -> int:
    """The newest paper that was added after another; 0 for none."""
    return int(product.database.value("select coalesce(max(id), 0) from evidence where id > %s", after) or 0)


def last(product: Product) -> int:
    return kept(product, 0)


def _tried(product: Product, name: str, content: bytes, *, may_be_kept: bool = False) -> tuple[list[str], str]:
    """Upload, and view what was kept; the holes, and what was answered."""
    assert product.watch
    # after two heavy papers an account has to wait, and other attacks spend the budgets of the common one
    _, client = product.fresh("TOWN_CLERK", product.place["town"])
    before, began, holes, says = last(product), time.monotonic(), [], ""
    pids = set(product.watch.pids("web"))
    try:
        answer = add(product, name, content, client=client)
        found = _SAID.search(answer.text)
        says = f"{name}: {answer.status} {found[0] if found else ''}"
        if answer.status >= 500:
            holes.append(f"{name}: the page answered {answer.status}")
        if number := kept(product, before):
            if not may_be_kept:
                holes.append(f"{name}: it was kept")
            for path in (f"/evidence/{number}/", f"/evidence/{number}/pages/1/"):
                shown = client.get(path)
                says += f", view {shown.status} in {shown.seconds:.1f} s"
                holes += [f"{name}: viewing answered {shown.status}"] if shown.status >= 500 else []
    except OSError as error:
        holes.append(f"{name}: no answer ({type(error).__name__} after {time.monotonic() - began:.0f} s)")
    seconds = time.monotonic() - began
    if seconds > MOST_SECONDS:
        holes.append(f"{name}: took {seconds:.0f} s")
    if (highest := product.watch.highest_of("web", "worker", "reader")) > MOST_MB:
        holes.append(f"{name}: a process grew to {highest:.0f} MB")
    if pids - set(product.watch.pids("web")):
        holes.append(f"{name}: a web process was lost")
    return holes, says


def _untouched(product: Product, began: float) -> list[str]:
    assert product.watch
    longest = product.watch.longest_since(began)
    return [f"the sign-in page took {longest:.0f} ms meanwhile"] if longest > MOST_LATENCY else []


@attack("4", events=("EVIDENCE_TOO_HEAVY",), is_heavy=True, order=70)
def heavy_pdf(product: Product) -> Outcome:
    """A PDF of some 600 kB draws ten million rectangles: half a minute and 3.6 GB in the process that opens it."""
    began = time.monotonic()
    holes, says = _tried(product, "heavy.pdf", hostile.heavy_pdf() + b"%" + token_hex(4).encode())
    return judged(holes + _untouched(product, began), says)


@attack("4", events=("EVIDENCE_TOO_HEAVY",), is_heavy=True, order=71)
def heavy_pages(product: Product) -> Outcome:
    """A PDF of fifty pages, each of a million rectangles."""
    began = time.monotonic()
    holes, says = _tried(
        product, "pages.pdf", hostile.heavy_pdf(shapes=1_000_000, pages=50) + b"%" + token_hex(4).encode()
    )
    return judged(holes + _untouched(product, began), says)


@attack("4", is_heavy=True, order=72)
def picture_bombs(product: Product) -> Outcome:
    """Pictures of up to 4 milliard pixels, and of as many as are allowed; comments that unpack to 100 MB."""
    began, holes, ends = time.monotonic(), [], []
    bombs = {
        "grey.png": hostile.png(30_000, 30_000),
        "long.png": hostile.png(1, 59_000_000, depth=1),
        "wide.png": hostile.png(59_000_000, 1, depth=1),
        "comment.png": hostile.png(100, 100, depth=8, more=hostile.packed_text()),
        "header.jpg": hostile.jpeg_header(65_500, 65_500),
        "allowed.png": hostile.png(7700, 7700, depth=8, colour=6, more=hostile.chunk(b"tEXt", b"A\0" + token_hex(4).encode())),
        "deep.png": hostile.png(7700, 7700, depth=16, colour=6, more=hostile.chunk(b"tEXt", b"A\0" + token_hex(4).encode())),
    }  # fmt: skip
    for name, content in bombs.items():
        wrong, says = _tried(product, name, content, may_be_kept=True)
        holes += wrong
        ends.append(says)
    return judged(holes + _untouched(product, began), "; ".join(ends))


@attack("4", is_heavy=True, order=73)
def many_at_once(product: Product) -> Outcome:
    """Eight clerks send pictures of the allowed size in the same moment."""
    began, statuses = time.monotonic(), []
    content = [hostile.png(7700, 7700, depth=8, colour=6, more=hostile.chunk(b"tEXt", b"A\0" + token_bytes(4).hex().encode()))
               for _ in range(8)]  # fmt: skip
    clients = [product.fresh("TOWN_CLERK", product.place["town"])[1] for _ in content]

    def send(client: Client, picture: bytes) -> None:
        try:
            statuses.append(add(product, "a.png", picture, client=client).status)
        except OSError as error:
            statuses.append(type(error).__name__)

    threads = [threading.Thread(target=send, args=each) for each in zip(clients, content, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert product.watch
    holes = _untouched(product, began)
    if (highest := product.watch.highest_of("web", "worker", "reader")) > MOST_MB:
        holes.append(f"a process grew to {highest:.0f} MB")
    holes += [f"an upload answered {status}" for status in statuses if isinstance(status, str) or status >= 500]
    return judged(holes, f"answers {statuses}", was_refused=False)


@attack("4", events=("EVIDENCE_TOO_HEAVY",), is_heavy=True, order=99)
def endless_drawing(product: Product) -> Outcome:
    """A PDF of 3 kB whose forms draw each other 12^12 times, and one whose picture has 900 million pixels: viewed."""
    began, holes, ends = time.monotonic(), [], []
    for name, content in (("wide.pdf", hostile.wide_pdf()), ("nested.pdf", hostile.nested_pdf())):
        wrong, says = _tried(product, name, content + b"%" + token_hex(4).encode(), may_be_kept=True)
        holes += wrong
        ends.append(says)
    return judged(holes + _untouched(product, began), "; ".join(ends))


@attack("held", order=30)
def not_a_picture(product: Product) -> Outcome:
    """SVG, HTML, GIF and files that begin like a picture and are something else are not taken in, and never shown as they came."""
    good = BytesIO()
    Image.new("RGB", (20, 20), "red").save(good, "JPEG", comment=b"<script>alert(1)</script>")
    files = {
        "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "a.png": b"<html><script>alert(1)</script></html>",
        "b.png": b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>",
        "a.jpg": b"\xff\xd8\xff<html><script>alert(1)</script></html>",
        "a.gif": b"GIF89a" + b"\0" * 40,
        "a.pdf": b"%PDF-1.7\n<html><script>alert(1)</script></html>",
        "empty.png": b"",
        "a.tif": b"II*\0" + b"\0" * 40,
        "mz.jpg": b"MZ" + b"\0" * 100,
    }
    holes = [hole for name, content in files.items() for hole in _tried(product, name, content)[0]]
    before = last(product)
    add(product, "good.jpg", good.getvalue() + b"<script>alert(2)</script>" + token_bytes(4))
    number = kept(product, before)
    shown = clerk(product).get(f"/evidence/{number}/pages/1/")
    if number and (b"script" in shown.body or shown.headers.get("Content-Type") != "image/png"):
        holes.append("the uploaded bytes are shown as they came")
    return judged(holes, f"{len(files)} refused; a JPEG with a script in it is drawn anew ({shown.status})")


@attack("held", order=31)
def papers_are_locked(product: Product) -> Outcome:
    """What was taken in lies encrypted, and nothing of an upload stays beside it."""
    mark = f"MARK{token_hex(12)}".encode()
    out = BytesIO()
    Image.new("RGB", (30, 30), "blue").save(out, "JPEG", comment=mark)
    before, began = last(product), time.time()
    answer = add(product, f"{token_hex(3)}.jpg", out.getvalue())
    found = leftovers(product, mark, since=began)
    lying = [path for path in (product.home / "evidence").rglob("*") if path.is_file() and mark in path.read_bytes()]
    rest = [path.name for path in (product.home / "uploads").glob("*.upload*")]
    open_to_all = [
        path.name for path in (product.home / "evidence").rglob("*") if path.is_file() and path.stat().st_mode & 0o077
    ]
    holes = [f"in clear: {name}" for name in [*found, *(path.name for path in lying)]]
    holes += [f"left in uploads: {rest}"] if rest else []
    holes += [f"readable by others: {open_to_all[:3]}"] if open_to_all else []
    holes += [] if kept(product, before) else [f"a good picture was not kept: {answer.status}"]
    return judged(holes, "encrypted, mode 0600, nothing beside it", was_refused=False)
