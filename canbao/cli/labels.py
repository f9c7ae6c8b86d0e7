"""What codes are called on the terminal."""

from __future__ import annotations

from canbao.rules.labels import BANDS, CASES, FIELDS, GAPS, RECORD_FIELDS, RULES, SCOPES, SOURCES
from canbao.rules.stages import STEPS

__all__ = [
    "BANDS",
    "CASES",
    "FIELDS",
    "GAPS",
    "KINDS",
    "RECORD_FIELDS",
    "RULES",
    "SCOPES",
    "SETTLING",
    "SOURCES",
    "STATES",
    "STEPS",
]

KINDS = {"full": "全量", "delta": "增量"}
STATES = {
    "RECEIVING": "接收中",
    "RECEIVED": "已接收",
    "REFUSED": "已拒收",
    "PREPARED": "待提交",
    "HELD": "已拦截",
    "COMMITTED": "已提交",
    "REVERSED": "已撤销",
    "REPLACED": "已被替代",
    "RUNNING": "运行中",
    "APPLIED": "已入库",
    "FAILED": "未完成",
    "RETRACTED": "已撤销",
    "OPEN": "待处理",
    "SECOND": "待第二人判定",
    "ESCALATED": "待上级判定",
    "DECIDED": "已判定",
    "NOTED": "已转办",
    "GONE": "已消失",
}
SETTLING = {
    "SHARED_NUMBER": "请向当事人核对证件原件。号码填错的一方,由报送部门更正后重新报送,疑点随之消失;登记信息可凭证明用 canbao person correct 更正。",
    "POSSIBLE_SAME": "请核对两边的证件、户口簿或向本人核实,确定是否同一人。",
    "MANY_NUMBERS": "请原业务系统核实后合并个人编号,下次报送后疑点消失。",
    "INVALID_NUMBER": "请报送部门按证件原件更正号码后重新报送,疑点随之消失。",
    "DEAD_BUT_ACTIVE": "请核实死亡信息;属实的通知参保地办理终止,不属实的由报送部门更正,下次报送后疑点消失。",
    "SHARED_PERSON_NO": "请原业务系统核实个人编号属于哪一人,更正后重新报送。",
}
