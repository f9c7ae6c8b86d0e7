"""Accounts, posts, the requests for them, and resets of passwords and second factors."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.accounts import asking, deciding, resets, views
from canbao.web.routes import Open, page

_VIEW, _MANAGE, _ASK, _GRANT, _RESET = (
    Permission.ACCOUNT_VIEW,
    Permission.ACCOUNT_MANAGE,
    Permission.POST_ASK,
    Permission.POST_GRANT,
    Permission.CREDENTIAL_RESET,
)

urlpatterns = [
    page("accounts/", views.listing, name="accounts", need=_VIEW),
    page("accounts/new/", views.new, name="account-new", need=_MANAGE),
    page("accounts/offices/", views.offices, name="account-offices", need=_VIEW),
    page("accounts/roles/", views.roles, name="roles", need=Open.SIGNED_IN),
    page("accounts/<int:account_id>/", views.one, name="account", need=_VIEW),
    page("accounts/<int:account_id>/disable/", views.disable, name="account-disable", need=_MANAGE),
    page("accounts/<int:account_id>/enable/", asking.enable, name="account-enable", need=_ASK),
    page("accounts/<int:account_id>/ask/", asking.grant, name="post-ask", need=_ASK),
    page("accounts/posts/<int:post_id>/replace/", asking.replace, name="post-replace", need=_ASK),
    page("accounts/posts/<int:post_id>/end/", asking.end, name="post-end", need=_ASK),
    page("accounts/resets/", resets.listing, name="resets", need=_RESET),
    page("accounts/resets/ask/", resets.ask, name="reset-ask", need=_RESET),
    page("accounts/resets/<int:reset_id>/grant/", resets.grant, name="reset-grant", need=_RESET),
    page("accounts/resets/<int:reset_id>/refuse/", resets.refuse, name="reset-refuse", need=_RESET),
    page("accounts/resets/<int:reset_id>/withdraw/", resets.withdraw, name="reset-withdraw", need=_RESET),
    page("accounts/requests/", deciding.listing, name="post-requests", need=_VIEW),
    page("accounts/requests/<int:request_id>/grant/", deciding.grant, name="post-request-grant", need=_GRANT),
    page("accounts/requests/<int:request_id>/refuse/", deciding.refuse, name="post-request-refuse", need=_GRANT),
    page("accounts/requests/<int:request_id>/withdraw/", deciding.withdraw, name="post-request-withdraw", need=_ASK),
]
