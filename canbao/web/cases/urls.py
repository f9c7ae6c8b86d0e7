"""The conflicts of the matching: listed, decided one by one or in bulk."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.cases import bulk, views
from canbao.web.routes import page

urlpatterns = [
    page("cases/", views.cases, name="cases", need=Permission.CASE_VIEW),
    page("cases/next/", views.next_case, name="case-next", need=Permission.CASE_DECIDE),
    page("cases/bulk/", bulk.bulks, name="case-bulks", need=Permission.CASE_VIEW),
    page("cases/bulk/preview/", bulk.preview, name="case-bulk-preview", need=Permission.CASE_DECIDE),
    page("cases/bulk/ask/", bulk.ask, name="case-bulk-ask", need=Permission.CASE_DECIDE),
    page("cases/bulk/<int:bulk_id>/check/", bulk.check, name="case-bulk-check", need=Permission.CASE_DECIDE_BULK),
    page("cases/bulk/<int:bulk_id>/undo/", bulk.undo, name="case-bulk-undo", need=Permission.CASE_DECIDE_BULK),
    page("cases/<int:case_id>/", views.case, name="case", need=Permission.CASE_VIEW),
    page("cases/<int:case_id>/decide/", views.decide, name="case-decide", need=Permission.CASE_DECIDE),
    page("cases/<int:case_id>/undo/", views.undo, name="case-undo", need=Permission.CASE_DECIDE),
]
