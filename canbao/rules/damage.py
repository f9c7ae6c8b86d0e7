"""What programs do to numbers and dates on their way: scientific notation, rounding, decimals, dates that could be two.

Told in every column that identifies or links, and never taken as evidence. Nothing is put right here: what was lost is lost,
and a date that could be two is asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from canbao.rules.columns import COLUMNS, Type
from canbao.rules.identity import is_valid_citizen
from canbao.rules.text import number_form, search_form


class NumberDamage(StrEnum):
    SCIENTIFIC = "SCIENTIFIC"  # 5.00113E+11
    ROUNDED = "ROUNDED"  # zeros in the place of digits that were lost
    DECIMAL = "DECIMAL"  # 500113.0, 1.5
    PERHAPS = "PERHAPS"  # 1E3: 1,000, or a number with a letter
    GROUPED = "GROUPED"  # 500,113
    DATED = "DATED"  # 1-Mar, 3月1日, 1:30: 3-1 or 90 as a date or a time
    PERHAPS_DATE = "PERHAPS_DATE"  # 2026-03-01: a day, or a number with dashes
    TWO_NUMBERS = "TWO_NUMBERS"
    WORDED = "WORDED"  # 张三500901199001010015

    @property
    def label(self) -> str:
        return _NUMBER_LABELS[self]


_NUMBER_LABELS: Final = {
    NumberDamage.SCIENTIFIC: "被电子表格改成了科学计数，数字已丢失，请以文本格式重新导出",
    NumberDamage.ROUNDED: "末尾几位被改成了0，数字已丢失，请以文本格式重新导出",
    NumberDamage.DECIMAL: "被改成了小数，请以文本格式重新导出",
    NumberDamage.PERHAPS: "像是科学计数（1E3 即 1000），请核对；确是编号的不需要更正",
    NumberDamage.DATED: "被电子表格改成了日期或时间，请以文本格式重新导出",
    NumberDamage.PERHAPS_DATE: "像是日期，请核对；确是编号的不需要更正",
    NumberDamage.TWO_NUMBERS: "填了两个号码，请只填本人的一个",
    NumberDamage.WORDED: "号码旁边还有文字，请只填号码",
    NumberDamage.GROUPED: "被加上了千位分隔符，请以文本格式重新导出",
}


@dataclass(frozen=True, slots=True)
class RoundedDamage:
    """lost: digits are gone for good; otherwise the value could still be read, and is only told."""

    kind: NumberDamage
    lost: bool


_EXACT_DIGITS: Final = 15  # as many as a spreadsheet keeps
# (kind, pattern), the first that a value matches whole; `_PERHAPS` for the numbers that systems give, which may look like 5E12.
_ALWAYS: Final = (
    (NumberDamage.SCIENTIFIC, r"[+-]?[0-9]([.,][0-9]+)?E[+-][0-9]{1,3}|[+-]?[0-9][.,][0-9]+E[0-9]{1,3}"),
    (NumberDamage.DECIMAL, r"[0-9]+\.[0-9]*"),
    (NumberDamage.GROUPED, r"[0-9]{1,3}(,[0-9]{3})+(\.0*)?"),
)
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH: Final = f"({'|'.join(MONTHS)})"
_CLOCK: Final = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([AP]M)?"
_WHOLE_DAY: Final = "(19|20)[0-9]{2}[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12][0-9]|3[01])"
# In the normal form of a number: without blanks, in capitals. 3-1 is a house of a group, and stays.
_DATED: Final = (
    (NumberDamage.DATED, f"[0-9]{{1,2}}-{_MONTH}(-[0-9]{{2}}|-[0-9]{{4}})?|{_MONTH}-([0-9]{{2}}|[0-9]{{4}})"),
    (NumberDamage.DATED, "([12][0-9]{3}年)?[0-9]{1,2}月([0-9]{1,2}日)?"),
    (NumberDamage.DATED, f"({_WHOLE_DAY}T?)?{_CLOCK}"),
)
_PERHAPS_DATE: Final = ((NumberDamage.PERHAPS_DATE, _WHOLE_DAY),)
_DAY_FOR_NUMBER: Final = ((NumberDamage.DATED, _WHOLE_DAY),)
_ONE: Final = "([0-9]{15}|[0-9]{17}[0-9X])"
_BETWEEN: Final = "[^0-9A-Z一-鿿]*"
_MORE_THAN_ONE: Final = (
    (NumberDamage.TWO_NUMBERS, f"{_ONE}[^0-9A-Z]*{_ONE}"),
    (NumberDamage.WORDED, f"{_BETWEEN}[一-鿿][^0-9A-Z]*{_ONE}[^0-9A-Z]*|{_ONE}{_BETWEEN}[一-鿿][^0-9A-Z]*"),
)
_BARE: Final = ((NumberDamage.SCIENTIFIC, "[0-9]E[0-9]{1,2}"),)
_PERHAPS: Final = ((NumberDamage.PERHAPS, "[0-9]{1,3}E[0-9]{1,2}"),)
_ROUNDED_KEY: Final = ((NumberDamage.ROUNDED, "[0-9]{15}0{3,}|[1-9][0-9]{4}[0-9]?0{6,}"),)
_ROUNDED_NUMBER: Final = ((NumberDamage.ROUNDED, "[0-9]{14,17}000"),)
NUMBER_PATTERNS: Final = {
    Type.NUMBER: (*_ALWAYS, *_BARE, *_ROUNDED_NUMBER, *_DATED, *_DAY_FOR_NUMBER, *_MORE_THAN_ONE),
    Type.KEY: (*_ALWAYS, *_PERHAPS, *_ROUNDED_KEY, *_DATED, *_PERHAPS_DATE),
    Type.PHONE: (*_ALWAYS, *_BARE, *_ROUNDED_KEY, *_DATED),
    Type.DIVISION: (*_ALWAYS, *_BARE),
    Type.CODE: (*_ALWAYS,),
}


# The value may be whole all the same: it stays, is told, and is never evidence.
KEPT: Final = frozenset({NumberDamage.ROUNDED, NumberDamage.PERHAPS, NumberDamage.PERHAPS_DATE})


def number_damage(column: str, value: str) -> RoundedDamage | None:
    """What happened to a number on its way, as far as the value alone tells; None where nothing is seen.

    A citizen number that ends in 000 and whose check digit holds is taken for whole: one in a thousand true ones is such.
    Where a whole column was rounded they are told by their share (`is_rounded_column`).
    """
    if not (patterns := NUMBER_PATTERNS.get(COLUMNS[column].type, ())):
        return None
    text = number_form(value)
    for kind, pattern in patterns:
        if re.fullmatch(pattern, text):
            if kind is NumberDamage.ROUNDED and is_valid_citizen(text):
                return None
            return RoundedDamage(kind, _is_lost(kind, text))
    return None


def _is_lost(kind: NumberDamage, text: str) -> bool:
    if kind in (NumberDamage.DECIMAL, NumberDamage.GROUPED):
        return len(re.sub("[^0-9]", "", text.partition(".")[0])) > _EXACT_DIGITS
    return kind in (NumberDamage.SCIENTIFIC, NumberDamage.ROUNDED)


# Of whole long numbers about one in 1,000 ends in 000, and one in 64 is a multiple of 64, as all are that were 64-bit floats.
LONG_NUMBER: Final = "[1-9][0-9]{15,17}"
FEWEST_LONG: Final = 20
DECIMAL_STEP: Final = 1000
DECIMAL_SHARE: Final = 0.05
BINARY_STEP: Final = 64
BINARY_SHARE: Final = 0.5


def is_rounded_column(numbers: Iterable[str]) -> bool:
    """Whether a column of long numbers went through a spreadsheet or a floating point type: none of its long ones identifies."""
    long = [int(number) for number in numbers if re.fullmatch(LONG_NUMBER, number)]
    if len(long) < FEWEST_LONG:
        return False
    decimal, binary = (sum(n % step == 0 for n in long) / len(long) for step in (DECIMAL_STEP, BINARY_STEP))
    return decimal > DECIMAL_SHARE or binary > BINARY_SHARE


class DateDamage(StrEnum):
    SEVEN_DIGITS = "SEVEN_DIGITS"  # 1990111: 11 January or 1 November
    YEAR_MONTH_DECIMAL = "YEAR_MONTH_DECIMAL"  # 2015.1: January, or October without its zero
    SERIAL = "SERIAL"  # 33000: days since 1900 or since 1904
    DECIMAL = "DECIMAL"  # 19900111.0
    SCIENTIFIC = "SCIENTIFIC"
    ORDER = "ORDER"  # 01/02/1990, 90-01-02: which is the day, which the year
    ZONE = "ZONE"  # 2015-01-01T16:00:00Z: here it was the next day
    LUNAR = "LUNAR"
    EPOCH = "EPOCH"  # 631152000: seconds since 1970

    @property
    def label(self) -> str:
        return _DATE_LABELS[self]


_DATE_LABELS: Final = {
    DateDamage.SEVEN_DIGITS: "只有7位，月和日分不清，请按8位填写",
    DateDamage.YEAR_MONTH_DECIMAL: "分不清是1月还是10月，请按6位（年月）填写",
    DateDamage.SERIAL: "是电子表格的日期序号，请按日期格式重新导出",
    DateDamage.DECIMAL: "被改成了小数，请以文本格式重新导出",
    DateDamage.SCIENTIFIC: "被电子表格改成了科学计数，请以文本格式重新导出",
    DateDamage.ORDER: "年、月、日的次序分不清，请按年月日8位填写",
    DateDamage.ZONE: "带有时区，可能差一天，请按年月日8位填写",
    DateDamage.LUNAR: "像是农历，请填公历",
    DateDamage.EPOCH: "是计算机的时间序号，请按年月日8位填写",
}
_PART: Final = "[0-9]{1,2}"
# As Oracle writes a month, in English or Chinese, in capitals.
NAMED_MONTH: Final = f"({'|'.join(MONTHS)}|[0-9]{{1,2}}月)"
# (kind, pattern), the first that a date as it was sent matches whole, after `search_form` and in capitals.
DATE_PATTERNS: Final = (
    (DateDamage.SEVEN_DIGITS, "[12][0-9]{6}"),
    (DateDamage.YEAR_MONTH_DECIMAL, r"[12][0-9]{3}\.1"),
    (DateDamage.SERIAL, r"[1-9][0-9]{4}(\.[0-9]+)?"),
    (DateDamage.DECIMAL, r"([12][0-9]{5}|[12][0-9]{7})\.0*"),
    (DateDamage.SCIENTIFIC, r"[0-9]([.,][0-9]+)?E\+?[0-9]{1,2}"),
    (DateDamage.ORDER, f"{_PART}[-/.]{_PART}[-/.]([0-9]{{4}}|{_PART})( [0-9:. APM]*)?|{_PART}年{_PART}月({_PART}日?)?"),
    (DateDamage.ORDER, f"{_PART}[-/. ]{NAMED_MONTH} ?[-/. ]{_PART}( [0-9:. APM]*)?"),
    (DateDamage.ZONE, r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ ?(Z|-[0-9:]+|\+(0[0-79]|1[0-9]):?[0-9]{0,2})"),
    (DateDamage.LUNAR, ".*([农阴]历|闰|腊月|正月|初[一二三四五六七八九十]|廿).*"),
    (DateDamage.EPOCH, "-?([0-9]{9,10}|[0-9]{12,13})"),
)


def date_damage(column: str, value: str) -> DateDamage | None:
    """Why a date as it was sent cannot be read without guessing; None where nothing of the kind is seen."""
    if COLUMNS[column].type is not Type.DATE:
        return None
    text = search_form(value).upper()
    return next((kind for kind, pattern in DATE_PATTERNS if re.fullmatch(pattern, text)), None)


# A day with a time and without a zone (RE2). Midnight in China is 16:00 of the day before in UTC, and 15:00 in the summers of 1940 to
# 1949 and 1986 to 1991.
TIMED_DAY: Final = r"[12][0-9]{3}[-/][0-9]{1,2}[-/][0-9]{1,2}[T ][0-9]{1,2}:[0-9]{2}(:[0-9.]+)?"
MOVED_DAY: Final = r"[12][0-9]{3}[-/][0-9]{1,2}[-/][0-9]{1,2}[T ]1[56]:00(:00(\.0+)?)?"


def is_moved_column(timed: int, moved: int) -> bool:
    """Whether dates were told in UTC: more than one has a time, and all these are midnight here, of the day after.

    timed, moved: how many spellings match `TIMED_DAY`, `MOVED_DAY`.
    """
    return timed > 1 and timed == moved
