"""What waits for this post."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from canbao.web.request import PageRequest


def home(request: PageRequest) -> HttpResponse:
    return render(request, "home/home.html")
