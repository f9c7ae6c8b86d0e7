"""The menu: which pages a post has, in the order of its work."""

from __future__ import annotations

from dataclasses import dataclass

from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Role
from canbao.web.routes import Open


@dataclass(frozen=True)
class Item:
    """route: the name of the page; icon: a Tabler icon; key: typed after "g" it opens the page; group: a heading."""

    label: str
    route: str
    icon: str
    need: Permission | Open
    key: str = ""
    group: str = ""


MENU: tuple[Item, ...] = (
    Item("首页", "home", "home", Open.SIGNED_IN, key="h"),
    Item("走访", "field", "walk", Permission.SURVEY_VISIT, key="x"),
    Item("查询人员", "search", "search", Permission.PERSON_SEARCH, key="s"),
    Item("比对疑点", "cases", "git-compare", Permission.CASE_VIEW, key="c"),
    Item("建议村（社区）", "villages", "map-pin", Permission.VILLAGE_VIEW),
    Item("变更申请", "changes", "file-diff", Permission.CHANGE_VIEW, key="z"),
    Item("入户调查", "surveys", "home-search", Permission.SURVEY_VIEW, key="f"),
    Item("报送数据", "deliveries", "inbox", Permission.DELIVERY_VIEW, key="d"),
    Item("信息比对", "runs", "git-merge", Permission.DELIVERY_VIEW, key="b"),
    Item("导出", "exports", "file-export", Permission.MATCH_EXPORT, key="e"),
    Item("我的任务", "jobs", "clock-play", Open.SIGNED_IN, key="t", group="资料"),
    Item("审计日志", "audit", "list-search", Permission.JOURNAL_VIEW, key="j", group="审计"),
    Item("异常告警", "audit-alarms", "bell-exclamation", Permission.JOURNAL_VIEW, key="w", group="审计"),
    Item("封存与核验", "audit-seals", "shield-check", Permission.JOURNAL_VIEW, key="v", group="审计"),
    Item("封存凭证", "audit-anchors", "anchor", Permission.JOURNAL_VIEW, key="a", group="审计"),
    Item("账号和岗位", "accounts", "users", Permission.ACCOUNT_VIEW, key="p", group="管理"),
    Item("岗位申请", "post-requests", "checklist", Permission.ACCOUNT_VIEW, key="q", group="管理"),
    Item("凭据重置", "resets", "key", Permission.CREDENTIAL_RESET, key="g", group="管理"),
    Item("角色权限表", "roles", "table", Permission.ACCOUNT_VIEW, key="m", group="管理"),
    Item("接口用户", "clients", "plug-connected", Permission.ACCOUNT_VIEW, key="i", group="管理"),
    Item("运行状况", "health", "activity", Permission.HEALTH_VIEW, key="r", group="管理"),
    Item("安全策略", "policy", "shield-cog", Permission.POLICY_VIEW, key="y", group="管理"),
    Item("额度申请", "budget-requests", "hourglass-high", Permission.BUDGET_LIFT, group="管理"),
    Item("锁定的账号", "locks", "lock", Permission.ACCOUNT_UNLOCK, key="l", group="管理"),
    Item("在线会话", "sessions", "devices", Permission.SESSION_END, key="n", group="管理"),
    Item("查阅额度", "budgets", "hourglass", Open.SIGNED_IN, key="k", group="资料"),
    Item("机构和区划", "places", "building-community", Open.SIGNED_IN, key="o", group="资料"),
    Item("使用说明", "help", "book-2", Open.SIGNED_IN, key="u", group="资料"),
)


def items_for(role: Role | None) -> list[Item]:
    """What the role may open."""
    return [item for item in MENU if isinstance(item.need, Open) or (role is not None and allows(role, item.need))]
