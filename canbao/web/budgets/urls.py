"""The own budgets and requests; the security administrator's list of requests."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.budgets import views
from canbao.web.routes import Open, page

_LIFT = Permission.BUDGET_LIFT

urlpatterns = [
    page("budgets/", views.own, name="budgets", need=Open.SIGNED_IN),
    page("budgets/ask/", views.ask, name="budget-ask", need=Open.SIGNED_IN),
    page("budgets/<int:lift_id>/withdraw/", views.withdraw, name="budget-withdraw", need=Open.SIGNED_IN),
    page("budgets/requests/", views.requests, name="budget-requests", need=_LIFT),
    page("budgets/requests/<int:lift_id>/grant/", views.grant, name="budget-grant", need=_LIFT),
    page("budgets/requests/<int:lift_id>/refuse/", views.refuse, name="budget-refuse", need=_LIFT),
]
