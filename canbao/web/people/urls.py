"""Searching for people and reading their files."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.people import search
from canbao.web.routes import page

urlpatterns = [
    page("search/", search.search, name="search", need=Permission.PERSON_SEARCH),
    page("search/outside/", search.outside, name="search-outside", need=Permission.PERSON_LOOK_OUTSIDE),
]
