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
    Item("查询人员", "search", "search", Permission.PERSON_SEARCH, key="s"),
    Item("审计日志", "audit", "list-search", Permission.JOURNAL_VIEW, key="j", group="审计"),
    Item("异常告警", "audit-alarms", "bell-exclamation", Permission.JOURNAL_VIEW, key="w", group="审计"),
    Item("封存与核验", "audit-seals", "shield-check", Permission.JOURNAL_VIEW, key="v", group="审计"),
    Item("封存凭证", "audit-anchors", "anchor", Permission.JOURNAL_VIEW, key="a", group="审计"),
    Item("运行状况", "health", "activity", Permission.HEALTH_VIEW, key="r", group="管理"),
    Item("机构和区划", "places", "building-community", Open.SIGNED_IN, key="o", group="资料"),
    Item("使用说明", "help", "book-2", Open.SIGNED_IN, key="u", group="资料"),
)


def items_for(role: Role | None) -> list[Item]:
    """What the role may open."""
    return [item for item in MENU if isinstance(item.need, Open) or (role is not None and allows(role, item.need))]
