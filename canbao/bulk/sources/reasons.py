"""What can be wrong with a row, in words a clerk can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from canbao.rules.damage import DateDamage, NumberDamage
from canbao.rules.name_checks import NoName

_DAMAGE: Final = {
    **{kind.value: f"“{{name}}”{kind.label}" for kind in DateDamage},
    **{kind.value: f"“{{name}}”{kind.label}" for kind in NumberDamage},
}
_NO_NAME: Final = {kind.value: f"“{{name}}”{kind.label.removeprefix('姓名')}" for kind in NoName}
_NO_DAY: Final = "“{name}”只有年月，没有日"

_END_FIRST: Final = "“{name}”早于开始的日期"

REASONS: Final = {
    "EMPTY": "“{name}”没有填（“不详”、0 之类不算）",
    "EMPTY_KEY": "记录编号没有填（或填的是 0、无、被改过的号码），无法认出是哪一条记录",
    "KEY_TOO_LONG": "记录编号太长",
    "IMPOSSIBLE_DATE": "“{name}”不是有效的日期",
    "DATE_OUT_OF_RANGE": "“{name}”早于 1850 年或过于遥远",
    "BIRTH_IN_FUTURE": "“{name}”晚于数据日期",
    "IN_FUTURE": "“{name}”晚于数据日期",
    "NO_DAY": _NO_DAY,
    "DEATH_IN_FUTURE": "“{name}”晚于数据日期",
    "DEATH_BEFORE_BIRTH": "“{name}”早于出生日期",
    "DEATH_BEFORE_NUMBER": "“{name}”早于证件号码里的出生日期",
    "ENDS_BEFORE_BEGIN": _END_FIRST,
    "UNKNOWN_CODE": "“{name}”的代码不在对照表里",
    **_DAMAGE,
    **_NO_NAME,
    "UNREADABLE": "这一行有无法识别的字符",
    "COLUMNS": "列数与表头不符",
    "QUOTES": "引号不成对",
    "TOO_LONG": "“{name}”太长",
    "LINE_TOO_LONG": "这一行太长",
    "DUPLICATE": "与本次另一行完全相同",
    "KEY_TWICE": "同一记录编号在本次出现多次且内容不同，全部暂存",
    "UNKNOWN_OP": "变更标志 op 应为 I、U 或 D",
    "UPDATE_OF_UNKNOWN": "要修改的记录不在已接收的数据里",
    "DELETE_OF_UNKNOWN": "要删除的记录不在已接收的数据里",
    "RETURNED_KEY": "记录编号与退回时不同",
    "LOST_ZEROS": "记录编号与已接收的一条记录只差前面的 0",
}

NO_DATE: Final = "NO_DATE"

WARNINGS: Final = {
    **_DAMAGE,
    **{kind: f"{words}，按没有填处理" for kind, words in _NO_NAME.items()},
    "NO_DAY": f"{_NO_DAY}，按没有填处理",
    "SEVERAL": "“{name}”填了多个号码，只取第一个",
    "BESIDE": "“{name}”旁边写有别的文字，只取号码",
    "ORDINAL": "“{name}”后面写有序号之类，已去掉",
    "BRACKETS": "“{name}”里有括号，请核对是不是姓名的一部分",
    "FILLER": "“{name}”填的是“无”、“不详”、0 之类，按没有填处理",
    "COMMON": "“{name}”是很多人共用的填充值，不作为认人的依据",
    "MARKUP": "“{name}”带有网页代码（<br>、&nbsp; 之类），已去掉",
    "NOT_OF_ITS_KIND": "“{name}”的内容不是这一项应有的，按没有填处理",
    NO_DATE: "“{name}”没有日期（空白，或填的是 0、00000000、无 之类）",
    "NUMBER_MISSING": "没有证件号码",
    "NUMBER_LENGTH": "身份证号码位数不对",
    "NUMBER_15": "15 位旧身份证号码",
    "NUMBER_FORM": "身份证号码含有不该有的字符",
    "CHECK_DIGIT": "身份证号码校验位不对",
    "BIRTH_DIFFERS": "出生日期与身份证号码不一致",
    "SEX_DIFFERS": "性别与身份证号码不一致",
    "DIVISION_UNKNOWN": "区划代码不在区划表里",
    "DIVISION_MISSING": "没有区划",
    "DIVISION_FORM": "区划代码不是 6、9 或 12 位数字",
    "NAME_DAMAGED": "姓名含有问号或无法识别的字",
    "ENDS_BEFORE_BEGIN": _END_FIRST,
    "INSERT_OF_EXISTING": "标为新增，但记录已存在，按修改处理",
}

CONFLICTS: Final = {
    "NUMBER_SHARED": "同一证件号码用于不同姓名",
    "PERSON_TWO_NUMBERS": "同一人员编号有不同证件号码",
}


def sentence(reasons: str, *, names: Mapping[str, str]) -> str:
    """The Chinese text of reason codes such as `AAC006:IMPOSSIBLE_DATE;AAC004:UNKNOWN_CODE`."""
    return ";".join(_one(reason, names) for reason in reasons.split(";") if reason)


def warning(code: str, *, names: Mapping[str, str]) -> str:
    """The Chinese text of a warning, with its column where it has one: `CHECK_DIGIT`, `AAC006:NO_DATE`."""
    column, _, kind = code.rpartition(":")
    return WARNINGS.get(kind, kind).format(name=names.get(column, column))


def problem_text(problem: str, *, name: str) -> str:
    """What is wrong, without the column's code: name is what the column is called."""
    return REASONS.get(problem, problem).format(name=name)


def _one(reason: str, names: Mapping[str, str]) -> str:
    field, _, problem = reason.partition(":")
    return problem_text(problem, name=names.get(field, field))
