"""The normal forms of text: what is one text although it was written in two ways.

Each form is a table (character to text) and a few regular expressions after it, so that SQL and JavaScript can be generated from
it and agree with Python. The tables are frozen (`text_tables`): a key made today is made the same by a later Python. A form
changes writing only, never a value: a letter O in a number stays a letter O.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from canbao.rules import text_tables as tables
from canbao.rules.text_tables import Kind

Step = tuple[str, str]
Table = Mapping[str, str]

LOST: Final = "?"  # stands for a character that was lost on the way, in `name_form`
_HAN: Final = range(0x4E00, 0xA000)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, eq=False)
class Form:
    """A normal form. Calling it gives the form of a text; twice is the same as once.

    layers: the tables it is made of, an earlier one going before a later one. steps: (pattern, replacement) one after the other,
    every match replaced, group 1 as `\\1`, in the syntax that Python, RE2, PostgreSQL and JavaScript (flag u) share.
    ascii: ranges of a character class that change nothing. composed: Unicode composition (NFC) between table and steps.
    """

    name: str
    layers: Callable[[], Iterable[Table]]
    ascii: str
    steps: tuple[Step, ...] = ()
    composed: bool = False

    def __call__(self, text: str) -> str:
        if self._plain.fullmatch(text):
            return text
        text = _SURROGATE.sub("\ufffd", text).translate(self._codes)
        if self.composed:
            text = unicodedata.normalize("NFC", text)
        for pattern, replacement in self._steps:
            text = pattern.sub(replacement, text)
        return text

    @cached_property
    def table(self) -> Table:
        """Each character that is not its own form, and what stands for it; no more changes in that."""
        return _closed(*self.layers())

    @cached_property
    def plain(self) -> str:
        """A text that this pattern matches whole is its own form: most are."""
        return f"[{self.ascii}{''.join(_unchanged(self.table))}]*"

    @cached_property
    def replaced(self) -> tuple[str, str]:
        """The characters that become one other, and those others in the same order: two arguments of `translate`."""
        pairs = [(char, to) for char, to in self.table.items() if len(to) == 1]
        return "".join(char for char, _ in pairs), "".join(to for _, to in pairs)

    @cached_property
    def removed(self) -> str:
        """The characters that are left out, NUL first: PostgreSQL cannot hold that one."""
        return "".join(char for char, to in self.table.items() if not to)

    @cached_property
    def expanded(self) -> Table:
        """The characters that become several."""
        return MappingProxyType({char: to for char, to in self.table.items() if len(to) > 1})

    @cached_property
    def _codes(self) -> dict[int, str]:
        return {ord(char): to for char, to in self.table.items()}

    @cached_property
    def _plain(self) -> re.Pattern[str]:
        return re.compile(self.plain)

    @cached_property
    def _steps(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(pattern), replacement) for pattern, replacement in self.steps)


def _kind(kind: Kind) -> Table:
    return tables.kinds()[kind]


def _kept() -> tuple[Table, ...]:
    """What changes nothing that can be seen, but for full-width letters and digits."""
    blanks = (_kind(Kind.NOTHING), _kind(Kind.BLANK))
    return (tables.private_use(), *blanks, tables.same_shape(), tables.narrow_letters())


def _read() -> tuple[Table, ...]:
    """Other forms of a character too, but no mark that stands alone."""
    forms = {char: to for char, to in _kind(Kind.COMPATIBLE).items() if not to.startswith(" ")}
    return (*_kept(), forms, _kind(Kind.DIGIT))


def _folded() -> tuple[Table, ...]:
    """Everything that is only writing: for comparing."""
    own = dict.fromkeys(tables.DASHES, "-") | {"ẞ": "SS"}
    first = (tables.private_use(), _kind(Kind.NOTHING), _kind(Kind.BLANK), own)
    folded = (Kind.RADICAL, Kind.CANONICAL, Kind.COMPATIBLE, Kind.DIACRITIC, Kind.DIGIT, Kind.UPPER)
    return (*first, *map(_kind, folded))


def _closed_up() -> tuple[Table, ...]:
    """Blanks, quotes and the equals sign of spreadsheets say nothing in a number or a code."""
    return (dict.fromkeys(" =" + tables.QUOTES, ""), *_folded())


def _named() -> tuple[Table, ...]:
    divided = dict.fromkeys("-=" + tables.MIDDLE_DOTS + tables.DASHES + tables.LOW_LINES, " ")
    dropped = dict.fromkeys(tables.FULL_STOPS + tables.QUOTES, "")
    brackets = dict.fromkeys(tables.OPENING, "(") | dict.fromkeys(tables.CLOSING, ")")
    return (divided, dropped, brackets, *_folded(), _kind(Kind.SIMPLIFIED))


# A spreadsheet keeps a number as text by '123 or ="123"; programs that do not know this hand the signs on.
_UNWRAPPED: Final = (
    (" +", " "),
    ("^ ?'+([^']+)'+ ?$", r"\1"),
    ("^[ ']+| +$", ""),
    # Each part begins with what the one before it cannot be: cells of a million quotes are read in one pass.
    ('^=?"[ "\'=]*(?:([^ "\'=]|[^ "\'=][^"]*[^ "\'])[ "\']*)?"$', r"\1"),
)
_X_AT_THE_END: Final = ((f"^([0-9]{{17}})[{tables.X_MARKS}]$", r"\1X"),)
_ONE_BLANK: Final = ((f"[{tables.LOST_MARKS}{tables.PRIVATE_USE}]", LOST), (" +", " "), ("^ | $", ""))
_MARKED_TEXT: Final = "!#-&(-<>-Z^-~"  # no blank, quote, equals sign, bracket of a class, backslash

# What is kept, printed and shown: what cannot be seen put in order, the characters themselves as they were written.
text_form: Final = Form("text", _kept, _MARKED_TEXT + "（），。、·：；！？“”‘’—…《》【】～", _UNWRAPPED)
# What was typed, before it is taken apart; addresses. Case and marks on letters stay.
search_form: Final = Form("search", _read, _MARKED_TEXT, _UNWRAPPED, composed=True)
# Numbers of documents and telephones: capitals, one kind of digits, no blanks, no quotes, the X of a citizen number.
number_form: Final = Form("number", lambda: (tables.LATIN_SHAPES, *_closed_up()), "0-9A-Z", _X_AT_THE_END)
# Keys of records and numbers that systems give: as numbers, and one dot between the parts of a name.
key_form: Final = Form(
    "key",
    lambda: (dict.fromkeys(tables.MIDDLE_DOTS, "·"), tables.LATIN_SHAPES, *_closed_up()),
    "0-9A-Z",
    _X_AT_THE_END,
)
# Codes and the words for them.
code_form: Final = Form("code", _closed_up, "0-9A-Z")
# The base of `names.name_key`: parts divided by one blank, lost characters as '?', traditional characters simplified.
name_form: Final = Form("name", _named, "", _ONE_BLANK)

# Every form: what SQL and JavaScript are generated for.
FORMS: Final = (text_form, search_form, number_form, key_form, code_form, name_form)


def _closed(*layers: Table) -> Table:
    """The layers as one table, applied until nothing changes any more."""
    step = str.maketrans({char: to for layer in reversed(layers) for char, to in layer.items()})
    found = {}
    for char in map(chr, sorted(step)):
        to = char.translate(step)
        while (further := to.translate(step)) != to:
            to = further
        if to != char:
            found[char] = to
    return MappingProxyType(found)


def _unchanged(table: Table) -> Iterator[str]:
    """The Chinese characters that a table leaves alone, as the ranges of a character class."""
    first = _HAN.start
    for code in [*sorted(code for code in map(ord, table) if code in _HAN), _HAN.stop]:
        if code > first:
            yield chr(first) if code - 1 == first else f"{chr(first)}-{chr(code - 1)}"
        first = code + 1
