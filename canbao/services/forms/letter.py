"""The letter of the front page: which of the annex's sentences are printed, and with what."""

from __future__ import annotations

from typing import Any, Final

from canbao.rules.letters import Kind, Letter, listed

_SENTENCES: Final = {
    Kind.EMPLOYER: ("insured", "owed"),
    Kind.ALONE: ("may",),
    Kind.PENSION: ("since",),
    Kind.NONE: ("nothing",),
}


def letter_data(letter: Letter | None) -> dict[str, Any]:
    """As the template takes it. None: all of the annex's sentences, to be filled in and struck out by hand."""
    if letter is None:
        return {"lines": [], **dict.fromkeys(("insured", "owed", "may", "year", "month"), "")}
    since = letter.since
    return {
        "lines": _SENTENCES[letter.kind],
        "insured": listed(letter.joined),
        "owed": listed(letter.owed),
        "may": listed(letter.open_to),
        "year": f"{since.year}" if since else "",
        "month": f"{since.month}" if since else "",
    }
