"""A home whose name would be a pattern to the set engine is not made."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbao.cli.output import Stop
from canbao.config.entry import House


@pytest.mark.parametrize("name", ["a[1]", "a*", "a?"])
def test_a_home_that_would_be_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Stop, match="通配符"):
        House(tmp_path / name).make(practice=True)
    assert not (tmp_path / name).exists()
