"""Cells that a spreadsheet would evaluate are written as text, and read back as they were.

A department opens the file of returned rows in a spreadsheet. A cell that begins like a formula would be carried out there, with
the department's rights: `=HYPERLINK(…)` sends the row to the author of the formula. An apostrophe in front makes it text in every
spreadsheet; it is taken off again when the file comes back, in front of such a cell and no other.
"""

from __future__ import annotations

import re
from typing import Final

BLANKS: Final = " \t\r\n\v\f\u3000\u00a0\u2000\u2002\u2003\u2009\u200b\u200c\u200d\u2060\ufeff"
MARK: Final = "'"
# What a formula begins with, in the full width of a Chinese keyboard too; some programs leave out blanks, tabs and line ends
# before they look. Written as Python and the set engine (RE2) both read it.
_BEGINS: Final = f"(?:[\\t\\r\\n]|[{BLANKS}]*[=+@＝＋－＠-])"
EVALUATED: Final = f"^{_BEGINS}"
MARKED: Final = f"^{MARK}+{_BEGINS}"
# What a spreadsheet that opens a CSV would make a number or a date of, losing zeros, digits or the order of day and month.
KEPT_BY_A_TAB: Final = r"0[0-9]+[Xx]?|[0-9]{12,}[Xx]?|[0-9]+[-/.:年月日时分秒Ee+,% ][-0-9/.:年月日时分秒Ee+,% ]*"
_EVALUATED, _MARKED = re.compile(EVALUATED), re.compile(MARKED)


def safe_cell(text: str) -> str:
    """The cell as it is written to a file that people open. One that has the mark already stays as it is."""
    return MARK + text if _EVALUATED.match(text) else text


def sent_cell(text: str) -> str:
    """The cell as it is meant: without the mark, ours or the sender's. `sent_cell(safe_cell(text)) == sent_cell(text)`."""
    return text[1:] if _MARKED.match(text) else text
