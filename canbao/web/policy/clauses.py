"""GB/T 22239-2019 level 3, clause by clause, as an assessor asks: what is asked, what is in force, where to see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from canbao.services.accounts.policy import Row


@dataclass(frozen=True)
class Clause:
    """values: parameters in force; proof: how to see that it holds."""

    number: str
    asked: str
    held: str
    proof: str
    values: tuple[Row, ...] = ()


# number, what is asked, how it is kept, how to see it, the parameters' names
_CLAUSES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "8.1.4.1 a", "对登录的用户进行身份标识和鉴别，标识唯一，口令有复杂度要求并定期更换",
        "一人一个实名账号，账号名终身不重复；密码长度、种类、历史、有效期由系统检查，不得包含账号名和姓名拼音。",
        "用弱密码修改密码，系统逐条指出并拒绝。",
        "password_length password_classes password_history password_days password_first_use one_time_hours",
    ),
    (
        "8.1.4.1 b", "登录失败处理：结束会话、限制非法登录次数、超时自动退出",
        "按账号加终端计数锁定，多处试同一账号的逐次延长等待并告警，本人用过的设备不受别处失败影响；无操作自动退出；超出会话数的较早会话自动结束。",
        "连续输错密码至锁定；“锁定的账号”页可见并解锁。",
        "lock_failures lock_minutes lock_address_failures idle_minutes session_hours sessions",
    ),
    (
        "8.1.4.1 c", "远程管理时防止鉴别信息在网络传输中被窃听",
        "在 TLS 代理之后运行，CANBAO_TLS=1 时会话凭据只经加密连接传送；地址中不含密码和会话凭据；库中只存会话凭据的摘要。",
        "抓包；查看浏览器 Cookie 的 Secure、HttpOnly 属性。", "",
    ),
    (
        "8.1.4.1 d", "两种或两种以上组合的鉴别技术，其中一种使用密码技术",
        "密码加动态口令（HMAC），密钥以 SM4-GCM 加密保存；恢复码只存 HMAC-SM3 值。",
        "任一账号登录时须输入验证码；未设置的先设置。", "factor_everybody",
    ),
    (
        "8.1.4.2 a", "对登录的用户分配账号和权限", "权限只来自岗位；岗位有起止日期，到期自动失效。", "“账号和岗位”页。", "",
    ),
    (
        "8.1.4.2 b", "重命名或删除默认账号，修改默认口令", "系统没有默认账号和默认密码，首批管理员在命令行建立。", "查看账号列表。", "",
    ),
    (
        "8.1.4.2 c", "及时删除或停用多余、过期的账号，避免共享账号", "长期不登录的账号自动停用，停用后不能自行恢复。",
        "查看已停用账号和日志。", "account_idle_days",
    ),
    (
        "8.1.4.2 d", "管理用户所需的最小权限，管理用户权限分离", "系统、安全、审计三类管理员互斥，均无业务权限；由数据库约束保证。",
        "岗位权限表；越权访问显示拒绝页并记入日志。", "",
    ),
    (
        "8.1.4.2 e", "由授权主体配置访问控制策略", "岗位由一人申请、另一人批准；安全参数只有安全管理员能改，只能比规定更严。",
        "本系统“安全策略”页。", "",
    ),
    (
        "8.1.4.2 f", "访问控制粒度：主体为用户级，客体为数据库表级", "细到行和字段：按机构辖区的行级安全由数据库执行，隐藏项目逐项说明理由查看。",
        "以镇街岗位查询外镇人员：查无此人。", "unmask_minutes",
    ),
    ("8.1.4.2 g", "对重要主体和客体设置安全标记", "个人信息字段在模型上逐项标注，显示、打印、导出、接口统一隐藏。", "人员档案页。", ""),
    (
        "8.1.4.3 a-d", "审计覆盖每个用户和重要事件，记录受保护，审计进程不得中断",
        "办理和查看都记入日志，与业务同一事务；应用账号只能追加；SM3 链封存，可核验。", "审计管理员“核验日志”；尝试删除日志被数据库拒绝。",
        "office_hours_from office_hours_to people_per_hour people_per_day searches_per_hour numbers_per_hour sequential_numbers",
    ),
    ("8.1.4.4", "对输入内容进行有效性检验", "所有输入经表单检查，禁止页内脚本（内容安全策略）。", "模糊测试报告。", ""),
    (
        "8.1.4.7-8", "采用密码技术保证重要数据的完整性和保密性", "日志用 SM3 链；动态口令密钥用 SM4-GCM；密码只存加盐迭代摘要。",
        "查看库表中的密文。", "",
    ),
    ("8.1.4.10-11", "剩余信息保护；只采集必需的个人信息", "退出、结束会话时清空会话内容；隐藏项目到时恢复隐藏。", "查看会话表。", "unmask_minutes"),
    ("8.1.5", "系统、安全、审计管理员通过各自界面管理，并被审计", "三套菜单互不相交，管理操作全部记入日志。", "以三个账号分别登录。", ""),
)  # fmt: skip


def clauses(rows: Mapping[str, Row]) -> list[Clause]:
    """With the values in force."""
    return [
        Clause(number, asked, held, proof, tuple(rows[name] for name in names.split()))
        for number, asked, held, proof, names in _CLAUSES
    ]
