"""Real receivers of the journal's anchors: a time stamp authority by `openssl ts` behind HTTP, and rsyslog over TLS."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.ports import free_port

HERE = Path(__file__).parent
SECONDS = 20.0


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a folder: its root, and certificates that it signs."""

    folder: Path
    root: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def in_folder(cls, folder: Path, name: str = "root") -> Authority:
        """A new one."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(name, key, signer=key, issuer=name, is_authority=True)
        root = folder / f"{name}.pem"
        root.write_bytes(made.public_bytes(Encoding.PEM))
        return cls(folder, root, key, made)

    def signs(self, name: str, *, usage: x509.ObjectIdentifier) -> tuple[Path, Path]:
        """A certificate for one use on the loopback; gives the paths of it and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        made = _certificate(name, key, signer=self.key, issuer=issuer, usage=usage)
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_bytes(made.public_bytes(Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return paths


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, *, signer: ec.EllipticCurvePrivateKey, issuer: str,
    is_authority: bool = False, usage: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:  # fmt: skip
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if usage:
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class TimeStampAuthority:
    """`openssl ts -reply` behind HTTP on the loopback. is_up: whether it answers."""

    def __init__(self, folder: Path) -> None:
        self.is_up = True
        self._folder = folder
        self.authority = Authority.in_folder(folder, "tsa-root")
        certificate, key = self.authority.signs("tsa", usage=ExtendedKeyUsageOID.TIME_STAMPING)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(_TSA.format(folder=folder, certificate=certificate, key=key))

    def __enter__(self) -> TimeStampAuthority:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200 if authority.is_up else 503)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                if authority.is_up:
                    self.wfile.write(authority.answer(query))

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def answer(self, query: bytes) -> bytes:
        """What openssl replies to a query."""
        with tempfile.TemporaryDirectory(dir=self._folder) as work:
            asked, answered = Path(work) / "query", Path(work) / "answer"
            asked.write_bytes(query)
            command = ["openssl", "ts", "-reply", "-config", str(self._folder / "tsa.cnf")]
            subprocess.run(
                [*command, "-queryfile", str(asked), "-out", str(answered)], check=True, capture_output=True, cwd=work
            )
            return answered.read_bytes()


_TSA = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {certificate}
certs = {certificate}
signer_key = {key}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
ess_cert_id_chain = no
"""


class Rsyslog:
    """rsyslog that takes octet-counted messages over TLS with certificates on both sides, and appends them to `file`."""

    def __init__(self, folder: Path) -> None:
        looked = subprocess.run(
            ["sh", HERE / "integration" / "audit" / "rsyslog.sh"], capture_output=True, text=True, check=False
        )
        assert looked.returncode == 0, looked.stderr
        self._program, self._modules, self._libraries = looked.stdout.split("\n")[:3]
        self.folder, self.file = folder, folder / "received.log"
        self.authority = Authority.in_folder(folder, "syslog-root")
        self.certificate, self.key = self.authority.signs("receiver", usage=ExtendedKeyUsageOID.SERVER_AUTH)
        self.client = self.authority.signs("register", usage=ExtendedKeyUsageOID.CLIENT_AUTH)
        self.port = free_port()
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it listens."""
        conf = self.folder / "rsyslog.conf"
        conf.write_text(_RSYSLOG.format(
            root=self.authority.root, certificate=self.certificate, key=self.key, port=self.port, file=self.file,
            folder=self.folder,
        ))  # fmt: skip
        command = [self._program, "-n", "-f", str(conf), "-i", str(self.folder / "pid"), "-M", self._modules]
        env = os.environ | {"LD_LIBRARY_PATH": self._libraries}
        with (self.folder / "rsyslog.out").open("ab") as said:
            self._running = subprocess.Popen(command, env=env, stdout=said, stderr=said)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            assert self._running.poll() is None, (self.folder / "rsyslog.out").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "rsyslog.out").read_text())

    def kill(self) -> None:
        """As a power cut would."""
        if self._running:
            self._running.kill()
            self._running.wait()
            self._running = None
            (self.folder / "pid").unlink(missing_ok=True)

    def until(self, text: str) -> Path:
        """The file, once this stands in it."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self.file.exists() and text in self.file.read_text():
                return self.file
            time.sleep(0.05)
        raise AssertionError(f"no {text}\n" + (self.folder / "rsyslog.out").read_text())

    def lines(self, *, least: int) -> list[str]:
        """What has been received, once there are so many lines."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            lines = self.file.read_text().splitlines() if self.file.exists() else []
            if len(lines) >= least:
                return lines
            time.sleep(0.05)
        raise AssertionError(f"{len(lines)} of {least} lines\n" + (self.folder / "rsyslog.out").read_text())


_RSYSLOG = """\
global(workDirectory="{folder}" DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{root}"
    DefaultNetstreamDriverCertFile="{certificate}" DefaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")
input(type="imtcp" port="{port}" address="127.0.0.1")
action(type="omfile" file="{file}" fileCreateMode="0600" asyncWriting="off" flushOnTXEnd="on")
"""


@contextmanager
def rsyslog() -> Iterator[Rsyslog]:
    """A running receiver of a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="canbao-rsyslog-"))
    receiver = Rsyslog(folder)
    try:
        receiver.start()
        yield receiver
    finally:
        receiver.kill()
        shutil.rmtree(folder, ignore_errors=True)
