"""Who was found in a round, and one of them with the people alike."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.found import views
from canbao.web.routes import page

urlpatterns = [
    page("survey/<int:round_id>/found/", views.found_list, name="survey-found", need=Permission.SURVEY_VIEW),
    page("found/<int:found_id>/", views.found_person, name="found-person", need=Permission.SURVEY_VIEW),
    page("found/<int:found_id>/decide/", views.decide, name="found-decide", need=Permission.SURVEY_ENTER),
]
