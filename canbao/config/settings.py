"""Django settings. Reading them starts nothing and writes nothing; `canbao.config.entry` does that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url

from canbao.config.home import DATABASE, home_path, password, secret_key
from canbao.outside.postgres import PORT
from canbao.outside.postgres_host import socket_dir

CANBAO_HOME: Path = home_path()
# What the set engine may use before it spills to disk; the database and the system share the rest.
_MACHINE_GB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
CANBAO_MEMORY: str = os.environ.get("CANBAO_MEMORY") or f"{max(1000, min(10_000, int(_MACHINE_GB * 400)))}MB"
SECRET_KEY = secret_key(CANBAO_HOME)
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = ["canbao.store"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # for display; the database keeps UTC
USE_I18N = True
LANGUAGE_CODE = "zh-hans"


def database(role: str) -> dict[str, Any]:
    """Connection of one database role: its own login in the embedded server, SET ROLE on a server we were given."""
    if url := os.environ.get("DATABASE_URL"):
        chosen: dict[str, Any] = {**dj_database_url.parse(url)}
        chosen["OPTIONS"] = {**chosen.get("OPTIONS", {}), "options": f"-c role=canbao_{role}"}
        return chosen
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": f"canbao_{role}",
        "PASSWORD": password(CANBAO_HOME, role),
        "HOST": str(socket_dir(CANBAO_HOME)),
        "PORT": str(PORT),
    }


# "default" writes the register, "owner" owns the tables and is used for migrations only.
DATABASES = {"default": database("worker"), "owner": database("owner")}
