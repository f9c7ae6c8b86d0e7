"""All pages, room by room."""

from __future__ import annotations

from django.urls import URLPattern

from canbao.web.home.urls import urlpatterns as home
from canbao.web.signin.urls import urlpatterns as signin

urlpatterns: list[URLPattern] = [*home, *signin]
