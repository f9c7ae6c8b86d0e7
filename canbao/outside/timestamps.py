"""Time stamps of an authority (RFC 3161): that a text existed at a time, signed by somebody else's clock."""

from __future__ import annotations

import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

LARGEST: Final = 64 * 1024  # bytes of an answer; one with a chain of certificates has about 5,000
SECONDS: Final = 10.0


class TimeStampError(Exception):
    """No usable answer, or one that does not hold; the message says why, in words of the libraries."""


@dataclass(frozen=True)
class Stamp:
    """A time stamp that holds. at: by the authority's clock; token: the whole answer, DER."""

    at: datetime
    token: bytes


def roots_in(path: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file. Raises TimeStampError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TimeStampError(f"{path}: {error}") from error


def stamp(text: bytes, *, url: str, roots: Sequence[x509.Certificate]) -> Stamp:
    """Have a text stamped: only the SHA-256 digest of it leaves the machine.

    url: of the authority, http or https; roots: whom the answer has to be signed under.
    Raises TimeStampError.
    """
    request = (
        TimestampRequestBuilder()
        .data(text)
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .build()
    )
    token = _asked(url, request.as_bytes())
    answer = _decoded(token)
    try:
        _builder(VerifierBuilder.from_request(request), roots).build().verify_message(answer, text)
    except (VerificationError, ValueError) as error:
        raise TimeStampError(str(error)) from error
    return Stamp(answer.tst_info.gen_time.astimezone(UTC), token)


def verified(token: bytes, *, text: bytes, roots: Sequence[x509.Certificate]) -> datetime:
    """When the text was stamped; the certificates need to have been valid then, not now. Raises TimeStampError."""
    answer = _decoded(token)
    try:
        _builder(VerifierBuilder(), roots).build().verify_message(answer, text)
    except (VerificationError, ValueError) as error:
        raise TimeStampError(str(error)) from error
    return answer.tst_info.gen_time.astimezone(UTC)


def _asked(url: str, request: bytes) -> bytes:
    if urlsplit(url).scheme not in ("http", "https"):
        raise TimeStampError(f"{url}: neither http nor https")
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, request, headers), timeout=SECONDS) as answer:
            token: bytes = answer.read(LARGEST + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise TimeStampError(str(error)) from error
    if len(token) > LARGEST:
        raise TimeStampError(f"more than {LARGEST} bytes")
    return token


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(token)
    except ValueError as error:
        raise TimeStampError(str(error)) from error


def _builder(builder: VerifierBuilder, roots: Sequence[x509.Certificate]) -> VerifierBuilder:
    if not roots:
        raise TimeStampError("no root certificate")
    for root in roots:
        builder = builder.add_root_certificate(root)
    return builder
