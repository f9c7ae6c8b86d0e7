"""The security administrator's room: parameters, self-check, locked accounts; and sessions for both administrators."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.policy import views
from canbao.web.routes import page

urlpatterns = [
    page("policy/", views.policy_page, name="policy", need=Permission.POLICY_VIEW),
    page("policy/change/", views.change, name="policy-change", need=Permission.POLICY_CHANGE),
    page("policy/check/", views.check, name="policy-check", need=Permission.POLICY_VIEW),
    page("policy/locks/", views.locks, name="locks", need=Permission.ACCOUNT_UNLOCK),
    page("policy/locks/unlock/", views.unlock, name="account-unlock", need=Permission.ACCOUNT_UNLOCK),
    page("sessions/", views.sessions_page, name="sessions", need=Permission.SESSION_END),
    page("sessions/end/", views.end_session, name="session-end", need=Permission.SESSION_END),
]
