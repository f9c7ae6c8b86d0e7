"""On a phone: where to go, what to ask there, how it ended."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.field import found, views
from canbao.web.routes import page

_VISIT = Permission.SURVEY_VISIT

urlpatterns = [
    page("field/", views.field, name="field", need=_VISIT),
    page("field/rounds/<int:round_id>/", views.field_round, name="field-round", need=_VISIT, repeats=True),
    page("field/households/<int:task_id>/", views.household, name="field-household", need=_VISIT),
    page("field/tasks/<int:task_id>/", views.door, name="field-task", need=_VISIT),
    page("field/tasks/<int:task_id>/phone/", views.phone, name="field-phone", need=_VISIT, repeats=True),
    page("field/found/", found.own, name="field-found", need=_VISIT),
    page("field/found/new/", found.new, name="field-found-new", need=_VISIT),
]
