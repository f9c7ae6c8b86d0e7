"""How the work is done, post by post."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Role
from canbao.web.request import PageRequest


def help_page(request: PageRequest) -> HttpResponse:
    """The page of the own post, or of the one asked for."""
    own = request.held.role if request.held else None
    role = _asked(request.GET.get("post", "")) or own
    rights = {permission.value: permission for permission in Permission if role and allows(role, permission)}
    return render(request, "help/help.html", {"role": role, "own": own, "roles": list(Role), "rights": rights})


def _asked(said: str) -> Role | None:
    """Another post, whose page somebody prints for its holder; it tells what the post may do, nothing about anybody."""
    return Role(said) if said in set(Role) else None
