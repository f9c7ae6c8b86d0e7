"""Suggested villages of people: figures, list, confirmation in bulk, correction."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.routes import page
from canbao.web.villages import views

_VIEW, _DECIDE = Permission.VILLAGE_VIEW, Permission.VILLAGE_DECIDE

urlpatterns = [
    page("villages/", views.villages_list, name="villages", need=_VIEW),
    page("villages/figures/", views.figures, name="village-figures", need=_VIEW),
    page("villages/decide/", views.decide, name="village-decide", need=_DECIDE),
    page("villages/acts/<int:act_id>/undo/", views.undo, name="village-undo", need=_DECIDE),
]
