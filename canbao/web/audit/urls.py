"""The addresses of the audit."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.audit import views
from canbao.web.routes import page

_VIEW, _VERIFY = Permission.JOURNAL_VIEW, Permission.JOURNAL_VERIFY

urlpatterns = [
    page("audit/", views.journal, name="audit", need=_VIEW),
    page("audit/sample/", views.sample, name="audit-sample", need=_VIEW),
    page("audit/entries/<int:number>/", views.entry, name="audit-entry", need=_VIEW),
    page("audit/alarms/", views.alarms, name="audit-alarms", need=_VIEW),
    page("audit/alarms/scan/", views.scan, name="audit-scan", need=Permission.ALARM_SETTLE),
    page("audit/alarms/<int:number>/settle/", views.settle, name="audit-settle", need=Permission.ALARM_SETTLE),
    page("audit/seals/", views.seals, name="audit-seals", need=_VIEW),
    page("audit/seals/verify/", views.verify, name="audit-verify", need=_VERIFY),
    page("audit/anchors/", views.anchors, name="audit-anchors", need=_VIEW),
    page("audit/anchors/new/", views.anchor_now, name="audit-anchor-now", need=_VERIFY),
    page("audit/anchors/<int:number>/", views.anchor, name="audit-anchor", need=_VIEW),
    page("audit/anchors/<int:number>/text/", views.anchor_text, name="audit-anchor-text", need=_VIEW),
]
