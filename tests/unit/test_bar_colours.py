"""A bar of shares is black where its style sheet does not know a code."""

from __future__ import annotations

from pathlib import Path

import pytest

import canbao.web
from canbao.rules.labels import BANDS
from canbao.rules.match_labels import Outcome
from canbao.web.deliveries.views import VERDICTS

STYLES = Path(canbao.web.__file__).parent / "static" / "deliveries" / "deliveries.css"


@pytest.mark.parametrize("code", [*VERDICTS, *BANDS, *map(str, Outcome)])
def test_each_share_has_a_colour_in_the_bar_and_beside_its_figure(code: str) -> None:
    selectors = STYLES.read_text(encoding="utf-8").replace("{", ",").replace("\n", ",").split(",")
    assert {f".bar .is-{code}", f".key.is-{code}"} <= {selector.strip() for selector in selectors}
