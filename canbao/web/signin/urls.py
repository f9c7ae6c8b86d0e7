"""Signing in and out, and choosing the post to act in."""

from __future__ import annotations

from canbao.web.routes import Open, page
from canbao.web.signin import views

urlpatterns = [
    page("sign-in/", views.sign_in, name="sign-in", need=Open.ANYBODY),
    page("sign-out/", views.sign_out, name="sign-out", need=Open.ANYBODY),
    page("post/", views.choose_post, name="choose-post", need=Open.SIGNED_IN),
]
