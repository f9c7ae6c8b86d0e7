"""`canbao doctor`: what this machine can and cannot protect, and whether what protects the register on it is in force."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import click

from canbao.cli.main import House
from canbao.cli.output import REFUSED_BY_RULE, Stop, json_option, print_json, print_table, say
from canbao.outside.reader.report import ProtectionGrade, findings

_COLUMNS = {"name": "保护", "label": "结果", "says": "情况", "todo": "处理办法"}
_LABELS = {"GOOD": "正常", "WATCH": "留意", "BAD": "异常"}
_BAD = {ProtectionGrade.REFUSED.value, "BAD"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of either table; grade: of `ProtectionGrade` for the machine, of `safeguards.Grade` for the register."""

    name: str
    grade: str
    label: str
    says: str
    todo: str


@click.command()
@json_option
@click.pass_obj
def doctor(house: House | None, as_json: bool) -> None:
    """检查这台机器能否安全地打开外来文件(图片、PDF、电子表格 .xlsx 和 .ods、Parquet、gzip),哪些保护有效,哪些没有;这台机器上有登记库的,还检查它的权限、密钥、监听地址、告警检查和机外存证。

    退出码:0 没有无效或异常(可能有较弱或须留意的,见表);4 有无效的保护,有关的外来文件会被拒绝,或者登记库有异常。
    """  # fmt: skip
    machine = [Row(found.name, found.grade.value, found.grade.label, found.says, found.todo) for found in findings()]
    register = _register(house) if house and house.is_made() else []
    if as_json:
        print_json([asdict(row) for row in machine + register])
    else:
        print_table([asdict(row) for row in machine], columns=_COLUMNS, title="打开外来文件时的保护")
        if house and register:
            print_table([asdict(row) for row in register], columns=_COLUMNS, title=f"登记库 {house.home}")
    _conclude(machine, register)


def _register(house: House) -> list[Row]:
    """What keeps the register from being looked at is one of its faults."""
    try:
        house.load_django()
        house.start_database()
        if not house.is_initialised():
            return [
                Row(
                    "登记库",
                    "BAD",
                    _LABELS["BAD"],
                    "还没有建完，或者由另一版本的程序建立",
                    "请先备份，再执行 canbao init。",
                )
            ]
    except Stop as stop:
        return [Row("登记库", "BAD", _LABELS["BAD"], "不能查看", stop.message)]
    from canbao.services import safeguards

    return [
        Row(found.name, found.grade.value, _LABELS[found.grade], found.says, found.todo) for found in safeguards.look()
    ]


def _conclude(machine: list[Row], register: list[Row]) -> None:
    invalid, faults = (_names(rows, _BAD) for rows in (machine, register))
    if invalid or faults:
        said = [f"无效的保护:{invalid}。有关的外来文件会被拒绝,见表。"] if invalid else []
        said += [f"登记库有异常:{faults}。处理办法见表。"] if faults else []
        raise Stop("\n".join(said), code=REFUSED_BY_RULE)
    weaker, watch = _names(machine, {ProtectionGrade.WEAKER.value}), _names(register, {"WATCH"})
    say(f"可以打开外来文件;较弱的保护:{weaker}。" if weaker else "可以打开外来文件,各项保护都有效。")
    if register:
        say(f"登记库没有异常;须留意:{watch}。" if watch else "登记库没有异常。")


def _names(rows: list[Row], grades: set[str]) -> str:
    return "、".join(row.name for row in rows if row.grade in grades)
