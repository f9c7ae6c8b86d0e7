"""A desk for every test that needs one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake.builders import Desk


@pytest.fixture
def desk(tmp_path: Path, settings: Any, db: None) -> Desk:
    """A desk with a home folder of its own."""
    settings.CANBAO_HOME = tmp_path / "home"
    (tmp_path / "sent").mkdir()
    return Desk(tmp_path / "sent", tmp_path / "home")
