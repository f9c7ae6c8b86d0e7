"""Settings and headers, and what must go on holding between sites: forms, sessions, addresses, pages of others (settings, held)."""

from __future__ import annotations

import re
import subprocess
import sys
from secrets import token_hex

from tests.attack.clients import Client
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product

EVIL = "https://evil.invalid"
PLAIN = {f"security.W{number:03d}" for number in (4, 8, 10, 11, 12, 16)}  # plain HTTP, which stays on the loopback


@attack("settings", order=32)
def deployment_check(product: Product) -> Outcome:
    """`check --deploy` has nothing to say, behind a proxy and without."""
    holes = []
    for more in ({"CANBAO_TLS": "1"}, {}):
        done = subprocess.run(
            [sys.executable, "-m", "django", "check", "--deploy"], capture_output=True, text=True, check=False, timeout=120,
            env=product.environment(DJANGO_SETTINGS_MODULE="canbao.config.settings", CANBAO_LOGIN="web", **more),
        )  # fmt: skip
        found = sorted(set(re.findall(r"security\.W\d+", done.stderr + done.stdout)))
        allowed = set() if more else PLAIN
        holes += [f"{name}{' with TLS' if more else ''}" for name in found if name not in allowed]
    return judged(holes, "nothing to say with TLS", was_refused=False)


@attack("settings", order=32)
def headers_of_pages(product: Product) -> Outcome:
    """Every page says what a browser may do with it, and not which server it comes from."""
    clerk = product.client("TOWN_CLERK", product.place["town"])
    holes = []
    for what, answer in (("sign-in", Client(product.port).get("/sign-in/")), ("search", clerk.get("/search/")), ("missing", clerk.get("/nothing/")),
                         ("file", Client(product.port).get("/static/canbao/canbao.css"))):  # fmt: skip
        said = {key.lower(): value for key, value in answer.headers.items()}
        if what != "file":
            for name in (
                "permissions-policy",
                "content-security-policy",
                "x-frame-options",
                "x-content-type-options",
                "referrer-policy",
            ):
                holes += [f"{what}: no {name}"] if name not in said else []
        if "gunicorn" in said.get("server", "").lower():
            holes.append(f"{what}: Server: {said['server']}")
        if what == "search" and "no-store" not in said.get("cache-control", ""):
            holes.append("search may be kept by the browser")
        if (
            "unsafe-inline" in said.get("content-security-policy", "")
            or "*" in said.get("content-security-policy", "").split()
        ):
            holes.append(f"{what}: a loose content policy")
    return judged(sorted(set(holes)), "all there", was_refused=False)


@attack("settings", order=32)
def headers_behind_tls(product: Product) -> Outcome:
    """Behind a TLS proxy cookies are for TLS only, the browser is told to stay on it, and only the proxy's word counts."""
    from tests.attack.running import Product as Another
    from tests.attack.running import free_port

    other = Another(product.folder / f"tls-{token_hex(3)}", people=product.people)
    other.folder.mkdir()
    (other.folder / "home").symlink_to(product.home)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "canbao.config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "1"],
        env=product.environment(CANBAO_TLS="1", CANBAO_LOGIN="web", DJANGO_SETTINGS_MODULE="canbao.config.settings"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        import time

        client = Client(port, timeout=10)
        for _ in range(100):
            try:
                answer = client.ask(
                    "GET", "/sign-in/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.1.2.3"}
                )
                break
            except OSError:
                time.sleep(0.2)
        plain = Client(port, timeout=10).get("/sign-in/")
    finally:
        process.terminate()
        process.wait(20)
    cookies = answer.headers.get_all("Set-Cookie") or []
    holes = [f"a cookie without Secure: {cookie.split('=')[0]}" for cookie in cookies if "secure" not in cookie.lower()]
    holes += (
        []
        if "strict-transport-security" in {key.lower() for key in answer.headers}
        else ["no Strict-Transport-Security"]
    )
    return judged(holes, f"over TLS {answer.status}, in the clear {plain.status}", was_refused=False)


@attack("held", order=33)
def forged_forms(product: Product) -> Outcome:
    """Forms and requests of other sites are refused: without the token, with another's, and signing in as well."""
    clerk = product.client("TOWN_CLERK", product.place["town"])
    stranger = Client(product.port)
    other = stranger.token()
    tries = {
        "no token": clerk.ask("POST", "/search/", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=b"q=1"),
        "another's token": clerk.post("/search/", {"q": "1"}, token=other),
        "sign-in without a token": Client(product.port).ask(
            "POST", "/sign-in/", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=b"name=a&password=b"),
        "sign-in with another's token": Client(product.port).post("/sign-in/", {"name": "a", "password": "b"}, token=other),
        "device without a token": product.client("VILLAGE_SURVEYOR", product.place["village"]).ask(
            "POST", "/api/v1/field/found", headers={"Content-Type": "application/json"}, body=b"{}"),
        "text/plain": product.client("VILLAGE_SURVEYOR", product.place["village"]).ask(
            "POST", "/api/v1/field/visits", headers={"Content-Type": "text/plain"}, body=b"{}"),
        "foreign origin": clerk.post("/search/", {"q": "1"}, token=clerk.token("/search/"), Origin=EVIL),
    }  # fmt: skip
    holes = [f"{what}: {answer.status}" for what, answer in tries.items() if answer.status != 403]
    return judged(holes, f"{len(tries)} ways, each 403")


