"""Every form that changes something carries a submission id, whatever page it stands on."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from canbao.web.templatetags import form_keys
from tests.structure.test_pages import PAGES, STATIC, named

# Scripts that send without a form: what they send carries a number of its own, held to be one by the service.
OWN_NUMBER = {"field/queue.js": "client_id", "entry/entry.js": "edition"}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_form_that_is_posted_carries_its_keys(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    forms = re.findall(r"<form\b(?=[^>]*(?:method=\"post\"|hx-post)).*?</form>", text, re.S)
    assert [form for form in forms if "{% csrf_token %}" not in form] == []


def test_the_tag_is_ours() -> None:
    assert "canbao.web.templatetags.form_keys" in settings.TEMPLATES[0]["OPTIONS"]["builtins"]
    assert form_keys.register.tags["csrf_token"] is form_keys.form_keys


def test_what_a_script_sends_without_a_form_carries_a_number_of_its_own() -> None:
    for path in STATIC.rglob("*.js"):
        text, name = path.read_text(), str(path.relative_to(STATIC))
        if re.search(r'method: "POST"', text) and "new FormData(" not in text:
            assert OWN_NUMBER[name] in text, name
