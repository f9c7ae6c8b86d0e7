"""What each role may do: the whole list, in code, reviewed like the rest (规程第十八条)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from canbao.rules.article import article
from canbao.rules.roles import Role


class Permission(StrEnum):
    PERSON_SEARCH = "PERSON_SEARCH"
    PERSON_VIEW = "PERSON_VIEW"
    PERSON_UNMASK = "PERSON_UNMASK"
    PERSON_LOOK_OUTSIDE = "PERSON_LOOK_OUTSIDE"
    LOOKS_VIEW = "LOOKS_VIEW"
    FORM_PRINT = "FORM_PRINT"
    SURVEY_VIEW = "SURVEY_VIEW"
    SURVEY_OPEN = "SURVEY_OPEN"
    SURVEY_DISPATCH = "SURVEY_DISPATCH"
    SURVEY_PRINT = "SURVEY_PRINT"
    SURVEY_VISIT = "SURVEY_VISIT"
    SURVEY_RETURN = "SURVEY_RETURN"
    SURVEY_ENTER = "SURVEY_ENTER"
    SURVEY_CHECK = "SURVEY_CHECK"
    SURVEY_CALL = "SURVEY_CALL"
    SURVEY_EXPORT = "SURVEY_EXPORT"
    EVIDENCE_VIEW = "EVIDENCE_VIEW"
    EVIDENCE_ADD = "EVIDENCE_ADD"
    CHANGE_VIEW = "CHANGE_VIEW"
    VILLAGE_VIEW = "VILLAGE_VIEW"
    VILLAGE_DECIDE = "VILLAGE_DECIDE"
    CASE_VIEW = "CASE_VIEW"
    CASE_DECIDE = "CASE_DECIDE"
    CASE_DECIDE_BULK = "CASE_DECIDE_BULK"
    DELIVERY_VIEW = "DELIVERY_VIEW"
    DELIVERY_RECEIVE = "DELIVERY_RECEIVE"
    DELIVERY_ERRORS = "DELIVERY_ERRORS"
    DELIVERY_RELEASE = "DELIVERY_RELEASE"
    DELIVERY_COMMIT = "DELIVERY_COMMIT"
    DELIVERY_REVERSE = "DELIVERY_REVERSE"
    MATCH_RUN = "MATCH_RUN"
    MATCH_EXPORT = "MATCH_EXPORT"
    ACCOUNT_VIEW = "ACCOUNT_VIEW"
    ACCOUNT_MANAGE = "ACCOUNT_MANAGE"
    POST_ASK = "POST_ASK"
    POST_GRANT = "POST_GRANT"
    ACCOUNT_UNLOCK = "ACCOUNT_UNLOCK"
    BUDGET_LIFT = "BUDGET_LIFT"
    CREDENTIAL_RESET = "CREDENTIAL_RESET"
    SESSION_END = "SESSION_END"
    POLICY_VIEW = "POLICY_VIEW"
    POLICY_CHANGE = "POLICY_CHANGE"
    CLIENT_MANAGE = "CLIENT_MANAGE"
    CLIENT_GRANT = "CLIENT_GRANT"
    CLIENT_LOOK_UP = "CLIENT_LOOK_UP"
    HEALTH_VIEW = "HEALTH_VIEW"
    JOURNAL_VIEW = "JOURNAL_VIEW"
    JOURNAL_VERIFY = "JOURNAL_VERIFY"
    ALARM_SETTLE = "ALARM_SETTLE"

    @property
    def label(self) -> str:
        return _LABELS[self]


_P = Permission
_LABELS: Final[Mapping[Permission, str]] = {
    _P.PERSON_SEARCH: "查询人员",
    _P.PERSON_VIEW: "查看人员档案",
    _P.PERSON_UNMASK: "查看隐藏项目原文",
    _P.PERSON_LOOK_OUTSIDE: "说明理由后查询辖区外人员",
    _P.LOOKS_VIEW: "打印本人信息查询记录",
    _P.FORM_PRINT: "打印参保登记表",
    _P.SURVEY_VIEW: "查看入户调查进度和名单",
    _P.SURVEY_OPEN: "组织、结束入户调查",
    _P.SURVEY_DISPATCH: "下发、收回、调整走访名单",
    _P.SURVEY_PRINT: "成批打印登记表和名单",
    _P.SURVEY_VISIT: "入户走访、上报结果",
    _P.SURVEY_RETURN: "收回登记表",
    _P.SURVEY_ENTER: "录入登记表",
    _P.SURVEY_CHECK: "审核、退回、办结走访结果",
    _P.SURVEY_CALL: "抽查回访",
    _P.SURVEY_EXPORT: "导出调查进度通报",
    _P.EVIDENCE_VIEW: "查看证明材料",
    _P.EVIDENCE_ADD: "收存证明材料",
    _P.CHANGE_VIEW: "查看变更申请",
    _P.VILLAGE_VIEW: "查看建议的村（社区）",
    _P.VILLAGE_DECIDE: "确认、更正人员所属村（社区）",
    _P.CASE_VIEW: "查看比对疑点",
    _P.CASE_DECIDE: "判定比对疑点",
    _P.CASE_DECIDE_BULK: "成批判定比对疑点",
    _P.DELIVERY_VIEW: "查看报送数据",
    _P.DELIVERY_RECEIVE: "接收报送数据",
    _P.DELIVERY_ERRORS: "下载退回的行",
    _P.DELIVERY_RELEASE: "放行被拦截的批次",
    _P.DELIVERY_COMMIT: "提交批次",
    _P.DELIVERY_REVERSE: "撤销批次",
    _P.MATCH_RUN: "运行信息比对",
    _P.MATCH_EXPORT: "导出比对结果",
    _P.ACCOUNT_VIEW: "查看账号和岗位",
    _P.ACCOUNT_MANAGE: "建立、停用账号",
    _P.POST_ASK: "申请授予或终止岗位",
    _P.POST_GRANT: "批准岗位申请",
    _P.BUDGET_LIFT: "批准增加查阅额度",
    _P.ACCOUNT_UNLOCK: "解锁账号",
    _P.CREDENTIAL_RESET: "核实、批准凭据重置",
    _P.SESSION_END: "结束他人会话",
    _P.POLICY_VIEW: "查看安全策略",
    _P.POLICY_CHANGE: "修改安全策略",
    _P.CLIENT_MANAGE: "登记接口用户、停用接口用户",
    _P.CLIENT_GRANT: "批准接口用户",
    _P.CLIENT_LOOK_UP: "经接口按号码查询",
    _P.HEALTH_VIEW: "查看系统运行状况",
    _P.JOURNAL_VIEW: "查阅审计日志",
    _P.JOURNAL_VERIFY: "核验审计日志",
    _P.ALARM_SETTLE: "处理审计告警",
}

_READ = frozenset({_P.PERSON_SEARCH, _P.PERSON_VIEW})
_TOWN = _READ | {_P.PERSON_UNMASK, _P.LOOKS_VIEW, _P.FORM_PRINT, _P.CASE_VIEW, _P.CASE_DECIDE, _P.VILLAGE_VIEW}
_DISTRICT = _TOWN | {_P.PERSON_LOOK_OUTSIDE}
# The survey: towns print, take back, enter and check; districts open, hand out and call back; everybody above looks on.
_SURVEY_LOOKS = frozenset({_P.SURVEY_VIEW, _P.SURVEY_EXPORT})
_SURVEY_TOWN = _SURVEY_LOOKS | {
    _P.SURVEY_RETURN, _P.SURVEY_ENTER, _P.SURVEY_CHECK, _P.EVIDENCE_VIEW, _P.EVIDENCE_ADD, _P.CHANGE_VIEW,
}  # fmt: skip
_SURVEY_DISTRICT = _SURVEY_LOOKS | {_P.SURVEY_CALL, _P.EVIDENCE_VIEW, _P.CHANGE_VIEW}

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.MUNICIPAL_ANALYST: _READ
        | _SURVEY_LOOKS
        | {_P.DELIVERY_VIEW, _P.CASE_VIEW, _P.MATCH_EXPORT, _P.VILLAGE_VIEW},
        Role.MUNICIPAL_OPERATOR: _READ
        | _SURVEY_LOOKS
        | {_P.SURVEY_OPEN, _P.SURVEY_DISPATCH, _P.VILLAGE_VIEW}
        | {_P.DELIVERY_VIEW, _P.DELIVERY_RECEIVE, _P.DELIVERY_ERRORS, _P.MATCH_RUN, _P.CASE_VIEW, _P.CASE_DECIDE},
        Role.MUNICIPAL_APPROVER: _TOWN
        | _SURVEY_LOOKS
        | {
            _P.CASE_DECIDE_BULK,
            _P.DELIVERY_VIEW,
            _P.DELIVERY_ERRORS,
            _P.DELIVERY_RELEASE,
            _P.DELIVERY_COMMIT,
            _P.DELIVERY_REVERSE,
        },
        Role.DISTRICT_CLERK: _DISTRICT
        | _SURVEY_DISTRICT
        | {_P.SURVEY_OPEN, _P.SURVEY_DISPATCH, _P.SURVEY_PRINT, _P.VILLAGE_DECIDE},
        Role.DISTRICT_APPROVER: _DISTRICT | _SURVEY_DISTRICT | {_P.CASE_DECIDE_BULK},
        Role.TOWN_CLERK: _TOWN | _SURVEY_TOWN | {_P.SURVEY_DISPATCH, _P.SURVEY_PRINT, _P.VILLAGE_DECIDE},
        Role.TOWN_REVIEWER: _TOWN | _SURVEY_TOWN | {_P.VILLAGE_DECIDE},
        Role.TOWN_ARCHIVIST: _READ | {_P.EVIDENCE_VIEW},
        Role.VILLAGE_SURVEYOR: frozenset({_P.SURVEY_VISIT}),
        Role.GUIDE: _READ | {_P.CASE_VIEW, _P.SURVEY_VIEW, _P.VILLAGE_VIEW},
        Role.EXTERNAL_SYSTEM: frozenset({_P.CLIENT_LOOK_UP}),
        Role.SYSTEM_ADMINISTRATOR: frozenset(
            {
                _P.ACCOUNT_VIEW,
                _P.ACCOUNT_MANAGE,
                _P.POST_ASK,
                _P.CREDENTIAL_RESET,
                _P.SESSION_END,
                _P.CLIENT_MANAGE,
                _P.HEALTH_VIEW,
            }
        ),
        Role.SECURITY_ADMINISTRATOR: frozenset(
            {
                _P.ACCOUNT_VIEW,
                _P.POST_GRANT,
                _P.ACCOUNT_UNLOCK,
                _P.BUDGET_LIFT,
                _P.CREDENTIAL_RESET,
                _P.SESSION_END,
                _P.POLICY_VIEW,
                _P.POLICY_CHANGE,
                _P.CLIENT_GRANT,
            }
        ),
        Role.AUDIT_ADMINISTRATOR: frozenset({_P.JOURNAL_VIEW, _P.JOURNAL_VERIFY, _P.ALARM_SETTLE}),
    }
)


class NotAllowed(Exception):
    """The actor's role does not carry the permission."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.permission = permission


@article(18)
def allows(role: Role, permission: Permission) -> bool:
    """Whether the role carries the permission; where it may be used follows from the post's office."""
    return permission in PERMISSIONS[role]
