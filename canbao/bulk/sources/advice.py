"""Why a row goes back, in words of the department that sent it: which column, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from canbao.bulk.sources.reasons import REASONS, problem_text
from canbao.rules.damage import DateDamage, NumberDamage
from canbao.rules.name_checks import NoName

_LENGTH: Final = "请核对是否填错了列，或者缩短后再送"
_LOST: Final = "请从原来的系统重新取出该项，按文本填写"
ADVICE: Final[dict[str, str]] = {
    **{kind.value: "请改好后送回" for kind in DateDamage},  # what to write stands in the words for it
    **{kind.value: _LOST for kind in NumberDamage},
    **{kind.value: "请按户口簿或身份证重新录入姓名" for kind in NoName},
    NoName.FOOTER.value: "请删去合计行、落款行",
    NoName.NOTE.value: "姓名一栏只填一个人的姓名；已死亡、重复之类的说明和电话请填到对应的列",
    "LINE_TOO_LONG": "请核对引号和换行",
    "KEY_TOO_LONG": _LENGTH,
    "EMPTY": "请补填",
    "EMPTY_KEY": "请补填本部门系统里的编号",
    "IMPOSSIBLE_DATE": "请写成 1990-01-31 或 19900131 这样的日期，不知道的留空",
    "DATE_OUT_OF_RANGE": "请核对年份",
    "BIRTH_IN_FUTURE": "请核对出生日期",
    "IN_FUTURE": "请核对日期；数据日期填早了的，请改正后重新报送",
    "NO_DAY": "请按年月日8位填写",
    "DEATH_IN_FUTURE": "请核对死亡日期",
    "DEATH_BEFORE_BIRTH": "请核对死亡日期和出生日期",
    "DEATH_BEFORE_NUMBER": "请核对死亡日期和证件号码",
    "ENDS_BEFORE_BEGIN": "请核对两个日期，是否填反了",
    "UNKNOWN_CODE": "请改用代码表里的代码，报送模板对应列的提示里有可填的内容",
    "SCIENTIFIC": _LOST,
    "UNREADABLE": "请按原来的文字重新录入，并以 UTF-8 编码保存",
    "COLUMNS": "内容里有分隔符的，请给该格加上引号；多出或缺少的格请改正",
    "QUOTES": "请补上或去掉引号",
    "TOO_LONG": _LENGTH,
    "DUPLICATE": "不需要处理",
    "KEY_TWICE": "请只留正确的一行；确是两条记录的，请更正其中一行的编号",
    "UNKNOWN_OP": "请填 I（新增）、U（修改）或 D（删除）",
    "UPDATE_OF_UNKNOWN": "请核对编号；确是新记录的，变更标志改为 I",
    "DELETE_OF_UNKNOWN": "请核对编号；以前没有报送过的，不需要删除",
    "LOST_ZEROS": "请补上前面的 0，并核对同一行的电话、卡号；确是另一条记录的，请另作增量报送",
    "RETURNED_KEY": "请恢复退回时的编号（常见的是电子表格去掉了前面的 0）；确需改编号的，请清空该行的“退回编号”",
}
_OTHERWISE: Final = "请核对后更正"


def explained(reasons: str, *, headings: Mapping[str, str]) -> str:
    """The text beside a row that goes back, of reason codes such as `AAC006:IMPOSSIBLE_DATE;AAC004:UNKNOWN_CODE`.

    headings: column code to what the sender calls the column. Columns with the same fault share a sentence.
    """
    columns: dict[str, list[str]] = {}
    for reason in filter(None, reasons.split(";")):
        code, _, problem = reason.partition(":")
        columns.setdefault(problem, []).append(headings.get(code, code))
    return "".join(
        f"{problem_text(problem, name='”“'.join(names))}。{ADVICE.get(problem, _OTHERWISE)}。"
        for problem, names in columns.items()
    )


def columns_at_fault(reasons: str) -> frozenset[str]:
    """The codes of the columns that reason codes name."""
    return frozenset(reason.partition(":")[0] for reason in reasons.split(";") if reason)


def unexplained() -> frozenset[str]:
    """Problems without advice of their own."""
    return frozenset(REASONS) - frozenset(ADVICE)
