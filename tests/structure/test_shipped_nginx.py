"""The sizes in docs/operate/nginx/nginx.conf are those of the product: neither lets through what the other refuses by pages."""

from __future__ import annotations

import re

import pytest

from canbao.config.webserver import limit_request_field_size
from canbao.rules import json_input, uploads
from canbao.services.uploads import Reason
from canbao.web.arrival import LONGEST_HEAD, LONGEST_LINE
from canbao.web.bodies import ALLOWANCES
from canbao.web.refusing import ANSWERS
from tests.structure.test_stairs import ROOT

UNITS = {"": 1, "k": uploads.KIB, "m": uploads.MIB, "g": uploads.GIB}
TEXT = (ROOT / "docs/operate/nginx/nginx.conf").read_text()


def size(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([kmg]?)", text).groups()  # type: ignore[union-attr]
    return int(number) * UNITS[unit]


def most(block: str) -> int:
    """client_max_body_size of a location; of the whole server for an empty block."""
    text = re.sub(r"location [^{]*\{[^}]*\}", "", TEXT) if not block else TEXT.partition(f"location {block} {{")[2]
    found = re.search(r"client_max_body_size (\w+);", text)
    assert found, block
    return size(found[1])


@pytest.mark.parametrize(
    ("block", "limit"),
    [
        ("", uploads.FORM), ("= /sign-in/", uploads.SIGNED_OUT), ("/api/", json_input.MOST_BYTES),
        ("~ ^/survey/tasks/[0-9]+/evidence/add/$", uploads.EVIDENCE.a_request), ("= /deliveries/receive/", uploads.DELIVERY.a_request),
    ],
)  # fmt: skip
def test_a_body_that_the_product_takes_passes_and_not_much_more(block: str, limit: int) -> None:
    """nginx counts in whole units: at most one mebibyte more."""
    assert limit <= most(block) <= limit + uploads.MIB


def test_each_page_that_takes_files_asks_first_and_is_named() -> None:
    asked = re.findall(r"location ([^{]+) \{\s*auth_request /uploads/admission/;", TEXT)
    assert len(asked) == len(ALLOWANCES)


def test_a_head_that_the_product_takes_passes() -> None:
    number, each = re.search(r"large_client_header_buffers (\d+) (\w+);", TEXT).groups()  # type: ignore[union-attr]
    assert size(each) >= max(LONGEST_LINE, limit_request_field_size)
    assert int(number) * size(each) <= LONGEST_HEAD


def test_each_reason_why_nothing_was_read_has_its_answer() -> None:
    assert set(ANSWERS) == set(Reason)
    assert len({reason.label for reason in Reason}) == len(Reason) == len({says for _, says in ANSWERS.values()})
