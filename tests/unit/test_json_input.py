"""JSON from outside: what the register asks for is read as it is, what no program of ours sends is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbao.rules.json_input import LONGEST_TEXT, MOST_BYTES, MOST_DEPTH, JsonRefusedError, parse

plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | plain
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(plain, values, max_size=4))
def test_what_is_within_the_limits_is_read_as_it_is(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    if _depth(value) <= MOST_DEPTH:
        assert parse(text.encode()) == value == parse(json.dumps(value).encode())


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a": 0.' + b"9" * 5_000 + b"}",
        b'{"a": 1e999}',
        b'{"a": -1e999}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": "x\\u0000y"}',
        b'{"x\\u0000y": 1}',
        b'["\\ud800"]',
        b'{"a": [{"b": "\\udfff"}]}',
        b'"' + b"x" * (LONGEST_TEXT + 1) + b'"',
        b'"' + b"x" * MOST_BYTES + b'"',
        b'"\xff"',
        b"\xff\xfe[\x00]\x00",
        b"",
        b"{",
        b"[1,]",
    ],
)
def test_what_is_not_is_refused(body: bytes) -> None:
    with pytest.raises(JsonRefusedError):
        parse(body)


@pytest.mark.parametrize("body", [b'"' + b"[" * 100 + b'"', b'["\\"[[[[[[[[[[[[[[["]', b'{"\\\\": "]]]"}'])
def test_brackets_in_a_text_are_text(body: bytes) -> None:
    assert parse(body) == json.loads(body)


@pytest.mark.timeout(60)  # read once: a text that is read again from each of its signs takes half an hour
@pytest.mark.parametrize("piece", [rb"\"", rb'"\"', b'"', b"\\", b'["', rb'"\\'])
def test_a_text_that_is_never_closed_is_read_once(piece: bytes) -> None:
    with pytest.raises(JsonRefusedError):
        parse(b'"' + piece * ((MOST_BYTES - 1) // len(piece)))
