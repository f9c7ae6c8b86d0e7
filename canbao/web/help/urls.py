"""How the work is done, post by post."""

from __future__ import annotations

from canbao.web.help import views
from canbao.web.routes import Open, page

urlpatterns = [page("help/", views.help_page, name="help", need=Open.SIGNED_IN)]
