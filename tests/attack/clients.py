"""An attacker over HTTP: a browser without a screen, signed in by password and second factor like everybody else."""

from __future__ import annotations

import base64
import hmac
import http.client
import re
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from secrets import token_hex
from urllib.parse import quote, urlencode, urljoin, urlsplit

from tests.attack.pages import Form, forms_of

STEP = 30  # seconds of a code of the second factor
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"|"X-CSRFToken": "([^"]+)"')
MANUAL = re.compile(r"\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b")
RECOVERY = re.compile(r"\b[2-9a-hjkmnp-z]{5}-[2-9a-hjkmnp-z]{5}\b")
Files = Sequence[tuple[str, str, bytes]]  # field, file name, content


class NotSignedIn(Exception):
    """The product did not let this account in; the text says where it stopped."""


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


@dataclass
class Account:
    """secret: of the second factor, once it is set up; recovery: codes that were not used yet; step: of the last code used."""

    name: str
    password: str
    secret: str = ""
    recovery: list[str] = field(default_factory=list)
    step: int = 0

    def code(self) -> str:
        """The code of this moment; waits for the next when it was used."""
        while (now := int(time.time()) // STEP) <= self.step:
            time.sleep(0.5)
        self.step = now
        return code_of(self.secret, now)


def code_of(secret: str, step: int) -> str:
    """RFC 6238 with SHA-1 and six digits; secret: base 32."""
    mac = hmac.digest(base64.b32decode(secret.replace(" ", "")), struct.pack(">Q", step), sha1)
    number = struct.unpack(">I", mac[mac[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


class Client:
    """A browser. source: the loopback address it comes from; its cookies are kept from one request to the next."""

    def __init__(self, port: int, *, source: str = "127.0.0.1", timeout: float = 120) -> None:
        self.port, self.source, self.timeout = port, source, timeout
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", close: bool = True
    ) -> Answer:
        """One request on a connection of its own. Raises OSError, http.client.HTTPException."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout, source_address=(self.source, 0))
        try:
            line.request(
                method, quote(path, safe="/?&=%#:+,;@!$'()*~"), body or None, self.headers() | dict(headers or {})
            )
            answer = line.getresponse()
            content = answer.read()
        finally:
            line.close()
        self._keep(answer.headers)
        return Answer(answer.status, answer.headers, content, time.monotonic() - began)

    def headers(self) -> dict[str, str]:
        """What every request of this browser says."""
        said = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())} if self.cookies else {}
        return {"Accept": "text/html", "Accept-Language": "zh-CN", **said}

    def token(self, path: str = "/sign-in/") -> str:
        """The token of forms."""
        found = TOKEN.search(self.get(path).text)
        return (found[1] or found[2]) if found else ""

    def post(
        self, path: str, fields: Mapping[str, str], *, token: str = "", files: Files = (), **headers: str
    ) -> Answer:
        """fields and files as a form; the token is fetched from `path` itself when it is not given."""
        sent = {"csrfmiddlewaretoken": token or self.token(path), **fields}
        kind, body = (
            multipart(sent, files) if files else ("application/x-www-form-urlencoded", urlencode(sent).encode())
        )
        more = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.ask("POST", path, headers={"Content-Type": kind, **more}, body=body)

    def submit(self, path: str, fields: Mapping[str, str], *, to: str = "", files: Files = ()) -> Answer:
        """The form of a page with some fields filled in. to: part of the action of the form, where there are several."""
        page = self.get(path)
        form = next((each for each in forms_of(page.text) if _is_meant(each, path, fields, to)), None)
        if form is None:
            return page
        target = urlsplit(urljoin(path, form.action or path))
        address = target.path + (f"?{target.query}" if target.query else "")
        sent = {**form.fields, **fields}
        return self.post(address, sent, token=sent.get("csrfmiddlewaretoken", ""), files=files)

    def follow(self, answer: Answer, *, most: int = 6) -> Answer:
        """Redirections to the end."""
        while answer.status in (301, 302, 303) and most:
            where = urlsplit(answer.location)
            answer, most = self.get(where.path + (f"?{where.query}" if where.query else "")), most - 1
        return answer

    def sign_in(self, account: Account) -> Client:
        """Through every page that stands between the password and the work. Raises NotSignedIn."""
        answer = self.submit("/sign-in/", {"name": account.name, "password": account.password})
        if answer.status not in (302, 303):
            raise NotSignedIn(f"{account.name}: {answer.status} at the password")
        for _ in range(6):
            path = urlsplit(answer.location).path if answer.status in (302, 303) else "/"
            if path == "/sign-in/":
                break
            answer = self._pass(path, account) or self.get(path)
            if answer.status == 200 and path not in ("/sign-in/code/", "/sign-in/set-up/"):
                return self
        raise NotSignedIn(f"{account.name}: {answer.status} {answer.location}")

    def _pass(self, path: str, account: Account) -> Answer | None:
        """What a page before the work asks for; None where it is no such page."""
        if path == "/sign-in/code/" and account.recovery:
            return self.submit(f"{path}?recover", {"code": account.recovery.pop()}, to="code")
        if path == "/sign-in/code/":
            return self.submit(path, {"code": account.code()}, to="code")
        if path == "/sign-in/password/":
            return self._change(path, account)
        return self._set_up(path, account) if path == "/sign-in/set-up/" else None

    def _change(self, path: str, account: Account) -> Answer:
        new = f"Aa1%{token_hex(8)}"
        answer = self.submit(path, {"old": account.password, "new": new, "again": new}, to="password")
        if answer.status in (302, 303):
            account.password = new
        return answer

    def _set_up(self, path: str, account: Account) -> Answer:
        page = self.get(path)
        found = MANUAL.search(page.text)
        if not found:
            return page
        account.secret = found[0].replace(" ", "")
        answer = self.post(path, {"code": account.code(), "next": ""}, token=self.token(path))
        account.recovery = RECOVERY.findall(answer.text)
        return self.get("/") if answer.status == 200 and account.recovery else answer

    def _keep(self, headers: http.client.HTTPMessage) -> None:
        for cookie in headers.get_all("Set-Cookie") or []:
            key, _, value = cookie.split(";")[0].partition("=")
            if value in ("", '""'):
                self.cookies.pop(key, None)
            else:
                self.cookies[key] = value


def _is_meant(form: Form, path: str, fields: Mapping[str, str], to: str) -> bool:
    """Every page has forms of its frame beside its own: the one meant has the fields, or the action, that are asked for."""
    if form.method != "post":
        return False
    if to:
        return to in (form.action or path)
    return bool(fields.keys() & {*form.fields, *form.choices, *form.files})


def multipart(fields: Mapping[str, str], files: Files) -> tuple[str, bytes]:
    """A form with files: its content type, and its body."""
    edge = f"edge{token_hex(12)}"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, file_name, content in files:
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return f"multipart/form-data; boundary={edge}", b"".join(parts) + f"--{edge}--\r\n".encode()
