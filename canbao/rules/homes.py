"""What people of one home share: a telephone, and an address that two offices write differently."""

from __future__ import annotations

import re

# The end of an address: up to three characters of the street or village, then its last one to three numbers.
# Both engines read this text (RE2 and Python agree on it), of an address in its normal form without blanks.
ADDRESS_END = r"([^0-9]{1,3})([0-9]+)[^0-9]*([0-9]*)[^0-9]*([0-9]*)[^0-9]*$"
_END = re.compile(ADDRESS_END)


def phone_key(phone: str | None) -> str | None:
    """The digits of a telephone number."""
    return re.sub(r"[^0-9]", "", phone or "") or None


def home_key(address: str | None, division: str | None) -> str | None:
    """What two spellings of one address share: the district, the end of the street's name and the numbers.

    address: in the normal form of its column, as accepted states have it. One without a number is nobody's home in particular.
    """
    found = _END.search((address or "").replace(" ", ""))
    if not found or len(found[1]) < 2:
        return None
    return "-".join(((division or "")[:6], *found.groups()))
