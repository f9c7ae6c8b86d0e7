"""The registration form on paper."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.forms import batches, views
from canbao.web.routes import page

urlpatterns = [
    page("people/<int:person_id>/form/", views.person_form, name="person-form", need=Permission.FORM_PRINT),
    page("survey/<int:round_id>/print/", batches.print_round, name="survey-print", need=Permission.SURVEY_PRINT),
]
