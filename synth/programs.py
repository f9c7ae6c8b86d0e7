"""What programs on the way do to a department's rows: spreadsheets, export tools, forms with compulsory fields.

Added after everything else and from seeds of its own, so that a city without it has the same bytes as before.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth.damage import Mutation, full_width
from synth.errors import CARE, Kind
from synth.records import Sheet
from synth.strings import change

Ints = NDArray[np.int64]

NUMBERS = ("AAC147", "公民身份号码", "证件号码")
NAMES = ("AAC003", "姓名")
KEYS = ("AAC001", "户籍人员编号", "居民编号", "记录编号")
BIRTHS = ("AAC006", "出生日期")
PHONES = ("AAE005", "联系电话")
HOUSES = ("户号", "母亲证件号码")
PLACEHOLDERS = ("不详", "暂无", "无证件", "0" * 18, "1" * 18, "123456789012345678", "待补", "999999999999999999", "/")
BIRTH_FILLERS = ("19000101", "19700101", "19800101", "18991230")
PHONE_FILLERS = ("00000000000", "11111111111", "12345678901", "无", "023-00000000")
LOOKALIKES = "ХχⅩ×*＊ｘ"
# Zero width, variation selector, direction marks, soft hyphen, blanks that are not the blank.
UNSEEN = ("\u200b", "\ufe00", "\U000e0100", "\u202c", "\u200f", "\u00ad", "\u2060", "\u3000", "\u2002", "\u00a0")
PRIVATE = ("\ue863", "\ue000", "\uf8ff", "\ue81a", "\U000f0000")


@dataclass(frozen=True)
class Rates:
    """Share of rows with each kind of damage, in a department of ordinary care; `blank_rows` and `rounded_twin` as said."""

    rounded_number: float = 0.0040
    rounded_twin: float = 0.2000  # of twins: both under the number with its last digits lost
    placeholder: float = 0.0030
    lookalike_x: float = 0.0500  # of numbers that end in X
    invisible: float = 0.0030
    foreign_private_use: float = 0.0005
    mojibake: float = 0.0010
    date_serial: float = 0.0020
    excel_text: float = 0.0030
    filler_birth: float = 0.0030
    filler_phone: float = 0.0200
    rounded_household: float = 0.0200
    blank_rows: float = 0.0005  # rows without any value beside those of people

    def scaled(self, factor: float) -> "Rates":
        return replace(self, **{item.name: min(1.0, getattr(self, item.name) * factor) for item in fields(self)})

    def only(self, kinds: tuple[str, ...]) -> "Rates":
        """Without the kinds that are not named."""
        return replace(self, **{name: 0.0 for name in KINDS if name not in kinds})


KINDS = tuple(item.name for item in fields(Rates))


def _rounded(text: str, dice: int) -> str:
    """As a spreadsheet shows it, as it saves it, and as a floating point number prints it."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < 9:
        return text
    kept = digits[: min(15, len(digits) - 3)]
    shown = f"{digits[0]}.{digits[1:6]}E+{len(digits) - 1}"
    return (shown, kept.ljust(len(digits), "0"), f"{digits[0]}.{digits[1:15]}e+{len(digits) - 1:02d}")[dice % 3]


def _rounded_alike(text: str, dice: int) -> str:
    return text[:15] + "000" if len(text) == 18 and text[:17].isdigit() else text


def _lookalike(text: str, dice: int) -> str:
    return text[:-1] + LOOKALIKES[dice % len(LOOKALIKES)] if text[-1:] in "Xx" else text


