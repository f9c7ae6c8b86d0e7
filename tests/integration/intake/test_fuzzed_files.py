"""Spoilt files of each kind through the services: taken, or refused with a reason; nothing else, and nothing left behind.

`make fuzz` does the same with thousands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.attack.mutations import mutated
from tests.attack.seeds import MAKERS, seeds
from tests.attack.through import Target

COUNT, SEED = 60, 11


@pytest.fixture
def target(tmp_path: Path, settings: Any, db: None) -> Target:
    settings.CANBAO_HOME = tmp_path / "home"
    return Target(name="fuzz")


@pytest.mark.parametrize("kind", MAKERS)
def test_spoilt_files_are_taken_or_refused_with_a_reason(target: Target, kind: str) -> None:
    became = {number: target.send(kind, mutated(kind, seed=SEED, number=number)) for number in range(COUNT)}
    bad = {number: said for number, said in became.items() if not said.startswith(("accepted", "refused"))}
    assert bad == {}
    assert len(set(became.values())) > 1, "all of them ended alike: they did not get far"


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind != "zip"])
def test_the_good_files_they_are_made_of_are_read(target: Target, kind: str) -> None:
    """A reader that refuses everything would pass the other test."""
    assert "accepted" in {target.send(kind, good) for good in seeds(kind)}
