"""What every page's shell needs."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from canbao.rules.permissions import Permission, allows
from canbao.services.accounts.signing import FACTOR_PASSED
from canbao.web.menu import Item, items_for
from canbao.web.request import PageRequest, now

VIEW_COOKIE = "canbao_view"
LARGE, DARK, LIGHT = "large", "dark", "light"
REFERENCE = "资料"  # what is only looked up stands last in the menu


def shell(plain: HttpRequest) -> dict[str, Any]:
    request = cast(PageRequest, plain)
    held = getattr(request, "held", None)
    user = getattr(request, "user", None)
    # nothing of the post before the second factor
    signed_in = bool(user and user.is_authenticated and plain.session.get(FACTOR_PASSED))
    wanted = view_of(request)
    return {
        "menu": _groups(items_for(held.role if held else None), request.path) if signed_in else [],
        "held": held if signed_in else None,
        "posts": getattr(request, "posts", []) if signed_in else [],
        "signed_in": signed_in,
        "may_search": bool(signed_in and held and allows(held.role, Permission.PERSON_SEARCH)),
        "is_large": LARGE in wanted,
        "is_dark": DARK in wanted,
        "is_light": LIGHT in wanted,
        "now": now(),
        "layout": _layout(request),
    }


def _layout(request: PageRequest) -> str:
    """What a page that can also be a piece of another extends: the whole house, the drawer, or nothing."""
    htmx = getattr(request, "htmx", None)
    if not htmx or htmx.boosted or htmx.history_restore_request:
        return "base.html"
    return "components/drawer.html" if htmx.target == "drawer-body" else "components/bare.html"


def view_of(request: HttpRequest) -> set[str]:
    """How this browser wants its pages: large; dark or light, where it was chosen, else as the machine is set."""
    return set(request.COOKIES.get(VIEW_COOKIE, "").split(".")) & {LARGE, DARK, LIGHT}


def turned(wanted: set[str], turn: str) -> set[str]:
    """The view after a switch was pressed; the two colours exclude each other."""
    if turn in (DARK, LIGHT):
        return wanted - {DARK, LIGHT} | {turn}
    return wanted ^ {LARGE} if turn == LARGE else wanted


def _groups(items: list[Item], path: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The menu by heading, in the order in which the headings appear; the room we are in is marked."""
    entries = [(item, address) for item in items if (address := _address(item))]
    here = max((address for _, address in entries if path.startswith(address)), key=len, default="")
    groups: dict[str, list[dict[str, Any]]] = {"": []}
    for item, address in entries:
        is_here = address == here and (address != "/" or path == "/")
        groups.setdefault(item.group, []).append({"item": item, "address": address, "is_here": is_here})
    return sorted(groups.items(), key=lambda group: group[0] == REFERENCE)


def _address(item: Item) -> str:
    try:
        return reverse(item.route)
    except NoReverseMatch:  # a room that is not there yet
        return ""
