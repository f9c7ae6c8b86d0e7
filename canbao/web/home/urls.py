"""The first page of every post."""

from __future__ import annotations

from canbao.web.home import views
from canbao.web.routes import Open, page

urlpatterns = [
    page("", views.home, name="home", need=Open.SIGNED_IN),
    page("view/", views.set_view, name="set-view", need=Open.ANYBODY, repeats=True),
]
