"""Why an act on an account or a post was not done: the field it belongs to ("" for the whole form), and the sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from canbao.rules import approval
from canbao.rules.offices import OfficeKind
from canbao.rules.staff import BadStaffNumberError
from canbao.services import accounts
from canbao.web.remarks import Refused

KINDS = {
    OfficeKind.CITY: "市级",
    OfficeKind.AGENCY: "区县",
    OfficeKind.TOWN_OFFICE: "镇街",
    OfficeKind.VILLAGE_COMMITTEE: "村社",
}
_SAID: dict[type[Exception], tuple[str, Callable[[Any], str]]] = {
    accounts.BadName: ("name", lambda e: "账号名用字母、数字、汉字和 . _ -，2 至 40 个字，不能以系统保留的名称开头。"),
    accounts.NameTaken: ("name", lambda e: "这个账号名已经用过。账号名不重复使用，停用的也不再给别人，请换一个。"),
    BadStaffNumberError: ("staff_number", lambda e: "工号用字母和数字，2 至 20 位。"),
    accounts.StaffNumberTakenError: (
        "staff_number",
        lambda e: (
            f"这个工号已有账号 {e.account.name}（{e.account.real_name}{'' if e.account.is_active else '，已停用'}）。"
            "一人一个账号：本人的账号停用了的，请申请重新启用。"
        ),
    ),
    accounts.AskerDisabledError: ("", lambda e: f"申请人 {e} 的账号已停用，不能再批准。请另一名系统管理员重新申请。"),
    accounts.NoReason: ("reason", lambda e: "请写明理由，它会记入日志。"),
    accounts.WrongLevel: (
        "office",
        lambda e: f"{e.role.label}只设在{'、'.join(KINDS[kind] for kind in e.role.levels)}机构，请重新选择机构。",
    ),
    accounts.OfficeClosed: ("office", lambda e: "到岗位开始那天没有这个机构（已撤销或尚未成立），请选择现行的机构。"),
    accounts.BadPeriod: ("valid_from", lambda e: "日期不能早于今天，结束不能早于开始。"),
    accounts.RolesExclude: (
        "role",
        lambda e: (
            f"{e.role.label}与该账号同一时期的{e.other.label}互斥，一人不得兼任。可以改为调换岗位，或选在原岗位结束之后开始。"
        ),
    ),
    accounts.AlreadyHeld: ("role", lambda e: "该账号在这段时间已经有这个机构的这个岗位。"),
    accounts.AlreadyAsked: ("", lambda e: "同样的申请正在等待批准，不必重复提交。"),
    accounts.AlreadyEnded: ("valid_from", lambda e: "这个岗位到那天已经终止。"),
    accounts.AccountDisabled: ("", lambda e: "该账号已停用，请先申请重新启用。"),
    accounts.NotDisabled: ("", lambda e: "该账号没有停用，无须启用。"),
    accounts.AlreadyDisabled: ("", lambda e: "该账号已经停用。"),
    accounts.OwnAccount: ("", lambda e: "不能办理本人的账号和岗位，请由另一名管理员办理。"),
    accounts.LastAdministrator: (
        "",
        lambda e: f"这是唯一在用的市级{e.role.label}，停用后无人可以管理。请先为另一人授予该岗位。",
    ),
    approval.SamePerson: ("", lambda e: "申请和批准不能是同一个人，请由另一名管理员批准。"),
    approval.NotTheMaker: ("", lambda e: "只有申请人本人可以撤回。"),
    approval.WrongStage: ("", lambda e: "这件申请已经办结，请看下面的现状。"),
    approval.NoReason: ("reason", lambda e: "不予批准须写明原因，申请人会看到。"),
}
ANTICIPATED = tuple(_SAID)


def say(error: Exception) -> tuple[str, str]:
    """(field, sentence)."""
    field, sentence = _SAID[type(error)]
    return field, sentence(error)


def beside(error: Exception, *, at: str, typed: str) -> dict[str, Any]:
    """For a page with several small forms: what is wrong with the reason beside it (`at`), all else above; both keep what was typed."""
    field, sentence = say(error)
    if field == "reason":
        return {"refused": Refused(at, sentence, typed), "status": 422}
    return {"problem": sentence, "refused": Refused(at, "", typed), "status": 409}
