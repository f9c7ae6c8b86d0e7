"""How far a round is."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.progress import papers, views
from canbao.web.routes import page

urlpatterns = [
    page("survey/<int:round_id>/", views.board, name="survey-round", need=Permission.SURVEY_VIEW),
    page("survey/<int:round_id>/board/", views.refreshed, name="survey-board", need=Permission.SURVEY_VIEW),
    page(
        "survey/<int:round_id>/bulletin/", papers.bulletin_page, name="survey-bulletin", need=Permission.SURVEY_EXPORT
    ),
    page("survey/<int:round_id>/report/", papers.report, name="survey-report", need=Permission.SURVEY_VIEW),
]
