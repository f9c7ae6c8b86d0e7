"""How near two document numbers are, and which were meant as citizen numbers: read by both engines of the matching."""

from __future__ import annotations

import re

from canbao.rules.matching import NumberLink


def slips(a: str, b: str) -> int:
    """Fewest substituted, lost, added or swapped characters between two numbers (Damerau-Levenshtein, unrestricted)."""
    last_row: dict[str, int] = {}
    far = len(a) + len(b)
    cost = {(-1, -1): far}
    for i in range(len(a) + 1):
        cost[i, -1], cost[i, 0] = far, i
    for j in range(len(b) + 1):
        cost[-1, j], cost[0, j] = far, j
    for i, x in enumerate(a, 1):
        last_column = 0
        for j, y in enumerate(b, 1):
            k, m = last_row.get(y, 0), last_column
            swapped = cost[k - 1, m - 1] + (i - k - 1) + 1 + (j - m - 1)
            cost[i, j] = min(cost[i - 1, j - 1] + (x != y), cost[i, j - 1] + 1, cost[i - 1, j] + 1, swapped)
            last_column = j if x == y else last_column
        last_row[x] = i
    return cost[len(a), len(b)]


CITIZEN_LIKE = "[0-9A-Z]{14,20}"  # with at least this many digits, and not a foreigner's number of the first form
CITIZEN_LIKE_DIGITS = 12
BIRTH_CERTIFICATE = "[A-Z][0-9]{9}"  # also where a system takes it for a document number
ISSUE_MARK = (
    r"^([HM][0-9]{8})[0-9]{2}$|^([0-9]{8})\([0-9A-Z]{1,2}\)$"  # what stays over renewals, and how often renewed
)
HOME_RETURN_PERMIT = "[HM][0-9]{8,10}"  # its holder is of Hong Kong or Macao and has no citizen number of the mainland
FOREIGN_FIRST_FORM = "[A-Z]{3}[0-9]{12}"
OLD_FORM_MOST = 16  # an old number of 15 with one sign too many


def document_keys(number: str | None, certificate: str | None) -> tuple[str | None, str | None]:
    """A document number as compared, and the birth certificate, wherever it was written."""
    if number is not None and re.fullmatch(BIRTH_CERTIFICATE, number):
        return None, certificate or number
    return (None if number is None else re.sub(ISSUE_MARK, r"\1\2", number)), certificate


def citizen_like(number: str | None) -> bool:
    """May this have been meant as a citizen number?"""
    return (
        number is not None
        and re.fullmatch(CITIZEN_LIKE, number) is not None
        and sum(c in "0123456789" for c in number) >= CITIZEN_LIKE_DIGITS
        and re.fullmatch(FOREIGN_FIRST_FORM, number) is None
    )


def numbers_near(a: str, b: str) -> NumberLink:
    """Two numbers meant as citizen numbers; beside 18 places a short one is read as the old form, without the century."""
    apart = slips(a, b)
    for short, long in ((a, b), (b, a)):
        if len(short) <= OLD_FORM_MOST and len(long) == 18:
            apart = min(apart, slips(short, long[:6] + long[8:17]))
    return NumberLink.CLOSE if apart <= 2 else NumberLink.FAR
