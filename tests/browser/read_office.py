"""What an office is called: {"path"} -> its name."""

from __future__ import annotations

import json
import sys

from canbao.rules.offices import office_name

print(json.dumps(office_name(json.loads(sys.argv[1])["path"])))  # noqa: T201
