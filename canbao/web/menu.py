"""The menu: which pages a post has, in the order of its work."""

from __future__ import annotations

from dataclasses import dataclass

from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Role
from canbao.web.routes import Open


@dataclass(frozen=True)
class Item:
    """route: the name of the page; icon: a Tabler icon."""

    label: str
    route: str
    icon: str
    need: Permission | Open


MENU: tuple[Item, ...] = (Item("首页", "home", "home", Open.SIGNED_IN),)


def items_for(role: Role | None) -> list[Item]:
    """What the role may open."""
    return [item for item in MENU if isinstance(item.need, Open) or (role is not None and allows(role, item.need))]
