"""The staff number (工号): which person an account belongs to. One person has one, and one account."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from canbao.rules.article import article

PATTERN: Final = r"^[0-9A-Z]{2,20}$"  # as the database checks it
_BETWEEN = re.compile(r"[\s\-_./·]")
_STAFF_NUMBER = re.compile(PATTERN)


class BadStaffNumberError(ValueError):
    """Not two to twenty letters and digits."""


@article(18)
def staff_number(text: str) -> str:
    """The one form of a staff number: full-width signs, small letters, blanks and separators make no second person.

    Raises BadStaffNumberError.
    """
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _STAFF_NUMBER.fullmatch(plain):
        raise BadStaffNumberError(text)
    return plain
