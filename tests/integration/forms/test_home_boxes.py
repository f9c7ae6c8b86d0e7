"""The address of the back page in the annex's boxes."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from canbao.rules.division import load_tree
from canbao.services.forms.filling import Known, _home

ON = date(2026, 11, 20)


def _town(name: str) -> str:
    return next(one.code for one in load_tree().all_versions() if one.name == name and one.period.contains(ON))


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("重庆市渝北区木耳镇兴业路9号", "兴业路9号"),  # the town's district has another name since 2026
        ("重庆市两江新区木耳镇兴业路9号", "兴业路9号"),
        ("重庆市 木耳镇 兴业路9号", "兴业路9号"),
        ("阳光小区3栋2-1", "阳光小区3栋2-1"),
    ],
)
def test_what_the_division_says_is_not_written_again_before_the_street(address: str, street: str) -> None:
    facts = {"home_division": _town("木耳镇"), "home_address": address}
    known = SimpleNamespace(view=SimpleNamespace(facts=facts), on=ON, text=lambda name: facts[name])
    found = _home(cast(Known, cast(Any, known)))
    assert (found["district"], found["town"], found["rest"]) == ("两江新区", "木耳镇", street)
