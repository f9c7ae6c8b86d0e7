"""What is hidden of personal facts unless somebody has a reason to see them."""

from __future__ import annotations

from typing import Any

NUMBERS = frozenset({"doc_number", "mother_number", "birth_certificate", "number", "card_no", "phone"})
ADDRESSES = frozenset({"hukou_address", "home_address", "address"})


def mask(field: str, value: Any) -> Any:
    """The value as it is shown by default; other fields stay as they are."""
    if not isinstance(value, str) or not value:
        return value
    if field in NUMBERS:
        return _middle(value)
    return value[: max(3, len(value) // 2)] + "*" * 4 if field in ADDRESSES else value


def _middle(value: str) -> str:
    kept = 2 if len(value) < 9 else 3 if len(value) < 12 else 4
    return (
        value[:kept] + "*" * max(len(value) - 2 * kept, 1) + value[-kept:]
        if len(value) > 2 * kept
        else "*" * len(value)
    )
