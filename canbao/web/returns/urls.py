"""Taking a stack of forms back."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.returns import views
from canbao.web.routes import page

_NEED = Permission.SURVEY_RETURN
urlpatterns = [
    page("survey/returns/without-mandate/", views.without_mandate, name="sheets-without-mandate", need=_NEED),
    page("survey/<int:round_id>/return/", views.station, name="survey-return", need=_NEED),
    page("survey/<int:round_id>/return/sign/", views.sign, name="survey-return-sign", need=_NEED),
    page("survey/<int:round_id>/return/undo/", views.undo, name="survey-return-undo", need=_NEED),
    page("survey/<int:round_id>/return/<str:village>/", views.village, name="survey-return-village", need=_NEED),
]
