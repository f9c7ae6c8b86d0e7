"""The application as a server loads it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from canbao.config import keys, libpq
from canbao.config.home import home_path
from canbao.outside import home_permissions

home_permissions.close_umask()
libpq.clear_environment()
home_permissions.check(home_path())
keys.check_home(home_path())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.config.settings")
application = get_wsgi_application()

from canbao.web.plain_input import Utf8Request  # noqa: E402 - reads the settings

application.request_class = Utf8Request
