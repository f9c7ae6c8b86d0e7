"""What a clerk writes in his own words goes into the journal and onto pages of others as it stands: no identity number belongs there."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from canbao.rules.article import article
from canbao.rules.identity import is_valid_citizen, upgrade

# Fields of pages in which reasons and remarks are written.
NOTES: Final = frozenset({"reason", "note", "more", "remark", "letter_reason", "reason_same", "reason_different"})
EXPLAINED: Final = "why-"
OLD_LENGTH: Final = 15
SAYS: Final = "说明、理由中不要写证件号码，请改写后再提交。"
_LONG: Final = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])")


@article(19)
def carries_number(text: str) -> bool:
    """Whether somebody's identity number stands in a text, however it was spaced; numbers of forms and cards are others."""
    plain = re.sub(r"(?<=[0-9])[ -](?=[0-9Xx])", "", unicodedata.normalize("NFKC", text))
    runs = (run.upper() for run in _LONG.findall(plain))
    return any(is_valid_citizen(upgrade(run) if len(run) == OLD_LENGTH else run) for run in runs)
