"""What the return station answers: one sentence and one look for each way a scan can end."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from canbao.rules.survey import TaskState
from canbao.services import audit
from canbao.services.survey import returning, sheets
from canbao.services.survey.reaching import RoundOver
from canbao.services.survey.returning import Shown
from canbao.web.templatetags.words import second


@dataclass(frozen=True, slots=True)
class Answer:
    """kind: how it ended, and how it looks; mine: this very account took it back."""

    kind: str
    title: str
    text: str = ""
    number: str = ""
    mine: bool = False
    shown: Shown | None = None

    @property
    def is_back(self) -> bool:
        return self.kind in ("BACK", "OLDER")

    def as_dict(self) -> dict[str, Any]:
        """For the script of the page."""
        told = {name: value for name, value in asdict(self).items() if name != "shown"}
        return told | {"is_back": self.is_back, "shown": _who(self.shown) if self.shown else None}


def _who(shown: Shown) -> dict[str, Any]:
    return {
        "number": shown.number, "name": shown.name, "village": shown.village, "address": shown.address.text,
        "born": shown.born.text, "at": second(shown.at), "signer": shown.signer, "has_mandate": shown.has_mandate,
        "problem": shown.problem.label if shown.problem else "", "must": bool(shown.problem and shown.problem.must),
    }  # fmt: skip


def back(shown: Shown) -> Answer:
    said = [f"走访结果是“{shown.no_form}”，本来不需交表，请核对。"] if shown.no_form else []
    if shown.older:
        said.append("这是较早打印的一张，后来又打印过；两张都算，以这一张为准。")
        return Answer("OLDER", "已收回（旧表）", "".join(said), shown.number, True, shown)
    return Answer("BACK", "已收回", "".join(said), shown.number, True, shown)


def refused(error: Exception, *, account: str) -> Answer:
    """The sentence for an anticipated refusal; anything else is raised again."""
    match error:
        case returning.AnotherIsBack(number=number, shown=shown):
            return Answer(
                "OTHER_SHEET", "此人已用另一张交表",
                f"{_by(shown)}已收回此人的另一张登记表（{shown.number}）。这一张不用再收，两张都填了的，请核对哪一张为准。",
                number, shown.by == account, shown,
            )  # fmt: skip
        case returning.AlreadyBack(shown=shown):
            text = f"{_by(shown)}已收回这一张，不会重复计数。"
            return Answer("ALREADY", "收过了", text, shown.number, shown.by == account, shown)
        case returning.NotTaken(state=state, shown=shown):
            return Answer(
                "NOT_TAKEN", f"不能收表：{state.label}", _NOT_TAKEN.get(state, _ELSE), shown.number, shown=shown
            )
        case sheets.NoSheet():
            title, text = _sheet(error)
            return Answer(_KINDS[type(error)], title, text, error.number)
        case RoundOver(state=state):
            return Answer("ROUND_OVER", "不能收表", f"本次入户调查{state.label}，只能查看。这一张没有收。")
    raise error


_NOT_TAKEN = {
    TaskState.PLANNED: "名单还没有下发到村（或已收回）。请先在“走访名单”中下发，再扫这一张。",
    TaskState.ENTERED: "这份登记表已经录入，不用再收。纸质表请放入已录入的一叠。",
    TaskState.CLOSED: "这一户的走访已经办结，不用再收。要重新办理，请先在“审核办结”中撤销办结。",
    TaskState.DROPPED: "此人已从名单剔除。请把这张表单独放，核对剔除原因。",
}
_ELSE = "名单现在的状态不能收表，请在“走访名单”中查看。"
_KINDS: dict[type[Exception], str] = {
    sheets.NotANumber: "NOT_A_NUMBER",
    sheets.WrongDigit: "WRONG_DIGIT",
    sheets.Unknown: "UNKNOWN",
    sheets.OfAnother: "OF_ANOTHER",
    sheets.OfAnotherRound: "OTHER_ROUND",
    sheets.NotOnList: "NOT_ON_LIST",
}


def _sheet(error: sheets.NoSheet) -> tuple[str, str]:
    match error:
        case sheets.NotANumber():
            return "不是表号", "表号是十二位数字。可能扫到了别的码，或者少输了几位：请重扫，或照表上的数字再输一遍。"
        case sheets.WrongDigit():
            return "表号有误", "末位校验不符，有一位数字输错，或相邻两位输反。请照表上的数字再输一遍。"
        case sheets.OfAnother(office=office):
            return "别处的表", f"这张表由{office}打印，不在本机构辖区，没有收。请转交该单位。"
        case sheets.OfAnotherRound(round_name=name):
            return "另一次调查的表", f"这张表属于“{name}”，没有收。请到那一次调查的“收表”页面扫描。"
        case sheets.NotOnList():
            return (
                "不在名单上",
                "这张表打印过，但此人不在已下发到本机构的走访名单上，没有收。请单独放，到“走访名单”查看。",
            )
    return "查无此号", "校验无误，但系统从未打印过这个表号。请看是否别的系统的表，或报系统管理员。"


def _by(shown: Shown) -> str:
    name = audit.real_names({shown.by}).get(shown.by, shown.by)
    return f"{second(shown.at)} 由{name}" if shown.at else "此前"
