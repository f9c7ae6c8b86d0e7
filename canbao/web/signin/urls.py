"""Signing in and out, the second factor, a password that is due, and choosing the post to act in."""

from __future__ import annotations

from canbao.web.routes import Open, page
from canbao.web.signin import factor, notice, oidc, proof, recovery, views

urlpatterns = [
    page("sign-in/", views.sign_in, name="sign-in", need=Open.ANYBODY),
    page("sign-out/", views.sign_out, name="sign-out", need=Open.ANYBODY, repeats=True),
    page("sign-in/provider/", oidc.go, name="provider-go", need=Open.ANYBODY),
    page("sign-in/provider/back/", oidc.back, name="provider-back", need=Open.ANYBODY),
    page("sign-in/reset/", recovery.credential_reset, name="credential-reset", need=Open.ANYBODY),
    page("sign-in/reset/anew/", recovery.anew, name="credential-reset-anew", need=Open.ANYBODY),
    page("sign-in/notice/", notice.reset_notice, name="reset-notice", need=Open.SIGNED_IN),
    page("session/", views.session, name="session", need=Open.SIGNED_IN),
    page("post/", views.choose_post, name="choose-post", need=Open.SIGNED_IN, repeats=True),
    page("sign-in/code/", factor.enter, name="second-factor", need=Open.SIGNED_IN),
    page("sign-in/set-up/", factor.set_up, name="second-factor-setup", need=Open.SIGNED_IN),
    page("sign-in/prove/", proof.prove, name="prove-oneself", need=Open.SIGNED_IN),
    page("sign-in/password/", views.change_password, name="change-password", need=Open.SIGNED_IN),
]
