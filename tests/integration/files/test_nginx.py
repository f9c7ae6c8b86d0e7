"""docs/operate/nginx/nginx.conf as it is shipped, but for ports, names of accounts and files, in front of `canbao serve`."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from random import randbytes

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.files.serving import ROOT, TOWN, Answer, Served, free_port, received, serve, until
from tests.integration.files.test_headers_served import ALWAYS

SHIPPED = ROOT / "docs" / "operate" / "nginx" / "nginx.conf"
DELIVERY_MB = 20
UPLOAD = "/survey/tasks/1/evidence/add/"
FORM = "multipart/form-data; boundary=xyz"


@dataclass
class Front:
    """nginx before the served register."""

    behind: Served
    port: int
    plain_port: int
    log: Path

    @contextmanager
    def sending(self, data: bytes, *, source: str = "127.0.0.1") -> Iterator[ssl.SSLSocket]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(source, 0)) as line,
            context.wrap_socket(line, server_hostname="canbao.example") as safe,
        ):
            safe.sendall(data)
            yield safe

    def ask(self, data: bytes, *, source: str = "127.0.0.1") -> Answer:
        with self.sending(data, source=source) as line:
            return received(line)

    def head(self, method: str, path: str, *, size: int | None = None, cookie: str = "", **more: str) -> bytes:
        made = self.behind.head(method, path, size=size, cookie=cookie, Referer="https://canbao.example/", **more)
        return made.replace(b"Host: localhost", b"Host: canbao.example")

    def get(self, path: str, *, cookie: str = "") -> Answer:
        return self.ask(self.head("GET", path, cookie=cookie))


@pytest.fixture(scope="module")
def front(register: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    looked = subprocess.run(["sh", Path(__file__).parent / "nginx.sh"], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    folder = tmp_path_factory.mktemp("nginx")
    _certificate(folder)
    with serve(register, CANBAO_TLS="1", CANBAO_HOSTS="canbao.example") as behind:
        made = Front(behind, free_port(), free_port(), folder / "canbao.log")
        (folder / "nginx.conf").write_text(_adapted(made, folder))
        command = [looked.stdout.strip(), "-e", folder / "error.log", "-c", folder / "nginx.conf"]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        running = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        try:
            until(lambda: made.get("/sign-in/").status == 200)
            yield made
        finally:
            running.terminate()
            running.wait(30)


def _adapted(front: Front, folder: Path) -> str:
    """The shipped file; whatever is replaced has to stand in it."""
    text = SHIPPED.read_text()
    for shipped, here in {
        "user www-data;": f"user {getuser()};",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/var/log/nginx/error.log": f"{folder}/error.log",
        "/var/log/nginx/canbao.log": f"{folder}/canbao.log",
        "/var/lib/nginx/canbao-body": f"{folder}/body",
        "/var/lib/nginx/canbao-answers": f"{folder}/answers",
        "/etc/ssl/canbao/certificate.pem": f"{folder}/certificate.pem",
        "/etc/ssl/canbao/key.pem": f"{folder}/key.pem",
        "listen 80 ": f"listen 127.0.0.1:{front.plain_port} ",
        "listen 443 ": f"listen 127.0.0.1:{front.port} ",
        "127.0.0.1:8000": f"127.0.0.1:{front.behind.port}",
    }.items():
        assert text.count(shipped) == 1 or shipped == "127.0.0.1:8000", shipped
        text = text.replace(shipped, here)
    return text


def _certificate(folder: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "canbao.example")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def test_fifty_unfinished_requests_do_not_stop_the_application(front: Front) -> None:
    """Twice as many unfinished bodies as the application has threads, and as many unfinished heads, from other terminals."""
    clerk = front.behind.cookie("TOWN_CLERK", TOWN)
    body = front.head("POST", "/sign-in/", size=1000) + b"name=x"
    with ExitStack() as opened:
        for number in range(25):
            opened.enter_context(front.sending(body, source="127.0.0.2"))
            opened.enter_context(
                front.sending(b"GET / HTTP/1.1\r\nHost: x\r\nCook", source=f"127.0.0.{3 + number % 2}")
            )
        for _ in range(20):
            assert front.get("/", cookie=clerk).status == 200
        held = "select count(*) from pg_stat_activity where state ~ 'in transaction'"
        until(lambda: front.behind.query(held) == 0)


def test_the_headers_of_the_application_pass_once_and_say_https(front: Front) -> None:
    clerk = front.behind.cookie("TOWN_CLERK", TOWN)
    with front.sending(front.head("GET", "/", cookie=clerk)) as line:
        came = b""
        while part := line.recv(65536):
            came += part
    names = [line.partition(b":")[0].decode().lower() for line in came.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]]
    assert {*ALWAYS, "strict-transport-security"} - set(names) == set()
    assert len(names) == len(set(names) - {"set-cookie"}) + names.count("set-cookie")
    answer = front.get("/sign-in/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "canbao" not in answer.headers.get("server", "") and not any(map(str.isdigit, answer.headers["server"]))


def test_who_asks_in_the_clear_is_sent_to_https(front: Front) -> None:
    with front.behind.sending(
        b"GET /search/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port=front.plain_port
    ) as line:
        answer = received(line)
    assert (answer.status, answer.headers["location"]) == (301, "https://canbao.example/search/")


def test_nobody_says_himself_where_he_sits(front: Front) -> None:
    form = b"name=nobody-of-this-name&password=x"
    kind = "application/x-www-form-urlencoded"
    token = b"&csrfmiddlewaretoken=" + b"a" * 32
    head = front.head(
        "POST", "/sign-in/", size=len(form + token), cookie=f"canbao_csrf={'a' * 32}", Content_Type=kind,
        X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="http", X_Forwarded_Host="evil.example",
    )  # fmt: skip
    assert front.ask(head + form + token, source="127.0.0.9").status in (200, 422)
    found = "select terminal from journal where event = 'SIGN_IN_FAILED' order by id desc limit 1"
    assert front.behind.query(found) == "127.0.0.9"


def test_the_log_has_no_query_and_no_referer(front: Front) -> None:
    front.get("/sign-in/?next=/search/%3Fq%3DSECRETNAME")
    front.ask(
        front.head("GET", "/sign-in/").replace(b"Referer: https://canbao.example/", b"Referer: https://x/?q=SECRETNAME")
    )
    until(lambda: '"GET /sign-in/" 200' in front.log.read_text())
    assert front.ask(front.head("POST", "/cases/?q=SECRETNAME", size=4_000_000)).status == 413
    until(lambda: '"POST /cases/" 413' in front.log.read_text())
    assert "SECRETNAME" not in front.log.read_text() + (front.log.parent / "error.log").read_text()


@pytest.mark.parametrize(
    ("path", "size"), [("/sign-in/", 70_000), ("/cases/", 4_000_000), ("/api/v1/persons/lookup", 300_000)]
)
def test_too_much_for_its_page_is_refused_by_nginx_with_headers(front: Front, path: str, size: int) -> None:
    answer = front.ask(front.head("POST", path, size=size))
    assert answer.status == 413
    assert (
        answer.headers["x-content-type-options"] == "nosniff"
        and "default-src 'none'" in answer.headers["content-security-policy"]
    )


@pytest.mark.parametrize("path", [UPLOAD, "/deliveries/receive/"])
@pytest.mark.parametrize("role", ["", "SYSTEM_ADMINISTRATOR"])
def test_a_file_of_somebody_who_may_not_is_refused_before_nginx_reads_it(front: Front, path: str, role: str) -> None:
    cookie = front.behind.cookie(role) if role else ""
    answer = front.ask(front.head("POST", path, size=50_000_000, cookie=cookie, Content_Type=FORM))
    assert answer.status == 401


def test_the_page_of_an_upload_opens_and_brings_no_body_along(front: Front) -> None:
    who = front.behind.cookie("MUNICIPAL_OPERATOR")
    assert front.get("/deliveries/receive/", cookie=who).status == 200
    assert front.get("/deliveries/receive/").status == 302
    for more in ({"size": 50_000_000}, {"Transfer_Encoding": "chunked"}):
        assert front.ask(front.head("GET", "/deliveries/receive/", Content_Type=FORM, **more)).status == 401  # type: ignore[arg-type]


def test_nobody_asks_for_another_page_than_the_one_he_sends_to(front: Front) -> None:
    more = {"X_Original_Path": UPLOAD, "X_Original_Length": "1"}
    clerk = front.behind.cookie("TOWN_CLERK", TOWN)
    answer = front.ask(
        front.head("POST", "/deliveries/receive/", size=50_000_000, cookie=clerk, Content_Type=FORM, **more)
    )
    assert answer.status == 401
    assert front.ask(front.head("GET", "/uploads/admission/", cookie=clerk, **more)).status == 404


def test_a_file_of_somebody_who_may_arrives(front: Front) -> None:
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="chosen"; filename="a.jpg"\r\n\r\n'
        + b"x" * 3_000_000
        + b"\r\n--xyz--\r\n"
    )
    clerk = front.behind.cookie("TOWN_CLERK", TOWN)
    head = front.head("POST", UPLOAD, size=len(body), cookie=clerk, Content_Type=FORM)
    assert front.ask(head + body).status == 404  # read, and there is no such line
    assert front.behind.query("select max(size) from upload_use") >= len(body)


def test_a_delivery_passes_whole(front: Front) -> None:
    """What the job is to read is byte for byte what was sent, and nginx and the pages keep nothing of it."""
    who = front.behind.cookie("MUNICIPAL_OPERATOR")
    page = front.get("/deliveries/receive/", cookie=who).body.decode()
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))
    fields |= {"source": "police", "kind": "full", "as_of": "2026-10-31"}
    content = randbytes(1_000_000) * DELIVERY_MB
    body = _form(fields, "police.csv", content)
    answer = front.ask(front.head("POST", "/deliveries/receive/", size=len(body), cookie=who, Content_Type=FORM) + body)
    assert (answer.status, answer.headers["location"][:6]) == (302, "/jobs/"), answer.body.decode()
    kept = [path for path in (front.behind.home / "uploads").rglob("*.csv") if path.stat().st_size == len(content)]
    assert [path.read_bytes() == content for path in kept] == [True]
    assert not front.behind.open_uploads() and not any(
        path.is_file() for path in (front.log.parent / "body").rglob("*")
    )


def _form(fields: dict[str, str], name: str, content: bytes) -> bytes:
    parts = [
        f'--xyz\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()
    ]
    parts.append(f'--xyz\r\nContent-Disposition: form-data; name="chosen"; filename="{name}"\r\n\r\n')
    return "".join(parts).encode() + content + b"\r\n--xyz--\r\n"


def test_somebody_who_tries_names_and_passwords_is_slowed_down(front: Front) -> None:
    asked = front.head("POST", "/sign-in/", size=1) + b"x"
    assert 429 in {front.ask(asked, source="127.0.0.77").status for _ in range(40)}
    assert front.ask(asked, source="127.0.0.78").status == 403
