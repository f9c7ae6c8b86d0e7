"""Other systems that may ask the register."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.clients import views
from canbao.web.routes import page

urlpatterns = [
    page("clients/", views.listing, name="clients", need=Permission.ACCOUNT_VIEW),
    page("clients/new/", views.new, name="client-new", need=Permission.CLIENT_MANAGE),
    page("clients/<int:client_id>/", views.one, name="client", need=Permission.ACCOUNT_VIEW),
    page("clients/<int:client_id>/grant/", views.grant, name="client-grant", need=Permission.CLIENT_GRANT),
    page("clients/<int:client_id>/token/", views.token, name="client-token", need=Permission.CLIENT_MANAGE),
    page("clients/<int:client_id>/stop/", views.stop, name="client-stop", need=Permission.ACCOUNT_VIEW),
]
