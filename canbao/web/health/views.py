"""The system administrator's page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from canbao.services import health as service
from canbao.web.request import PageRequest, now


def health(request: PageRequest) -> HttpResponse:
    return render(request, "health/health.html", {"health": service.look(actor=request.acting, at=now())})
