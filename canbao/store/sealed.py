"""Secrets that the table must not give away: SM4-GCM with a key drawn from the register's secret key."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE, TAG = 12, 16


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
    """Sixteen bytes that another purpose does not have."""
    return HKDF(SM3(), 16, salt=None, info=purpose.encode()).derive(settings.SECRET_KEY.encode())
