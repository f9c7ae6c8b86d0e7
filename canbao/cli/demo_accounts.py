"""One account per post for the demo's invented city."""

from __future__ import annotations

import getpass

from canbao.cli.context import now
from canbao.cli.output import print_table, say
from canbao.rules.division import CITY
from canbao.rules.offices import office_full_name
from canbao.rules.period import day_of
from canbao.rules.roles import Role
from canbao.services import accounts
from canbao.services.accounts import Given, Person, command_line

# (account, real name) of each post; the names are the work, so that anybody who tries the demo remembers them.
_STAFF: dict[Role, tuple[str, str]] = {
    Role.MUNICIPAL_ANALYST: ("fenxi", "文析"),
    Role.MUNICIPAL_OPERATOR: ("caiji", "蔡集"),
    Role.MUNICIPAL_APPROVER: ("shishen", "石审"),
    Role.DISTRICT_CLERK: ("quban", "曲办"),
    Role.DISTRICT_APPROVER: ("qushen", "曲慎"),
    Role.TOWN_CLERK: ("zhenban", "甄办"),
    Role.TOWN_REVIEWER: ("chushen", "楚审"),
    Role.TOWN_ARCHIVIST: ("dangan", "党岸"),
    Role.VILLAGE_SURVEYOR: ("diaocha", "刁查"),
    Role.GUIDE: ("zhidao", "智道"),
    Role.SYSTEM_ADMINISTRATOR: ("xitong", "奚统"),
    Role.SECURITY_ADMINISTRATOR: ("anquan", "安权"),
    Role.AUDIT_ADMINISTRATOR: ("shenji", "沈记"),
}


def make_demo_accounts(*, town: str, village: str) -> list[Given]:
    """One account per post, each with a new password; the district is the town's. Raises accounts.NotADemo.

    town, village: paths of offices that have people in the demo's city.
    """
    at = now()
    wanted = [
        (Person(*names, f"D{serial:03d}"), role, _office_of(role, town, village))
        for serial, (role, names) in enumerate(_STAFF.items(), 1)
    ]
    operator = command_line.operator(getpass.getuser(), Role.SYSTEM_ADMINISTRATOR)
    return accounts.demo_accounts(wanted, actor=operator, on=day_of(at), at=at)


def show_demo_accounts(given: list[Given]) -> None:
    """The table, and that a demo is laxer than a real register."""
    _print_passwords(given)
    say("以上密码只显示这一次,再次执行演示就换新的。演示中可以直接使用,不要求首次登录时修改;")
    say("登录还须动态口令:首次登录时设置,演示没有手机,页面会把当时的口令写在旁边。")
    say("正式使用时账号由 canbao account first-admins 建立,一次性密码须先修改,动态口令只在本人手机上。")


def _print_passwords(given: list[Given]) -> None:
    rows = [
        {
            "role": holder.role.label,
            "office": office_full_name(holder.office),
            "name": holder.account,
            "password": holder.password,
        }
        for holder in given
    ]
    columns = {"role": "岗位", "office": "机构", "name": "账号", "password": "一次性密码"}
    print_table(rows, columns=columns)


def _office_of(role: Role, town: str, village: str) -> str:
    """Where the role's post is: as near to the town as the role goes."""
    by_length = {len(path): path for path in (CITY, town[:6], town, village)}
    if role.value.startswith(("MUNICIPAL", "SYSTEM", "SECURITY", "AUDIT")) or role is Role.GUIDE:
        return CITY
    if role.value.startswith("DISTRICT"):
        return by_length[6]
    return by_length[18] if role is Role.VILLAGE_SURVEYOR else by_length[15]
