"""Offices and divisions."""

from __future__ import annotations

from canbao.web.places import views
from canbao.web.routes import Open, page

urlpatterns = [
    page("places/", views.places, name="places", need=Open.SIGNED_IN),
    page("places/below/", views.below, name="places-below", need=Open.SIGNED_IN),
    page("places/<str:tree>/<str:code>/", views.place, name="place", need=Open.SIGNED_IN),
]
