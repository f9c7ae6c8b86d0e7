"""Secrets that the table must not give away: SM4-GCM with a key derived from the register's secret key, one for each purpose."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE, TAG = 12, 16
# What keys are derived for. The start of the program looks whether each is still the key that the register was made with.
PURPOSES: Final = ("totp", "evidence")


class UnknownPurposeError(LookupError):
    """A key is asked for that no key check value covers."""


def seal(secret: bytes, *, purpose: str) -> str:
    """As text; the same secret never gives the same text."""
    nonce = os.urandom(NONCE)
    box = Cipher(algorithms.SM4(key_for(purpose)), modes.GCM(nonce)).encryptor()
    text = box.update(secret) + box.finalize()
    return urlsafe_b64encode(nonce + text + box.tag).decode()


def unseal(text: str, *, purpose: str) -> bytes:
    """Raises cryptography.exceptions.InvalidTag when it was changed, or sealed with another key."""
    raw = urlsafe_b64decode(text)
    nonce, secret, tag = raw[:NONCE], raw[NONCE:-TAG], raw[-TAG:]
    box = Cipher(algorithms.SM4(key_for(purpose)), modes.GCM(nonce, tag)).decryptor()
    return box.update(secret) + box.finalize()


def key_for(purpose: str) -> bytes:
    """Sixteen bytes that another purpose does not have. Raises UnknownPurposeError."""
    if purpose not in PURPOSES:
        raise UnknownPurposeError(purpose)
    return derive(settings.SECRET_KEY, purpose)


def derive(secret: str, purpose: str) -> bytes:
    """Sixteen bytes from a secret of high entropy (HKDF with SM3, RFC 5869)."""
    return HKDF(SM3(), 16, salt=None, info=purpose.encode()).derive(secret.encode())


def check_value(secret: str, purpose: str) -> str:
    """The key check value of a derived key: tells whether it is the same key and nothing about it (thirty-two digits).

    It is derived from the key itself, so that another way of deriving the key is noticed as another key is.
    """
    return derive(derive(secret, purpose).hex(), f"key check value: {purpose}").hex()
