"""A search on record: what kind and how many, its terms only as keyed digests (HMAC-SM3) that nobody can turn back.

The stem leaves out the last four signs of a number: a run of numbers tried one after another has one stem.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

from canbao.rules.searching import Kind, Query

_STEM_WITHOUT = 4


def terms_of(query: Query) -> dict[str, object]:
    """kind (and how to say it), digest, stem (numbers only) and which filters stood beside it."""
    told: dict[str, object] = {
        "kind": query.kind.value,
        "way": query.kind.label,
        "digest": digest_of(f"{query.kind}:{_term(query)}"),
    }
    if query.kind is Kind.NUMBER:
        told |= number_terms(_term(query))
    if query.place:
        told["place"] = query.place
    if query.born:
        told["born"] = query.born.precision.value
    return told


def number_terms(number: str) -> dict[str, object]:
    """digest and stem of a number that was tried, the same wherever it was tried; nothing for no number."""
    if not number:
        return {}
    return {
        "digest": digest_of(f"{Kind.NUMBER}:{number}"),
        "stem": digest_of(f"STEM:{number[:-_STEM_WITHOUT]}"),
    }


def digest_of(text: str) -> str:
    """Equal for equal texts of this installation, and for nothing else."""
    return _hmac(_hmac(settings.SECRET_KEY.encode(), b"canbao.lookup.terms"), text.encode()).hex()[:32]


def _term(query: Query) -> str:
    if query.kind is Kind.NUMBER:
        return max(query.numbers, key=len)
    return query.initials if query.kind is Kind.INITIALS else "|".join(query.sounds) or query.name


def _hmac(key: bytes, text: bytes) -> bytes:
    seal = HMAC(key, SM3())
    seal.update(text)
    return seal.finalize()
