"""One Chinese sentence per event, for whoever reads the journal."""

from __future__ import annotations

from collections.abc import Mapping

from canbao.services.audit.journal import Event

_SENTENCES: dict[Event, str] = {
    Event.DELIVERY_RECEIVED: "接收报送数据 {target}{source:(来源 %s)}。",
    Event.DELIVERY_REFUSED: "退回报送数据 {target}{source:(来源 %s)}{reason:,原因:%s}。",
    Event.BATCH_PREPARED: "生成批次 {target} 的预览,等待他人提交。",
    Event.BATCH_RELEASED: "放行被阈值拦下的批次 {target}。",
    Event.BATCH_COMMITTED: "提交批次 {target}。",
    Event.BATCH_REVERSED: "撤销批次 {target},恢复到提交之前。",
    Event.MATCH_RUN_STARTED: "开始信息比对 {target}。",
    Event.MATCH_RUN_APPLIED: "把信息比对 {target} 的结果写入登记库。",
    Event.PERSON_RECORDED: "登记人员 {target}。",
    Event.PERSON_CORRECTED: "更正人员 {target} 的登记信息{fields:(%s)}。",
    Event.PERSON_ENDED: "终结人员 {target} 的登记{reason:,原因:%s}。",
    Event.PERSONS_MERGED: "把 {others} 合并到人员 {target}。",
    Event.PERSONS_UNMERGED: "撤销人员 {target} 的合并。",
    Event.CASE_DECIDED: "判定冲突 {target}{decision:,结论:%s}。",
    Event.PERSON_VIEWED: "查看人员 {target}。",
    Event.REFERENCE_LOADED: "装入行政区划、机构和代码表{target: %s}。",
    Event.LINKS_EXPORTED: "导出归并关系{rows: %s 条}。",
    Event.CASES_EXPORTED: "导出冲突清单{rows: %s 条}。",
    Event.CLIENT_REGISTERED: "登记接口用户 {target}{quota:,每日 %s 次}。",
    Event.CLIENT_GRANTED: "批准接口用户 {target}。",
    Event.CLIENT_TOKEN_ISSUED: "向接口用户 {target} 发放令牌。",
    Event.CLIENT_STOPPED: "停用接口用户 {target}{reason:,原因:%s}。",
    Event.CLIENT_LOOKED_UP: "经接口按号码查询{target: 人员 %s}{purpose:,用途:%s}。",
    Event.ACCESS_REFUSED: "越权尝试:打开 {target} 被拒绝。",
    Event.JOURNAL_VERIFIED: "核验日志{target:(%s)}。",
}


class _Part:
    """`{name}` gives the value, `{name:text %s}` the text around it, and nothing where there is no value."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, spec: str) -> str:
        text = "、".join(map(str, self.value)) if isinstance(self.value, list | tuple) else str(self.value or "")
        return (spec.replace("%s", text) if text else "") if spec else text


class _Parts(dict[str, _Part]):
    def __missing__(self, name: str) -> _Part:
        return _Part("")


def sentence(event: str, *, target_id: str, detail: Mapping[str, object]) -> str:
    """What happened, without who and when; detail fields that are absent leave no trace."""
    parts = _Parts({name: _Part(value) for name, value in detail.items()}, target=_Part(target_id))
    return _SENTENCES[Event(event)].format_map(parts)
