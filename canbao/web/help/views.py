"""How the work is done, post by post."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from canbao.rules.permissions import Permission, allows
from canbao.web.request import PageRequest


def help_page(request: PageRequest) -> HttpResponse:
    role = request.held.role if request.held else None
    rights = {permission.value: permission for permission in Permission if role and allows(role, permission)}
    return render(request, "help/help.html", {"role": role, "rights": rights})
