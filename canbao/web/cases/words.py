"""What the pages of this room say."""

from __future__ import annotations

from canbao.rules.matching import CASE_LABELS, CaseKind
from canbao.services.matching import Refusal

KINDS = {kind.value: label for kind, label in CASE_LABELS.items()}
STATES = {
    "OPEN": ("待处理", "wait"),
    "SECOND": ("待处理", "wait"),  # that one has decided already is not said: the second decides blind
    "ESCALATED": ("待上级判定", "look"),
    "DECIDED": ("已判定", "ok"),
    "NOTED": ("已转办", "plain"),
    "GONE": ("已消失", "plain"),
}
# What the filter offers; the two halves of a blind pair are one state.
SHOWN_STATES = {
    "": "待判定（全部）",
    "ESCALATED": "待上级判定",
    "DECIDED": "已判定",
    "NOTED": "已转办",
    "GONE": "已消失",
}
WHY_NOT = {
    Refusal.NOT_WAITING: "这一件已经办理，或疑点已消失。",
    Refusal.NOT_TWO_PEOPLE: "这一件由数据来源更正，不在这里判定。",
    Refusal.ALREADY_GIVEN: "您已判定过这一件，须由另一人判定。",
    Refusal.OFFICE_ABOVE: "两人意见不同，由上级经办机构判定。",
    Refusal.NO_RIGHT: "您的岗位只能查看，不能判定。",
}
REASONS = {
    "same": ("号码笔误，其余一致", "更名或同音字，其余一致", "一方没有号码，其余一致", "已核对证件或户口簿，为同一人"),
    "different": (
        "证据不足，按两人保留",
        "号码有效且各有其人",
        "同名同生日的不同人",
        "双胞胎或同胞",
        "已核对证件或户口簿，为不同人",
    ),
}
SETTLING = {
    CaseKind.SHARED_NUMBER: "请向当事人核对证件原件。号码填错的一方，由报送部门更正后重新报送，疑点随之消失。",
    CaseKind.POSSIBLE_SAME: "请对照两边的记录，必要时核对证件、户口簿或向本人核实，确定是否同一人。",
    CaseKind.MANY_NUMBERS: "请原业务系统核实后合并个人编号，下次报送后疑点消失。",
    CaseKind.INVALID_NUMBER: "请报送部门按证件原件更正号码后重新报送，疑点随之消失。",
    CaseKind.DEAD_BUT_ACTIVE: "请核实死亡信息：属实的通知参保地办理终止，不属实的由报送部门更正，下次报送后疑点消失。",
    CaseKind.SHARED_PERSON_NO: "请原业务系统核实个人编号属于哪一人，更正后重新报送。",
}
