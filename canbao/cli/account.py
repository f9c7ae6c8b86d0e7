"""`canbao account first-admins|list|reset-password`: what is done at the machine, where nobody can sign in yet or any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import click

from canbao.cli.context import acts_as, now
from canbao.cli.output import REFUSED_BY_RULE, REFUSED_INPUT, explain, json_option, print_json, print_table, say
from canbao.rules.offices import office_full_name
from canbao.rules.period import day_of
from canbao.rules.roles import Actor, Role
from canbao.services import access, accounts

_REASON = "服务器上离线重置"


@click.group()
def account() -> None:
    """建立首批管理员,列出账号,重置密码。日常的账号和岗位在网页上办理。"""


@account.command("first-admins")
@click.option("--system", nargs=2, required=True, metavar="账号 姓名", help="系统管理员。")
@click.option("--security", nargs=2, required=True, metavar="账号 姓名", help="安全管理员。")
@click.option("--audit", nargs=2, required=True, metavar="账号 姓名", help="审计管理员。")
@acts_as(Role.SYSTEM_ADMINISTRATOR)
def first_admins(system: tuple[str, str], security: tuple[str, str], audit: tuple[str, str], actor: Actor) -> None:
    """首次建立三名管理员,打印一次性密码。已有管理员的,不再受理。

    三名管理员必须是三个人。其他账号由系统管理员在网页上建立,岗位由安全管理员批准。
    """
    at = now()
    chosen = {
        Role.SYSTEM_ADMINISTRATOR: accounts.Person(*system),
        Role.SECURITY_ADMINISTRATOR: accounts.Person(*security),
        Role.AUDIT_ADMINISTRATOR: accounts.Person(*audit),
    }
    with explain(
        {
            accounts.AdministratorsExist: (
                REFUSED_BY_RULE,
                lambda e: "已经有管理员。再增加管理员,请由系统管理员在网页上申请,安全管理员批准。",
            ),
            accounts.NotThreePeople: (REFUSED_BY_RULE, lambda e: "三名管理员必须是三个人,账号和姓名都不得相同。"),
            accounts.BadName: (
                REFUSED_INPUT,
                lambda e: f"账号名 {e} 不可用:用字母、数字、汉字和 . _ -,2 至 40 个字,不能以系统保留的名称开头。",
            ),
            accounts.NameTaken: (REFUSED_BY_RULE, lambda e: f"账号名 {e} 已经用过,不能再用。"),
        }
    ):
        given = accounts.first_administrators(chosen, actor=actor, on=day_of(at), at=at)
    print_passwords(given)
    say("密码只显示这一次,请分别当面交给本人。首次登录时须修改密码,并设置双因素认证。")


@account.command("list")
@acts_as(Role.SYSTEM_ADMINISTRATOR)
@json_option
def listing(actor: Actor, as_json: bool) -> None:
    """列出所有账号和今天的岗位。"""
    on = day_of(now())
    rows: list[dict[str, object]] = []
    after = ""
    while True:
        found, after = accounts.find(after=after, on=on, actor=actor)
        rows += [
            {
                "name": one.name,
                "real_name": one.real_name,
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
    columns = {"name": "账号", "real_name": "姓名", "office": "所属机构", "posts": "今天的岗位", "state": "状态"}
    print_table(rows, columns=columns | {"last_login": "最近登录"})


@account.command("reset-password")
@click.argument("name", metavar="账号")
@click.option("--reason", default=_REASON, show_default=True, metavar="理由", help="记入日志。")
@acts_as(Role.SYSTEM_ADMINISTRATOR)
def reset_password(name: str, reason: str, actor: Actor) -> None:
    """为账号发放一次性密码并结束其所有会话,记入日志。管理员的密码只能这样重置。"""
    at: datetime = now()
    with explain(
        {
            access.NotFound: (REFUSED_INPUT, lambda e: f"没有账号 {name}。用 canbao account list 查看。"),
            accounts.AlreadyDisabled: (REFUSED_BY_RULE, lambda e: f"账号 {name} 已停用,须先在网页上申请重新启用。"),
        }
    ):
        password = accounts.reset_offline(name, reason=reason, actor=actor, at=at)
    click.echo(password)
    say(f"以上是 {name} 的一次性密码,只显示这一次;该账号的会话均已结束。")


def print_passwords(given: Iterable[accounts.Given]) -> None:
    """To be handed over on paper."""
    rows = [
        {"role": one.role.label, "office": office_full_name(one.office), "name": one.account, "password": one.password}
        for one in given
    ]
    columns = {"role": "岗位", "office": "机构", "name": "账号", "password": "一次性密码"}
    print_table(rows, columns=columns)
