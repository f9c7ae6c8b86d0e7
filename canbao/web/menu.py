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
    Item("机构和区划", "places", "building-community", Open.SIGNED_IN, key="o", group="资料"),
    Item("使用说明", "help", "book-2", Open.SIGNED_IN, key="u", group="资料"),
)


def items_for(role: Role | None) -> list[Item]:
    """What the role may open."""
    return [item for item in MENU if isinstance(item.need, Open) or (role is not None and allows(role, item.need))]
