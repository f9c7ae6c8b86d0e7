"""Papers that prove something."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.evidence import views
from canbao.web.routes import page

_VIEW, _ADD = Permission.EVIDENCE_VIEW, Permission.EVIDENCE_ADD
urlpatterns = [
    page("survey/tasks/<int:task_id>/evidence/", views.of_task, name="task-evidence", need=_VIEW),
    page("survey/tasks/<int:task_id>/evidence/add/", views.add, name="task-evidence-add", need=_ADD),
    page("evidence/<int:evidence_id>/", views.one, name="evidence", need=_VIEW),
    page("evidence/<int:evidence_id>/pages/<int:place>/", views.picture, name="evidence-page", need=_VIEW),
    page("evidence/<int:evidence_id>/remove/", views.remove, name="evidence-remove", need=_ADD),
]
