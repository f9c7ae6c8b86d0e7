"""Change requests, to be looked at."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.changes import views
from canbao.web.routes import page

urlpatterns = [
    page("changes/", views.changes, name="changes", need=Permission.CHANGE_VIEW),
    page("changes/<int:change_id>/", views.change, name="change", need=Permission.CHANGE_VIEW),
    page("survey/<int:round_id>/changes/", views.of_round, name="survey-changes", need=Permission.CHANGE_VIEW),
]
