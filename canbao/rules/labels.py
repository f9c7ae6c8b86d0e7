"""What codes and columns are called by those who read them, on pages, in the interface and in commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from canbao.rules.answers import ITEMS, Kept
from canbao.rules.duty import Gap
from canbao.rules.match_labels import CASE_LABELS, RULE_SENTENCES
from canbao.rules.scope import ScopeBasis

DEPARTMENTS = {
    "employee": "城镇职工五险",
    "resident_pension": "居民养老",
    "resident_medical": "居民医疗",
    "public_pension": "机关养老",
    "police": "公安户籍",
    "health": "卫生计生",
    "deaths": "殡葬",
    "elsewhere": "外省参保",
    "students": "在校学生",
    "prison": "服刑",
    "soldiers": "现役",
}
SOURCES = DEPARTMENTS | {"office": "经办机构登记"}  # the offices hand nothing in: what they registered is theirs
# Why a value of an accepted row was left out of a run.
LEFT_OUT = {
    "TOO_LONG": "太长，登记库写不下",
    "UNWRITABLE": "含有不能保存的字符",
    "OUT_OF_RANGE": "日期超出可以保存的范围",
    "EMPTY": "没有内容",
    "REFUSED": "登记库不能保存",
    "PERSON_REFUSED": "登记库不能保存，找不到是哪一项；此人已登记的内容保持不变",
}
RULES = {rule.value: sentence for rule, sentence in RULE_SENTENCES.items()}
CASES = {kind.value: label for kind, label in CASE_LABELS.items()}
BANDS = {"exact": "完全一致", "strong": "可靠归并", "clerical": "待人工判定", "alone": "仅此一条"}
SCOPES = {scope.value: scope.label for scope in ScopeBasis} | {"OUT_OF_SCOPE": "不属登记对象（死亡、迁出等）"}
GAPS = {gap.value: gap.label for gap in Gap}
FIELDS = {
    "name": "姓名",
    "former_name": "曾用名",
    "sex": "性别",
    "birth_date": "出生日期",
    "ethnicity": "民族",
    "doc_type": "证件类型",
    "doc_number": "证件号码",
    "number_disputed": "号码有争议",
    "hukou_type": "户口性质",
    "hukou_division": "户籍地区划",
    "hukou_address": "户籍地址",
    "hukou_status": "户籍状态",
    "household_no": "户号",
    "relation_to_head": "与户主关系",
    "moved_in_on": "迁入日期",
    "moved_in_from": "迁入来源",
    "home_division": "现居住地区划",
    "home_address": "现居住地址",
    "residence": "居住类型",
    "phone": "联系电话",
    "birth_certificate": "出生医学证明编号",
    "mother_number": "母亲证件号码",
    "death_on": "死亡日期",
    "scope": "登记范围",
    "gap": "参保情况",
    "office_path": "经办机构",
}
RECORD_FIELDS = FIELDS | {
    "division": "区划", "address": "地址", "person_no": "个人编号", "from_on": "名单起始日期", "until_on": "名单终止日期",
    "extra": "名单所载学校、地点等",
}  # fmt: skip
# Of deliveries, batches, runs and cases.
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
    "OPEN": "待判定",
    "SECOND": "待第二人判定",
    "ESCALATED": "待上级判定",
    "DECIDED": "已判定",
    "NOTED": "已转办",
    "GONE": "已消失",
}
# How a case of each kind is settled.
SETTLING = {
    "SHARED_NUMBER": "请向当事人核对证件原件。号码填错的一方，由报送部门更正后重新报送，疑点随之消失。",
    "POSSIBLE_SAME": "请对照两边的记录，必要时核对证件、户口簿或向本人核实，确定是否同一人。",
    "MANY_NUMBERS": "请原业务系统核实后合并个人编号，下次报送后疑点消失。",
    "INVALID_NUMBER": "请报送部门按证件原件更正号码后重新报送，疑点随之消失。",
    "DEAD_BUT_ACTIVE": "请核实死亡信息：属实的通知参保地办理终止，不属实的由报送部门更正，下次报送后疑点消失。",
    "SHARED_PERSON_NO": "请原业务系统核实个人编号属于哪一人，更正后重新报送。",
    "OTHER_FACTS": "请向本人核对证件原件。号码填成别人的，或出生日期、性别填错的，由报送部门更正后重新报送，疑点随之消失。",
    "LISTED_PERSON": "请对照名单与此人的记录，必要时向报送名单的部门或本人核实，确定名单所说是否就是此人。",
}
DECLARED = {item.name: item.label for item in ITEMS if item.kept is Kept.DECLARATION}
# The particulars of an entry of the journal.
PARTICULARS = FIELDS | DECLARED | {
    "accounts": "账号", "after": "新值", "as_of": "数据日期", "asked_by": "申请人", "before": "原值", "breakers": "拦截原因",
    "bulk": "成批判定", "code": "代码", "counts": "数量", "decision": "结论", "digest": "摘要", "empty": "空值",
    "ends_on": "终止日期", "fields": "项目", "file": "文件", "filters": "查询条件", "findings": "发现的问题", "found": "查到",
    "from": "起", "full": "看原文", "hits": "查到人数", "intact": "完好", "into": "合并到", "item": "项目", "kind": "类别",
    "known": "所知日期", "label": "名称", "left": "剩余", "letter": "告知内容", "job": "任务", "shown": "显示",
    "merge": "合并", "more": "其他", "note": "说明", "office": "机构",
    "old": "原岗位", "on": "日期", "others": "其他人员", "people": "人数", "period": "期限", "permission": "权限",
    "persons": "人员", "post": "岗位", "purpose": "用途", "quota": "每日上限", "reason": "理由", "records": "记录数",
    "replaced": "替代", "rows": "行数", "runs": "比对", "same": "同一人", "seal": "封存", "sealed": "封存条数",
    "settled": "已判定", "skipped": "跳过", "source": "来源", "state": "状态", "status": "状态", "target": "对象",
    "until": "止", "version": "版本", "way": "方式", "why": "原因", "drawn": "抽取条数", "page": "页",
    "budget": "查阅额度", "limit": "上限", "tried": "所试事项", "amount": "增加次数", "hours": "有效小时", "what": "编号种类",
    "stem": "号段摘要",
    "anchor": "凭证内容", "stamped": "已取得时间戳的凭证", "token": "时间戳摘要", "sent": "已送到接收方的凭证",
    "verdict": "结论", "notices": "说明",
}  # fmt: skip

# What the parts of an address name, by their names in the routes; a test holds it complete.
ID_KINDS: Mapping[str, str] = {
    "person_id": "人员", "case_id": "疑点", "bulk_id": "成批判定", "task_id": "名单", "found_id": "新发现人员",
    "evidence_id": "证明材料", "place": "材料页", "call_id": "回访", "change_id": "变更申请",
    "village": "村社", "account_id": "账号", "post_id": "岗位", "request_id": "岗位申请", "lift_id": "额度申请",
    "reset_id": "凭据重置", "act_id": "村（社区）成批办理",
    "client_id": "接口用户或提交编号", "number": "日志、告警或凭证", "batch_id": "批次", "run_id": "比对", "job_id": "任务",
    "round_id": "入户调查", "file_name": "文件", "code": "区划或机构", "tree": "区划或机构",
}  # fmt: skip

# What begins, what ends, and what else a list that explains says.
LIST_HEADS: Final[dict[str, tuple[str, str, str]]] = {
    "deaths": ("死亡日期", "", ""),
    "elsewhere": ("开始日期", "终止日期", "险种、参保地"),
    "students": ("入学日期", "毕业日期", "学校"),
    "prison": ("开始日期", "终止日期", ""),
    "soldiers": ("入伍日期", "退役日期", ""),
}
