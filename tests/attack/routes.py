"""Every address of the product with what it takes to open it, as its own program tells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass

from canbao.rules.permissions import PERMISSIONS, Permission
from canbao.rules.roles import NOT_A_POST, Role
from tests.attack.running import Product

_ASKS = """
import json, django
django.setup()
from django.urls import get_resolver
def walk(patterns, before=""):
    for each in patterns:
        route = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from walk(each.url_patterns, route)
        else:
            yield route, str(getattr(each.callback, "need", ""))
print(json.dumps(list(walk(get_resolver().url_patterns))))
"""
PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """path: with its parts in angle brackets; need: a permission, "ANYBODY", "SIGNED_IN", or "" where it is not a page."""

    path: str
    need: str

    @property
    def parts(self) -> list[str]:
        return [name for _, name in PART.findall(self.path)]

    def filled(self, **values: object) -> str:
        """The address with these parts, and harmless ones elsewhere."""
        return PART.sub(lambda found: str(values.get(found[2], "1" if found[1] == "int" else "a")), self.path)


def routes(product: Product) -> list[Route]:
    """Without the interface for other systems, which has no session."""
    environment = product.environment(DJANGO_SETTINGS_MODULE="canbao.config.settings", CANBAO_LOGIN="web")
    done = subprocess.run(
        [sys.executable, "-c", _ASKS], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    found = [Route(f"/{path}".replace("^", "").rstrip("$"), need) for path, need in json.loads(done.stdout)]
    return [route for route in found if not route.path.startswith(("/api/", "/static/"))]


def role_with(need: str) -> Role | None:
    """A role that may open a page, the widest area first."""
    if need == "SIGNED_IN":
        return Role.TOWN_CLERK
    if need not in Permission.__members__:
        return None
    may = [role for role in Role if role not in NOT_A_POST and Permission(need) in PERMISSIONS[role]]
    return (
        min(may, key=lambda role: (not role.value.startswith("MUNICIPAL"), not role.value.startswith("DISTRICT")))
        if may
        else None
    )


def office_of(role: Role, product: Product) -> str:
    """Where a role has its post, so that the place of the attack lies in its area."""
    place = product.place
    if role is Role.VILLAGE_SURVEYOR:
        return str(place["village"])
    if role.value.startswith("TOWN"):
        return str(place["town"])
    return str(place["district"]) if role.value.startswith("DISTRICT") else "50"
