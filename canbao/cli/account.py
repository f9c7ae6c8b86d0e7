"""`canbao account first-admins|list|resets|grant-reset`: what is done at the machine, where nobody can sign in yet or any more."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from canbao.cli import handing_over
from canbao.cli.context import acts_as, now
from canbao.cli.output import REFUSED_BY_RULE, REFUSED_INPUT, Stop, explain, json_option, print_json, print_table, say
from canbao.cli.proof import proved
from canbao.rules import approval
from canbao.rules.offices import office_full_name
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.rules.staff import BadStaffNumberError
from canbao.services import access, accounts
from canbao.services.accounts import command_line, resets

_RESET_SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    access.NotFound: (
        REFUSED_INPUT,
        lambda e: f"没有编号为 {e} 的有效申请。请与本人核对编号,或请本人在登录页重新发起。",
    ),
    accounts.OwnAccount: (REFUSED_BY_RULE, lambda e: "不能办理本人的重置,须由另外两名管理员办理。"),
    accounts.AlreadyDisabled: (REFUSED_BY_RULE, lambda e: f"账号 {e} 已停用,须先在网页上申请重新启用。"),
    accounts.NoReason: (REFUSED_INPUT, lambda e: "请用 --reason 写明如何核实本人。"),
    approval.SamePerson: (REFUSED_BY_RULE, lambda e: "申请和批准不能是同一个人。"),
    approval.WrongStage: (REFUSED_BY_RULE, lambda e: "这件申请已经办结。"),
}


_FIRST_SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    accounts.AdministratorsExist: (
        REFUSED_BY_RULE,
        lambda e: "已经有管理员。再增加管理员,请由系统管理员在网页上申请,安全管理员批准。",
    ),
    accounts.NotThreePeople: (REFUSED_BY_RULE, lambda e: "三名管理员必须是三个人,账号、姓名和工号都不得相同。"),
    accounts.BadName: (
        REFUSED_INPUT,
        lambda e: f"账号名 {e} 不可用:用字母、数字、汉字和 . _ -,2 至 40 个字,不能以系统保留的名称开头。",
    ),
    accounts.NameTaken: (REFUSED_BY_RULE, lambda e: f"账号名 {e} 已经用过,不能再用。"),
    BadStaffNumberError: (REFUSED_INPUT, lambda e: f"工号 {e} 不可用:用字母和数字,2 至 20 位。"),
    accounts.StaffNumberTakenError: (
        REFUSED_BY_RULE,
        lambda e: f"该工号已有账号 {e.account.name},一人一个账号。",
    ),
}


@click.group()
def account() -> None:
    """建立首批管理员,列出账号,批准凭据重置。日常的账号和岗位在网页上办理。"""


@account.command("first-admins")
@click.option("--system", nargs=3, required=True, metavar="账号 姓名 工号", help="系统管理员。")
@click.option("--security", nargs=3, required=True, metavar="账号 姓名 工号", help="安全管理员。")
@click.option("--audit", nargs=3, required=True, metavar="账号 姓名 工号", help="审计管理员。")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), metavar="目录",
    help="不在终端显示,每人的密码各写入目录中的一个文件(只有本人能读)。",
)  # fmt: skip
def first_admins(
    system: tuple[str, str, str], security: tuple[str, str, str], audit: tuple[str, str, str], into: Path | None
) -> None:
    """首次建立三名管理员,一次性密码逐人显示,只给本人看。已有管理员的,不再受理。

    三名管理员必须是三个人,都要到场:依次到屏幕前,按回车键显示本人的密码,抄好后按回车键清除。
    其他账号由系统管理员在网页上建立,岗位由安全管理员批准。
    """
    chosen = {
        Role.SYSTEM_ADMINISTRATOR: accounts.Person(*system),
        Role.SECURITY_ADMINISTRATOR: accounts.Person(*security),
        Role.AUDIT_ADMINISTRATOR: accounts.Person(*audit),
    }
    if into is None:
        handing_over.check_terminal()
        handing_over.show_in_turn(_first(chosen))
    else:
        with handing_over.one_file_each(into, list(chosen)) as files:
            given = _first(chosen)
        handing_over.write(given, files)
        say("请把每个文件只交给本人,本人首次登录后即删除。")
    say("首次登录时须修改密码,并设置双因素认证。密码不再显示;没有抄到的,请本人在登录页申请重置。")


def _first(chosen: dict[Role, accounts.Person]) -> list[accounts.Given]:
    at, user = now(), getpass.getuser()
    operator = command_line.operator(user, Role.SYSTEM_ADMINISTRATOR)
    with command_line.comes_from(user), explain(_FIRST_SENTENCES):
        return accounts.first_administrators(chosen, actor=operator, on=day_of(at), at=at)


@account.command("list")
@json_option
@acts_as(Role.SYSTEM_ADMINISTRATOR, need=Permission.ACCOUNT_VIEW)
def listing(actor: Actor, as_json: bool) -> None:
    """列出辖区内的账号和今天的岗位。"""
    on = day_of(now())
    rows: list[dict[str, object]] = []
    after = ""
    while True:
        found, after = accounts.find(after=after, on=on, actor=actor)
        rows += [
            {
                "name": one.name,
                "real_name": one.real_name,
                "staff_number": one.staff_number,
                "office": office_full_name(one.office),
                "posts": "、".join(f"{held.role.label}({held.office_name})" for held in accounts.posts_on(one, on)),
                "state": "启用" if one.is_active else "停用",
                "last_login": one.last_login,
            }
            for one in found
        ]
        if not after:
            break
    if as_json:
        print_json(rows)
        return
    if not rows:
        say("还没有账号。请先执行 canbao account first-admins 建立三名管理员。")
        return
    columns = {"name": "账号", "real_name": "姓名", "staff_number": "工号", "office": "所属机构"}
    columns |= {"posts": "今天的岗位", "state": "状态", "last_login": "最近登录"}
    print_table(rows, columns=columns)


@account.command("grant-reset")
@click.argument("number", metavar="编号")
@click.option("--reason", required=True, metavar="核实情况", help="怎样核实是本人提出,记入日志。")
@click.option("--as", "first", metavar="账号", help="核实本人并提出申请的管理员,输入密码和验证码。")
@click.option("--approved-by", "second", metavar="账号", help="批准的另一名管理员,输入密码和验证码。")
@click.option("--emergency", is_flag=True, help="没有两名管理员能登录时,由服务器操作人应急批准;记入日志,并告知本人。")
def grant_reset(number: str, reason: str, first: str | None, second: str | None, emergency: bool) -> None:
    """在服务器上批准一件凭据重置:管理员自己不能登录、网页上凑不齐两人时使用。

    本人先在登录页点“申请重置”,得到编号;批准后在同一个浏览器里设置新密码。命令不显示任何密码。
    """
    if emergency == bool(first or second) or bool(first) != bool(second):
        raise click.UsageError("请用 --as 和 --approved-by 各写一名管理员,或者只用 --emergency。")
    user = getpass.getuser()
    with command_line.comes_from(user), explain(_RESET_SENTENCES):
        if emergency:
            resets.grant_in_emergency(number, reason=reason, user=user, at=now())
        else:
            _by_two(number, reason, str(first), str(second))
    say("已批准。请告知本人,在发起申请的浏览器里点“查看进展”继续。")


def _by_two(number: str, reason: str, first: str, second: str) -> None:
    if first.partition("@")[0] == second.partition("@")[0]:
        raise Stop("申请和批准不能是同一个人。", code=REFUSED_BY_RULE)
    need = {"role": Role.SECURITY_ADMINISTRATOR, "need": Permission.CREDENTIAL_RESET}
    asking = proved(first, **need, at=now())  # type: ignore[arg-type]
    granting = proved(second, **need, at=now(), own=False)  # type: ignore[arg-type]
    asked = resets.ask(number, reason=reason, actor=asking, at=now())
    resets.grant(asked.pk, actor=granting, at=now())
