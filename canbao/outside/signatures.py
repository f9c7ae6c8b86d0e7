"""The auditor's own signature (Ed25519) under a text: made and kept away from the machine that it speaks of."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_SIGNED_AT: Final = "signed-at: "
_SIGNATURE: Final = "signature: "
SHORTEST_PASSPHRASE: Final = 12


class SigningKeyError(Exception):
    """Not an Ed25519 key, a wrong passphrase, or one that is too short."""


class SignatureFileError(Exception):
    """Not a signed text, or not signed with this key."""


@dataclass(frozen=True)
class Signed:
    """text: what was signed, as it was; at: when, by the signer's clock."""

    text: str
    at: datetime


def make_key(path: Path, *, passphrase: str) -> Path:
    """Write a new private key, encrypted, and the public one beside it; returns the path of that.

    Raises SigningKeyError, FileExistsError.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise SigningKeyError(f"shorter than {SHORTEST_PASSPHRASE} characters")
    key, public = Ed25519PrivateKey.generate(), path.with_name(path.name + ".pub")
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    _write(path, secret, mode=0o600)
    _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), mode=0o644)
    return public


def fingerprint(public: Path) -> str:
    """SHA-256 of the public key, to be compared by eye. Raises SigningKeyError."""
    return sha256(_public(public).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def sign(text: str, *, key: Path, passphrase: str, at: datetime) -> str:
    """The text with time and signature below it. Raises SigningKeyError."""
    try:
        private = load_pem_private_key(key.read_bytes(), passphrase.encode())
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(str(error)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningKeyError("not an Ed25519 key")
    signed = f"{text.rstrip()}\n{_SIGNED_AT}{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"
    return f"{signed}{_SIGNATURE}{b64encode(private.sign(signed.encode())).decode()}\n"


def opened(document: str, *, public: Path) -> Signed:
    """What was signed, where the signature is of this key. Raises SignatureFileError, SigningKeyError."""
    key = _public(public)
    signed, mark, signature = document.rpartition(_SIGNATURE)
    text, when, at = signed.rpartition(_SIGNED_AT)
    if not mark or not when:
        raise SignatureFileError("no signature")
    try:
        key.verify(b64decode(signature.strip(), validate=True), signed.encode())
        moment = datetime.strptime(at.strip(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (InvalidSignature, Base64Error, ValueError) as error:
        raise SignatureFileError("not signed with this key") from error
    return Signed(text, moment)


def _public(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(str(error)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyError("not an Ed25519 key")
    return key


def _write(path: Path, content: bytes, *, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
