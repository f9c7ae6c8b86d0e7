"""Loaded by pytest before anything reads the settings (-p in pyproject.toml): no test touches a real register."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from canbao.config.home import make_home

# As every process of ours: what a test makes is for its account only, and a home of a test is not refused.
os.umask(0o077)
# A short path below /tmp: sockets have short names.
os.environ["CANBAO_HOME"] = tempfile.mkdtemp(prefix="canbao-test-")
os.environ["DJANGO_SETTINGS_MODULE"] = "canbao.config.settings"
make_home(Path(os.environ["CANBAO_HOME"]), practice=True)
