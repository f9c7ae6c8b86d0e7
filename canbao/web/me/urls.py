"""One's own account."""

from __future__ import annotations

from canbao.web.me import views
from canbao.web.routes import Open, page

urlpatterns = [
    page("me/", views.me, name="me", need=Open.SIGNED_IN),
    page("me/session/", views.end_session, name="own-session-end", need=Open.SIGNED_IN),
    page("me/codes/", views.new_codes, name="recovery-codes", need=Open.SIGNED_IN),
]
