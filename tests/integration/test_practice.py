"""In a practice home every page says that its people are invented, also where something went wrong; in a real one none does."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

BAND = "练习环境，人员均为虚构"


@pytest.mark.django_db
@pytest.mark.parametrize("is_practice", [True, False])
def test_every_page_says_that_people_are_invented(settings: Any, is_practice: bool) -> None:
    settings.CANBAO_PRACTICE = is_practice
    client = Client()
    pages = [client.get("/sign-in/"), client.get("/no such page/"), client.get("/people/", follow=True)]
    said = [page.content.decode() for page in pages] + [render_to_string(name) for name in ("400.html", "500.html")]
    assert [BAND in text for text in said] == [is_practice] * 5
