"""Deliveries, batches and runs."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.deliveries import acts, templates, views
from canbao.web.routes import page

_SEE = Permission.DELIVERY_VIEW

urlpatterns = [
    page("deliveries/", views.deliveries, name="deliveries", need=_SEE),
    page("deliveries/receive/", acts.receive, name="deliveries-receive", need=Permission.DELIVERY_RECEIVE),
    page("deliveries/inbox/", acts.receive_inbox, name="deliveries-inbox", need=Permission.DELIVERY_RECEIVE),
    page("deliveries/templates/", templates.templates, name="deliveries-templates", need=_SEE),
    page("batches/<int:batch_id>/", views.batch, name="batch", need=_SEE),
    page(
        "batches/<int:batch_id>/errors/<str:file_name>",
        views.errors,
        name="batch-errors",
        need=Permission.DELIVERY_ERRORS,
    ),
    page("batches/<int:batch_id>/nobody/", views.nobody, name="batch-nobody", need=Permission.DELIVERY_ERRORS),
    page(
        "batches/<int:batch_id>/nobody/file/",
        views.nobody_file,
        name="batch-nobody-file",
        need=Permission.DELIVERY_ERRORS,
    ),
    page("batches/<int:batch_id>/release/", acts.release, name="batch-release", need=Permission.DELIVERY_RELEASE),
    page("batches/<int:batch_id>/commit/", acts.commit, name="batch-commit", need=Permission.DELIVERY_COMMIT),
    page("batches/<int:batch_id>/reverse/", acts.reverse, name="batch-reverse", need=Permission.DELIVERY_REVERSE),
    page("runs/", views.runs, name="runs", need=_SEE),
    page("runs/start/", acts.match, name="run-start", need=Permission.MATCH_RUN),
    page("runs/<int:run_id>/", views.run, name="run", need=_SEE),
]
