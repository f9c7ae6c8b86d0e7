"""The address of the health page."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.health import views
from canbao.web.routes import page

urlpatterns = [page("health/", views.health, name="health", need=Permission.HEALTH_VIEW)]
