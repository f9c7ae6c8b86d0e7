"""What every page's shell needs."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest

from canbao.web.menu import items_for
from canbao.web.request import PageRequest, now


def shell(plain: HttpRequest) -> dict[str, Any]:
    request = cast(PageRequest, plain)
    held = getattr(request, "held", None)
    return {"menu": items_for(held.role if held else None), "held": held, "now": now()}
