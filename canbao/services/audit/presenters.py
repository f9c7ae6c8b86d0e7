"""One Chinese sentence per event, for readers of the journal."""

from __future__ import annotations

from collections.abc import Mapping

from canbao.rules.wording import sources_in_words
from canbao.services.audit.entry_text import printable
from canbao.services.audit.events import Event

_SENTENCES: dict[str, str] = {
    Event.DELIVERY_RECEIVED: "接收报送数据 {target}{source:（来源 %s）}。",
    Event.DELIVERY_REFUSED: "拒收报送数据 {target}{source:（来源 %s）}{reason:，原因：%s}。",
    Event.BATCH_PREPARED: "生成批次 {target} 的预览，等待他人提交。",
    Event.BATCH_RELEASED: "放行被阈值拦下的批次 {target}。",
    Event.BATCH_COMMITTED: "提交批次 {target}。",
    Event.BATCH_REVERSED: "撤销批次 {target}，恢复到提交之前。",
    Event.MATCH_RUN_STARTED: "开始信息比对 {target}。",
    Event.MATCH_RUN_APPLIED: "把信息比对 {target} 的结果写入登记库。",
    Event.PERSON_RECORDED: "登记人员 #{target}。",
    Event.PERSON_CORRECTED: "更正人员 #{target} 的登记信息{fields:（%s）}。",
    Event.PERSON_ENDED: "终结人员 #{target} 的登记{reason:，原因：%s}。",
    Event.PERSONS_MERGED: "把 {others} 合并到人员 #{target}。",
    Event.PERSONS_UNMERGED: "撤销人员 #{target} 的合并。",
    Event.VILLAGES_WORKED_OUT: "按地址判定人员所属村（社区）{towns:，%s 个镇街}{decided:，判定 %s 人}{moved:，调整 %s 人}。",
    Event.VILLAGES_CONFIRMED: "确认建议的村（社区）{people:，%s 人}{office:（%s）}。",
    Event.VILLAGES_CORRECTED: "更正 {people} 人所属村（社区）{office:，改为%s}{reason:，原因：%s}。",
    Event.VILLAGES_WITHDRAWN: "撤回 {people} 人所属村（社区）{reason:，原因：%s}。",
    Event.VILLAGES_UNDONE: "撤销村（社区）办理 {target}{people:，%s 人}。",
    Event.VILLAGES_LISTED: "查看建议的村（社区）{rows:（%s 人）}。",
    Event.CASE_DECIDED: "判定疑点 {target}{decision:，结论：%s}。",
    Event.CASE_SET_ASIDE: "暂缓判定疑点 {target}。",
    Event.CASE_HANDED_ON: "转办疑点 {target}。",
    Event.CASE_UNDONE: "撤销对疑点 {target} 的判定。",
    Event.LIST_ROWS_VIEWED: "查看批次 {target} 中登记库没有的人{rows:（%s 行）}。",
    Event.CASES_LISTED: "查看疑点清单{rows:（%s 件）}。",
    Event.CASE_BULK_ASKED: "申请成批判定 {target}{found:（%s 件）}。",
    Event.CASE_BULK_REFUSED: "不予确认成批判定 {target}。",
    Event.CASE_BULK_SETTLED: "确认成批判定 {target}{settled:，判定 %s 件}。",
    Event.CASE_BULK_UNDONE: "撤销成批判定 {target}{settled:，恢复 %s 件}。",
    Event.PERSON_VIEWED: "查看人员 #{target}。",
    Event.UNMASKED: "查看人员 #{target} 的隐藏项目原文{item:（%s）}{reason:，理由：%s}。",
    Event.LOOKS_PRINTED: "调取人员 #{target} 的信息查询记录。",
    Event.FORM_PRINTED: "打印人员 #{target} 的参保登记表{number:（表号 %s）}{shown:，%s}{reason:，理由：%s}{letter:，告知内容改为“%s”}{why:（%s）}。",
    Event.ROUND_OPENED: "组织入户调查 {target}{label:（%s）}。",
    Event.ROUND_BUILT: "生成入户调查 {target} 的走访名单{people:，%s 人}。",
    Event.ROUND_CLOSED: "结束入户调查 {target}{reason:，说明：%s}。",
    Event.ROUND_CHANGED: "调整入户调查 {target}{fields:（%s）}。",
    Event.TASKS_DISPATCHED: "下发入户调查 {target} 的走访名单{office:到%s}{people:，%s 人}。",
    Event.TASKS_RECALLED: "收回入户调查 {target} 的走访名单{people:，%s 人}{reason:，原因：%s}。",
    Event.TASKS_REASSIGNED: "把入户调查 {target} 的 {people} 人改由{office}走访{reason:，原因：%s}。",
    Event.TASKS_DROPPED: "从入户调查 {target} 的名单剔除 {people} 人{reason:，原因：%s}。",
    Event.TASKS_LISTED: "查看走访名单{target: %s}{what:，%s}{rows:（%s 人）}。",
    Event.TASK_VIEWED: "查看走访名单中的人员 {target}。",
    Event.LIST_PRINTED: "打印走访名单{target: %s}{rows:（%s 人）}。",
    Event.FORMS_PRINTED: "成批打印入户调查 {target} 的登记表{people:，%s 份}{shown:，%s}{reason:，理由：%s}。",
    Event.FORMS_ASKED_IN_FULL: "申请按原文成批打印入户调查 {target} 的登记表{office:（%s）}{people:，%s 份}{reason:，理由：%s}。",
    Event.VISIT_REPORTED: "上报走访结果：名单 {target}{decision:，%s}。",
    Event.PERSON_FOUND: "上报入户新发现人员 {target}{found:（%s）}。",
    Event.FOUND_SETTLED: "办理新发现人员 {target}{decision:，%s}{reason:，说明：%s}。",
    Event.LOOKED_FOR_TWIN: "查重：登记新发现人员前比对全市登记库{hits:，相似 %s 人}。",
    Event.TASKS_HANDED_IN: "上交入户调查 {target} 的走访结果{people:，%s 人}。",
    Event.FORM_RETURNED: "收回登记表 {target}{decision:（%s签名）}。",
    Event.FORM_RETURN_UNDONE: "撤销收回登记表 {target}{reason:，原因：%s}。",
    Event.FORM_SIGNATURE_NOTED: "注明登记表 {target} 的签名人{decision:（%s）}。",
    Event.FORM_OF_ANOTHER: "收表时扫到辖区外的登记表 {target}{office:（%s）}。",
    Event.MISSING_FORMS_LISTED: "查看入户调查 {target} 未收回的登记表{office:（%s）}{rows:，%s 份}。",
    Event.ENTRY_OPENED: "打开登记表录入：名单 {target}。",
    Event.FORM_ENTERED: "录入登记表：名单 {target}{counts:，%s}。",
    Event.FORM_ENTERED_AGAIN: "复录登记表：名单 {target}{fields:，不一致项目：%s}。",
    Event.SECOND_SETTLED: "核对纸表，核实复录差异：名单 {target}{fields:，%s}{decision:，以%s为准}。",
    Event.TASKS_SENT_BACK: "退回走访结果：名单 {target}{reason:，原因：%s}。",
    Event.TASKS_CLOSED: "办结走访名单{target: %s}{people:，%s 人}。",
    Event.CHECK_UNDONE: "撤销审核走访名单 {target}{decision:（%s）}。",
    Event.CALLS_DRAWN: "抽取入户调查 {target} 的回访名单{drawn:，%s 人}。",
    Event.CALL_NOTED: "记录回访：名单 {target}{decision:，%s}。",
    Event.BULLETIN_EXPORTED: "导出入户调查 {target} 的进度通报。",
    Event.EVIDENCE_ADDED: "收存证明材料 {target}{kind:（%s）}。",
    Event.EVIDENCE_VIEWED: "查看证明材料 {target}{page:第 %s 页}。",
    Event.EVIDENCE_DAMAGED: "证明材料 {target} 的文件与摘要不符或丢失，没有显示。",
    Event.EVIDENCE_TOO_HEAVY: "{target} 的证明材料打开时超出内存或时间限度，没有收存或显示{reason:：%s}。",
    Event.EVIDENCE_REFUSED: "{target} 的证明材料没有收存或显示{reason:：%s}。",
    Event.EVIDENCE_REMOVED: "撤下证明材料 {target}{reason:，原因：%s}。",
    Event.DECLARATION_RECORDED: "记录人员 #{target} 的申报{fields:（%s）}。",
    Event.CHANGE_ASKED: "提出变更申请 {target}{fields:（%s）}。",
    Event.CHANGE_VOIDED: "终止变更申请 {target}{reason:，原因：%s}。",
    Event.CHANGES_LISTED: "查看变更申请{rows:（%s 件）}。",
    Event.SEARCHED: "查询人员{way:（%s）}{hits:，查到 %s 人}。",
    Event.LOOKED_OUTSIDE: "说明理由后查询辖区外人员{target: %s}{reason:，理由：%s}。",
    Event.REFERENCE_LOADED: "装入行政区划、机构和代码表{target: %s}。",
    Event.LINKS_EXPORTED: "导出归并关系{rows: %s 条}。",
    Event.CASES_EXPORTED: "导出疑点清单{rows: %s 条}。",
    Event.CLIENT_REGISTERED: "登记接口用户 {target}{quota:，每日 %s 次}。",
    Event.CLIENT_GRANTED: "批准接口用户 {target}。",
    Event.CLIENT_TOKEN_ISSUED: "向接口用户 {target} 发放令牌。",
    Event.CLIENT_STOPPED: "停用接口用户 {target}{reason:，原因：%s}。",
    Event.CLIENT_LOOKED_UP: "经接口按号码查询{target: 人员 #%s}{purpose:，用途：%s}。",
    Event.CLIENT_REFUSED: "拒绝接口用户 {target} 的查询{reason:，原因：%s}{purpose:，所报用途：%s}。",
    Event.SIGNED_IN: "登录系统{way:（%s）}。",
    Event.SIGN_IN_FAILED: "登录账号 {target} 失败{why:（%s）}。",
    Event.SIGNED_OUT: "退出系统。",
    Event.ACCOUNT_LOCKED: "账号 {target} 因连续登录失败被锁定{where:（%s）}。",
    Event.ACCOUNT_UNLOCKED: "解除账号 {target} 的登录锁定{reason:，原因：%s}。",
    Event.ACCOUNT_DORMANT: "账号 {target} 长期未登录，自动停用。",
    Event.ACCOUNT_CREATED: "建立账号 {target}{staff_number:，工号 %s}{office:（%s）}。",
    Event.ACCOUNT_DISABLED: "停用账号 {target}{reason:，原因：%s}。",
    Event.ACCOUNT_ENABLED: "批准重新启用账号 {target}{reason:，理由：%s}。",
    Event.ADMINISTRATORS_MADE: "首次建立三名管理员：{accounts}。",
    Event.POST_ASKED: "为账号 {target} 申请{kind}{post:（%s）}{reason:，理由：%s}。",
    Event.POST_GRANTED: "批准授予账号 {target} 岗位{post:（%s）}{period:，期限 %s}。",
    Event.POST_REPLACED: "批准调换账号 {target} 的岗位{old:，原岗位 %s}{post:，新岗位 %s}{period:，期限 %s}。",
    Event.POST_ENDED: "批准终止账号 {target} 的岗位{old:（%s）}{ends_on:，自 %s 起无效}。",
    Event.POST_REFUSED: "不予批准账号 {target} 的岗位申请{kind:（%s）}{reason:，原因：%s}。",
    Event.POST_WITHDRAWN: "撤回账号 {target} 的岗位申请{kind:（%s）}{reason:，原因：%s}。",
    Event.POST_CHOSEN: "选择岗位 {target} 开始工作。",
    Event.PASSWORD_WRONG: "核对本人密码不正确{why:（%s）}。",
    Event.PASSWORD_CHANGED: "修改本人密码。",
    Event.PASSWORD_RESET: "为账号 {target} 发放一次性密码{reason:，原因：%s}。",
    Event.SECOND_FACTOR_SET: "启用本人的双因素认证。",
    Event.SECOND_FACTOR_PASSED: "通过双因素认证。",
    Event.SECOND_FACTOR_FAILED: "双因素认证的验证码错误。",
    Event.RESET_BEGUN: "在登录页以账号 {target} 的名义发起凭据重置{lost:（%s）}{number:，编号 %s}。",
    Event.RESET_ASKED: "核实本人，为账号 {target} 申请凭据重置{lost:（%s）}{number:，编号 %s}{reason:，核实情况：%s}。",
    Event.RESET_GRANTED: "批准账号 {target} 的凭据重置{lost:（%s）}{number:，编号 %s}。",
    Event.RESET_REFUSED: "不予批准账号 {target} 的凭据重置{number:，编号 %s}{reason:，原因：%s}。",
    Event.RESET_WITHDRAWN: "撤回账号 {target} 的凭据重置申请{number:，编号 %s}{reason:，原因：%s}。",
    Event.RESET_DONE: "本人完成凭据重置{lost:（%s）}{number:，编号 %s}{asked_by:，%s 申请}{granted_by:，%s 批准}。",
    Event.RESET_SEEN: "登录后得知本账号的凭据重置{numbers:（编号 %s）}。",
    Event.RESET_DISPUTED: "声明本账号的凭据重置不是本人发起{numbers:（编号 %s）}。",
    Event.RESET_EMERGENCY: "在服务器上应急批准账号 {target} 的凭据重置{lost:（%s）}{number:，编号 %s}{reason:，原因：%s}。",
    Event.RECOVERY_CODES_MADE: "生成本人的恢复码。",
    Event.RECOVERY_CODE_USED: "使用一个恢复码登录{left:，剩余 %s 个}。",
    Event.SESSION_ENDED: "结束账号 {target} 的会话{why:（%s）}。",
    Event.POLICY_CHANGED: "修改安全参数“{label}”{before:，原值 %s}{after:，新值 %s}。",
    Event.JOB_ASKED: "发起后台任务 {target}{kind:（%s）}。",
    Event.JOB_CANCELLED: "取消后台任务 {target}。",
    Event.DELIVERY_ERRORS_DOWNLOADED: "下载批次 {target} 的退回文件{file:（%s）}。",
    Event.EXPORT_DOWNLOADED: "下载后台任务 {target} 的导出文件{file:（%s）}。",
    Event.UPLOAD_REFUSED: "上传未予接收：{target}{reason:，%s}。",
    Event.ACCESS_REFUSED: "越权尝试：打开 {target} 被拒绝。",
    Event.NOT_IN_AREA: "试图打开 {target}：{what}不存在，或不在辖区内。",
    Event.OWN_ACT_REFUSED: "试图本人办理须由他人办理的 {target}，被拒绝。",
    Event.JOURNAL_VERIFIED: "核验日志{sealed:（%s 条）}{found:，发现 %s 处问题}。",
    Event.JOURNAL_SEARCHED: "查阅审计日志{filters:（%s）}。",
    Event.JOURNAL_ANCHORED: "生成日志封存凭证 {target}{seal:（封存序号 %s）}。",
    Event.ANCHOR_SIGNED: "收存审计员对日志封存凭证 {target} 的签名。",
    Event.ALARM_SETTLED: "处理审计告警 {target}{kind:（%s）}{note:，意见：%s}。",
    Event.POSSIBLE_DUPLICATE_TOLD: "查重时得知人员 #{target} 已有登记（姓名和所在镇街）。",
    Event.BUDGET_SPENT: "查阅额度{budget:“%s”}{limit:（%s）}已经用完，停止查阅。",
    Event.BUDGET_LIFT_ASKED: "申请增加查阅额度{budget:“%s”}{amount:：%s}{hours:，%s 小时内有效}{reason:，理由：%s}。",
    Event.BUDGET_LIFT_GRANTED: "批准账号 {target} 增加查阅额度{budget:“%s”}{amount:：%s}{until:，有效期至 %s}。",
    Event.BUDGET_LIFT_REFUSED: "不予批准账号 {target} 增加查阅额度{budget:“%s”}{reason:，原因：%s}。",
    Event.BUDGET_LIFT_WITHDRAWN: "撤回增加查阅额度{budget:“%s”}的申请{reason:，原因：%s}。",
}


