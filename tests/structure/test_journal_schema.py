"""What keeps the journal, word for word: a verification compares a database with this snapshot.

A change is looked at, then written down: REWRITE=1 pytest tests/structure/test_journal_schema.py
"""

from __future__ import annotations

import json
import os

import pytest

from canbao.services.audit.definitions import SNAPSHOT, snapshot


@pytest.mark.django_db
def test_the_snapshot_says_what_a_new_database_has() -> None:
    now = snapshot()
    if os.environ.get("REWRITE"):
        SNAPSHOT.write_text(json.dumps(now, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert now == json.loads(SNAPSHOT.read_text(encoding="utf-8")), "look at it, then REWRITE=1 pytest " + __file__