def _unseen(text: str, dice: int) -> str:
    at = dice % (len(text) + 1)
    return text[:at] + UNSEEN[dice // 97 % len(UNSEEN)] + text[at:]


def _foreign(text: str, dice: int) -> str:
    at = 1 + dice % max(1, len(text) - 1)
    return text[:at] + PRIVATE[dice // 97 % len(PRIVATE)] + text[at + 1 :]


def _mojibake(text: str, dice: int) -> str:
    """UTF-8 taken for GBK, GBK taken for Latin-1, both directions of losing everything, an escape that nobody undid."""
    ways: tuple[Callable[[], str], ...] = (
        lambda: text.encode().decode("gbk", "replace"),
        lambda: text.encode("gb18030").decode("latin-1"),
        lambda: text.encode().decode("latin-1"),
        lambda: "?" * len(text),
        lambda: "锟斤拷" * (len(text) // 2 + 1),
        lambda: "".join(f"&#{ord(char)};" for char in text),
    )
    found = ways[dice % len(ways)]()
    return "".join(char for char in found if char.isprintable() and char not in ',"')


def _serial(text: str, dice: int) -> str:
    """The number a spreadsheet keeps for a day, in its two epochs; a day that lost a zero; a month taken for a decimal."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    short = f"{day.year}{day.month}{day.day:02d}" if day.month < 10 else f"{day.year}{day.month}{day.day}"
    return (
        str((day - date(1899, 12, 30)) // timedelta(days=1)), str((day - date(1904, 1, 1)) // timedelta(days=1)),
        short, f"{day.year}.{day.month:02d}".rstrip("0"), f"{day:%d/%m/%Y}",
    )[dice % 5]  # fmt: skip


def _excel_text(text: str, dice: int) -> str:
    return ("'" + text, f'="{text}"', "\t" + text, full_width(text, 0), text + "\u2003")[dice % 5]


def _one_of(words: tuple[str, ...]) -> Mutation:
    return lambda text, dice: words[dice % len(words)]


# Kind: the columns it falls on (one of them per row), and what it does.
_FALLS: dict[str, tuple[tuple[str, ...], Mutation]] = {
    "rounded_number": (NUMBERS, _rounded),
    "placeholder": (NUMBERS, _one_of(PLACEHOLDERS)),
    "lookalike_x": (NUMBERS, _lookalike),
    "invisible": ((*NAMES, *NUMBERS, *KEYS), _unseen),
    "foreign_private_use": (NAMES, _foreign),
    "mojibake": (NAMES, _mojibake),
    "date_serial": (BIRTHS, _serial),
    "excel_text": ((*KEYS, *NUMBERS), _excel_text),
    "filler_birth": (BIRTHS, _one_of(BIRTH_FILLERS)),
    "filler_phone": (PHONES, _one_of(PHONE_FILLERS)),
    "rounded_household": (HOUSES, _rounded),
    "rounded_twin": (NUMBERS, _rounded_alike),
}


def damaged(rng: np.random.Generator, sheet: Sheet, source: str, *, twin: Ints, rates: Rates) -> Sheet:
    """The rows with damage, in place, each marked in the truth. twin: the group of each person of the block, -1 for none."""
    care = CARE[source]
    for name, (columns, by) in _FALLS.items():
        rate = getattr(rates, name)
        present = [column for column in columns if column in sheet.columns]
        if not present:
            continue
        chosen = _chosen(rng, sheet, name, rate * (1.0 if name == "rounded_twin" else care), twin)
        place = rng.integers(0, len(present), len(chosen))
        dice = rng.integers(0, 2**40, len(chosen))
        for which, column in enumerate(present):
            _change(sheet, column, chosen[place == which], by, dice[place == which], Kind[name.upper()])
    return sheet


def _chosen(rng: np.random.Generator, sheet: Sheet, name: str, rate: float, twin: Ints) -> Ints:
    """Twins are rounded together, as both stand in one list of a place."""
    count = len(sheet.person)
    if name != "rounded_twin":
        return np.flatnonzero(rng.random(count) < rate)
    group = twin[sheet.person]
    lucky = rng.random(int(twin.max(initial=-1)) + 2) < rate
    return np.flatnonzero((group >= 0) & lucky[group])


def _change(sheet: Sheet, column: str, where: Ints, by: Mutation, dice: Ints, kind: Kind) -> None:
    clean = sheet.columns[column].cast(pa.string())
    sheet.columns[column] = change(clean, where, by, dice)
    taken = pa.array(where)
    differ = pc.not_equal(sheet.columns[column].take(taken), clean.take(taken)).fill_null(False)
    sheet.mask[where[differ.to_numpy(zero_copy_only=False)]] |= np.int64(1) << np.int64(kind)


def with_blank_rows(rng: np.random.Generator, rows: pa.Table, rate: float) -> pa.Table:
    """Rows without any value between the others; they have no truth."""
    after = np.flatnonzero(rng.random(rows.num_rows) < rate)
    if not len(after):
        return rows
    places = np.insert(np.arange(rows.num_rows), after + 1, -1)
    return rows.take(pa.array(places, mask=places < 0))
