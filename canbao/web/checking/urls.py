"""Handing in, checking, calling back."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.checking import calls, field, views
from canbao.web.routes import page

urlpatterns = [
    page("field/hand-in/<int:round_id>/", field.hand_in, name="survey-hand-in", need=Permission.SURVEY_VISIT),
    page("survey/<int:round_id>/check/", views.check, name="survey-check", need=Permission.SURVEY_CHECK),
    page("survey/<int:round_id>/check/undo/", views.undo, name="survey-check-undo", need=Permission.SURVEY_CHECK),
    page("survey/<int:round_id>/calls/", calls.calls, name="survey-calls", need=Permission.SURVEY_CALL),
    page("calls/<int:call_id>/", calls.call, name="survey-call", need=Permission.SURVEY_CALL),
    page("calls/<int:call_id>/phone/", calls.show_phone, name="survey-call-phone", need=Permission.SURVEY_CALL),
]
