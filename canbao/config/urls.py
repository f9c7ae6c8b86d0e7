"""Root of all addresses: the pages and the interface for other systems."""

from __future__ import annotations

from canbao.api.urls import urlpatterns as interface
from canbao.web.urls import urlpatterns as pages

handler500 = "canbao.web.unavailable.failed"
urlpatterns = [*interface, *pages]
