"""Searching for people and reading their files."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.people import person, search
from canbao.web.routes import page

urlpatterns = [
    page("search/", search.search, name="search", need=Permission.PERSON_SEARCH, repeats=True),
    page("search/outside/", search.outside, name="search-outside", need=Permission.PERSON_LOOK_OUTSIDE, repeats=True),
    page("people/<int:person_id>/", person.show, name="person", need=Permission.PERSON_VIEW),
    page("people/<int:person_id>/unmask/", person.unmask, name="person-unmask", need=Permission.PERSON_UNMASK),
    page("people/<int:person_id>/sources/", person.sources, name="person-sources", need=Permission.PERSON_VIEW),
    page("people/<int:person_id>/looks/", person.looks, name="person-looks", need=Permission.LOOKS_VIEW),
]
