"""Rounds of the household survey, their lists, and how these go down to the villages."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.routes import page
from canbao.web.survey import hand_down, lists, views

_LOOK, _OPEN, _DOWN = Permission.SURVEY_VIEW, Permission.SURVEY_OPEN, Permission.SURVEY_DISPATCH

urlpatterns = [
    page("survey/", views.surveys, name="surveys", need=_LOOK),
    page("survey/new/", views.new, name="survey-new", need=_OPEN),
    page("survey/<int:round_id>/set/", views.set_page, name="survey-set", need=_LOOK),
    page("survey/<int:round_id>/change/", views.change, name="survey-change", need=_OPEN),
    page("survey/<int:round_id>/close/", views.close, name="survey-close", need=_OPEN),
    page("survey/<int:round_id>/dispatch/", hand_down.dispatch, name="survey-dispatch", need=_DOWN),
    page("survey/<int:round_id>/dispatch/undo/", hand_down.undo, name="survey-dispatch-undo", need=_DOWN),
    page("survey/<int:round_id>/list/", lists.tasks, name="survey-list", need=_LOOK),
    page("survey/<int:round_id>/list/move/", lists.move, name="survey-move", need=_DOWN),
    page("survey/<int:round_id>/list/offices/", lists.offices, name="survey-offices", need=_DOWN),
    page("survey/tasks/<int:task_id>/", lists.task, name="survey-task", need=_LOOK),
]