MOST_TEXT = 500  # characters of one particular in a sentence


class _Part:
    """`{name}` gives the value, `{name:text %s}` the text around it, and nothing where there is no value."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, spec: str) -> str:
        text = _text(self.value)
        return (spec.replace("%s", text) if text else "") if spec else text


class _Parts(dict[str, _Part]):
    def __missing__(self, name: str) -> _Part:
        return _Part("")


def _text(value: object) -> str:
    """A particular of any shape and size as a short text; the journal's readers must stand whatever was written down."""
    match value:
        case list() | tuple():
            text = "、".join(_flat(item) for item in value[:MOST_TEXT])
        case _:
            text = _flat(value)
    return printable(text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…")


def _flat(value: object) -> str:
    if isinstance(value, dict | list | tuple):  # nested as deep as somebody liked
        return "…" if value else ""
    return str(value or "")


def sentence(event: str, *, target_id: str, detail: Mapping[str, object]) -> str:
    """What happened, without who and when; detail fields that are absent leave no trace."""
    told = {name: _Part(_sources(value) if name == "source" else value) for name, value in detail.items()}
    parts = _Parts(told, target=_Part(target_id))
    return _template(event).format_map(parts)


def _sources(value: object) -> object:
    return sources_in_words(value) if isinstance(value, str) else value


def _template(event: str) -> str:
    """An event of a later version, or one that somebody made up, has no sentence of its own."""
    return _SENTENCES.get(event) or f"未知事项 {printable(event).translate(_BRACES)[:40]}{{target:（%s）}}。"


_BRACES = str.maketrans("{}", "（）")