@attack("held", order=33)
def sessions_of_others(product: Product) -> Outcome:
    """A session key that was there before is not the one after signing in; an invented one opens nothing; out is out."""
    account = product.database.make_account("TOWN_CLERK", product.place["town"])
    client = Client(product.port)
    client.cookies["canbao_session"] = fixed = token_hex(16)
    client.sign_in(account)
    holes = ["the key of before the sign-in is used"] if client.cookies.get("canbao_session") == fixed else []
    thief = Client(product.port)
    thief.cookies["canbao_session"] = fixed
    holes += ["an invented session opens a page"] if thief.get("/search/").status == 200 else []
    kept = dict(client.cookies)
    client.submit("/sign-out/", {}, to="/sign-out/")
    thief.cookies = kept
    holes += ["a session that was signed out opens a page"] if thief.get("/search/").status == 200 else []
    return judged(holes, "a new key at each step; nothing of before or after opens a page")


@attack("held", order=33)
def addresses_elsewhere(product: Product) -> Outcome:
    """`next` and the name of the host lead nowhere else."""
    holes = []
    for wanted in (
        EVIL,
        "//evil.invalid/",
        "/\\evil.invalid",
        "javascript:alert(1)",
        "https:evil.invalid",
        "/%0d%0aSet-Cookie:x=1",
        "\thttps://evil.invalid",
    ):
        account = product.database.make_account("TOWN_CLERK", product.place["town"])
        client = Client(product.port)
        answer = client.post(
            "/sign-in/", {"name": account.name, "password": account.password, "next": wanted}, token=client.token()
        )
        if answer.location and not re.match(r"/(?![/\\])", answer.location):
            holes.append(f"{wanted} leads to {answer.location}")
        holes += (
            [f"{wanted}: a header of the attacker's"] if answer.headers.get("Set-Cookie", "").startswith("x=") else []
        )
    for host in ("evil.invalid", "127.0.0.1.evil.invalid", "127.0.0.1:80@evil.invalid"):
        answer = Client(product.port).ask("GET", "/sign-in/", headers={"Host": host})
        holes += [f"Host {host}: {answer.status}"] if answer.status != 400 else []
    return judged(holes, "every `next` stays here, every foreign host 400")


@attack("settings", order=33)
def headers_that_are_nonsense(product: Product) -> Outcome:
    """Encodings that are none of texts, an address that is none, another path: refused or passed over, and no fault."""
    said = [
        {"Content-Type": f"text/plain; charset={name}"} for name in ("rot13", "zlib", "hex", "unicode_escape", "utf-16")
    ]
    said += [{"HX-Request": "true", "HX-Current-URL": "http://["}, {"SCRIPT_NAME": "/x"}]
    answers = [Client(product.port).ask("GET", "/people/1/?a=%5cud800", headers=more).status for more in said]
    return judged([] if max(answers) < 500 else [f"answers {answers}"], f"answers {answers}")


@attack("held", order=34)
def markup_in_names(product: Product) -> Outcome:
    """Names, notes and addresses that are markup, templates or Typst stay text on every page and on paper."""
    import json
    from uuid import uuid4

    village = product.client("VILLAGE_SURVEYOR", product.place["village"])
    mark = token_hex(4)
    evil = f"<img src=x onerror=alert({mark})>{{{{7*7}}}}"
    content = {"client_id": str(uuid4()), "round_id": product.place["round"],
               "facts": {"name": evil[:60], "birth_date": "1988-01-02", "home_address": f"<script>{mark}</script>#read(\"/etc/passwd\")"},
               "note": f"<svg onload=alert({mark})>"}  # fmt: skip
    headers = {"Content-Type": "application/json", "X-CSRFToken": village.token("/field/found/new/")}
    answer = village.ask("POST", "/api/v1/field/found", headers=headers, body=json.dumps(content).encode())
    clerk = product.client("TOWN_CLERK", product.place["town"])
    pages = [
        village.get("/field/found/"),
        clerk.get(f"/survey/{product.place['round']}/found/"),
        clerk.get(f"/survey/{product.place['round']}/list/"),
    ]
    number = product.database.value("select max(id) from found_person")
    pages.append(clerk.get(f"/found/{number}/"))
    holes = [f"markup on a page ({page.status})"
        for page in pages for bad in (f"<script>{mark}", f"onerror=alert({mark})>{{", f"<svg onload=alert({mark}")
             if bad in page.text]  # fmt: skip
    person = product.place["own"][0][0]
    product.database.run(
        "update person set home_address = %s where id = %s",
        '#read("/etc/passwd") #include "secret" $x$ `a` @b <c> \\',
        person,
    )
    printed = clerk.submit(f"/people/{person}/form/", {"shown": "masked"})
    holes += [f"printing answered {printed.status}"] if printed.status >= 500 else []
    if printed.body.startswith(b"%PDF"):
        holes += ["Typst was carried out"] if "root:" in _words(printed.body) else []
    return judged(
        holes,
        f"device {answer.status}, pages {[page.status for page in pages]}, paper {printed.status}",
        was_refused=False,
    )


def _words(document: bytes) -> str:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(document)
    return "".join(page.get_textpage().get_text_range() for page in pdf)
