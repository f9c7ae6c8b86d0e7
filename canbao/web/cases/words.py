"""What the pages of this room say."""

from __future__ import annotations

from canbao.rules import labels
from canbao.rules.match_labels import CASE_LABELS
from canbao.services.matching import Refusal

KINDS = {kind.value: label for kind, label in CASE_LABELS.items()}
# A case that one has decided is not told from one that nobody has: the second decides blind.
_TONES = {"OPEN": "wait", "SECOND": "wait", "ESCALATED": "look", "DECIDED": "ok", "NOTED": "plain", "GONE": "plain"}
STATES = {state: (labels.STATES["OPEN" if state == "SECOND" else state], tone) for state, tone in _TONES.items()}
# What the filter offers; the two halves of a blind pair are one state.
SHOWN_STATES = {"": "待判定（全部）"} | {
    state: labels.STATES[state] for state in ("ESCALATED", "DECIDED", "NOTED", "GONE")
}
WHY_NOT = {
    Refusal.NOT_WAITING: "这一件已经办理，或疑点已消失。",
    Refusal.NOT_TWO_PEOPLE: "这一件由数据来源更正，不在这里判定。",
    Refusal.ALREADY_GIVEN: "您已判定过这一件，须由另一人判定。",
    Refusal.OFFICE_ABOVE: "两人意见不同，由上级经办机构判定。",
    Refusal.NO_RIGHT: "您的岗位只能查看，不能判定。",
    Refusal.ROW_GIVEN: "名单的这一行已认定为另一人。确需改认的，请先撤销那一件的判定。",
}
# What the two buttons of the desk say, and what is answered.
VERDICTS = {"same": "同一人", "different": "不同的人"}
ROW_VERDICTS = {"same": "名单说的是此人", "different": "不是此人"}
ROW_REASONS = {
    "same": (
        "号码相同，姓名为别字或曾用名",
        "姓名、出生日期一致，一方没有号码",
        "已向报送名单的部门核实",
        "已向本人或家属核实",
    ),
    "different": (
        "证据不足，不用于此人",
        "同名同生日的另一人",
        "号码误填，名单所说另有其人",
        "已向报送名单的部门核实",
        "已向本人或家属核实",
    ),
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
