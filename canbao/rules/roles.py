"""Who works with the register: roles as code, reviewed in git (规程第六、十八条)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from canbao.rules.article import article
from canbao.rules.offices import KIND_OF_LENGTH, OfficeKind

BY_THE_CLOCK: Final = "（定时任务）"  # the account of what the timetable does: no person, so no role is told for it


class Role(StrEnum):
    MUNICIPAL_ANALYST = "MUNICIPAL_ANALYST"
    MUNICIPAL_OPERATOR = "MUNICIPAL_OPERATOR"
    MUNICIPAL_APPROVER = "MUNICIPAL_APPROVER"
    DISTRICT_CLERK = "DISTRICT_CLERK"
    DISTRICT_APPROVER = "DISTRICT_APPROVER"
    TOWN_CLERK = "TOWN_CLERK"
    TOWN_REVIEWER = "TOWN_REVIEWER"
    TOWN_ARCHIVIST = "TOWN_ARCHIVIST"
    VILLAGE_SURVEYOR = "VILLAGE_SURVEYOR"
    GUIDE = "GUIDE"
    SYSTEM_ADMINISTRATOR = "SYSTEM_ADMINISTRATOR"
    SECURITY_ADMINISTRATOR = "SECURITY_ADMINISTRATOR"
    AUDIT_ADMINISTRATOR = "AUDIT_ADMINISTRATOR"
    EXTERNAL_SYSTEM = "EXTERNAL_SYSTEM"

    @property
    def label(self) -> str:
        """The name clerks read."""
        return _ROLES[self][0]

    @property
    def holder(self) -> str:
        """The sentence that says who may hold the role."""
        return _ROLES[self][1]

    @property
    def levels(self) -> tuple[OfficeKind, ...]:
        """The kinds of office that have such a post; none for what no account holds."""
        return _LEVELS.get(self, ())


_ROLES: dict[Role, tuple[str, str]] = {
    Role.MUNICIPAL_ANALYST: ("市级统计分析岗", "市级经办机构负责编制、汇总和分析统计报表的人员。"),
    Role.MUNICIPAL_OPERATOR: ("市级数据采集岗", "市级经办机构负责接收各部门数据、发起比对的人员。"),
    Role.MUNICIPAL_APPROVER: ("市级审批岗", "市级经办机构负责复核并批准数据批次、合并与导出的人员。"),
    Role.DISTRICT_CLERK: ("区县经办岗", "区县经办机构负责参保登记信息维护和单位批量登记的人员。"),
    Role.DISTRICT_APPROVER: ("区县审批岗", "区县经办机构负责审批变更登记的人员。"),
    Role.TOWN_CLERK: ("镇街经办岗", "镇街社保所负责录入登记表和受理申请的人员。"),
    Role.TOWN_REVIEWER: ("镇街初审岗", "镇街社保所负责变更登记审核、初审的人员。"),
    Role.TOWN_ARCHIVIST: ("镇街档案岗", "镇街社保所负责全民参保登记资料档案管理的人员。"),
    Role.VILLAGE_SURVEYOR: ("村社调查岗", "村社委员会负责入户调查登记的人员。"),
    Role.GUIDE: ("业务指导岗", "上级经办机构负责检查、指导下级业务的人员，只能查看。"),
    Role.SYSTEM_ADMINISTRATOR: ("系统管理员", "负责账号、岗位、参数和系统运行的管理人员，不得办理业务。"),
    Role.SECURITY_ADMINISTRATOR: ("安全管理员", "负责角色、安全策略、双因素认证和解锁的管理人员，不得办理业务。"),
    Role.EXTERNAL_SYSTEM: ("接口用户", "经批准使用查询接口的其他系统，不授予任何账号。"),
    Role.AUDIT_ADMINISTRATOR: ("审计管理员", "只负责查阅审计日志的管理人员，不得办理业务。"),
}

# Held by no account: another department's system that was granted the interface.
NOT_A_POST = frozenset({Role.EXTERNAL_SYSTEM})
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})

_CITY, _AGENCY, _TOWN, _VILLAGE = OfficeKind
_LEVELS: dict[Role, tuple[OfficeKind, ...]] = {
    Role.MUNICIPAL_ANALYST: (_CITY,),
    Role.MUNICIPAL_OPERATOR: (_CITY,),
    Role.MUNICIPAL_APPROVER: (_CITY,),
    Role.DISTRICT_CLERK: (_AGENCY,),
    Role.DISTRICT_APPROVER: (_AGENCY,),
    Role.TOWN_CLERK: (_TOWN,),
    Role.TOWN_REVIEWER: (_TOWN,),
    Role.TOWN_ARCHIVIST: (_TOWN,),
    Role.VILLAGE_SURVEYOR: (_VILLAGE,),
    Role.GUIDE: (_CITY, _AGENCY, _TOWN),  # guides those below, and nobody is below a village
    **dict.fromkeys(ADMINISTRATORS, (_CITY, _AGENCY)),
}

# Anybody who prepares does not approve, at any level. Clerk and reviewer of one town are not excluded as roles: many offices have
# two people, and the approval machine already refuses the same account on one request.
_MAKER_AND_CHECKER = frozenset(
    {
        frozenset({Role.MUNICIPAL_OPERATOR, Role.MUNICIPAL_APPROVER}),
        frozenset({Role.DISTRICT_CLERK, Role.DISTRICT_APPROVER}),
        frozenset({Role.TOWN_REVIEWER, Role.DISTRICT_APPROVER}),
        frozenset({Role.TOWN_CLERK, Role.DISTRICT_APPROVER}),
    }
)
_READS_ONLY = frozenset(frozenset({Role.GUIDE, other}) for other in Role if other is not Role.GUIDE)
_ADMINISTERS_ONLY = frozenset(
    frozenset(pair) for pair in combinations(Role, 2) if pair[0] in ADMINISTRATORS or pair[1] in ADMINISTRATORS
)

EXCLUDED_PAIRS: frozenset[frozenset[Role]] = _MAKER_AND_CHECKER | _READS_ONLY | _ADMINISTERS_ONLY


@article(18)
def excluded(roles: frozenset[Role] | set[Role]) -> tuple[tuple[Role, Role], ...]:
    """The pairs among `roles` that no single account may hold together, in a stable order."""
    ordered = sorted(roles)
    return tuple(pair for pair in combinations(ordered, 2) if frozenset(pair) in EXCLUDED_PAIRS)


@article(18)
def fits(role: Role, office: str) -> bool:
    """Whether an office of this path has such a post at all."""
    return KIND_OF_LENGTH.get(len(office)) in role.levels


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a real-name account, in a role, for an office (its path; "50" is the city)."""

    account: str
    role: Role
    office: str = "50"
