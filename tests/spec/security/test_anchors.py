"""The text of an anchor: what is stamped, sent, printed and signed can be read back from wherever it stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbao.rules.anchors import Anchor, AnchorTextError, line_of, read_line, register_name, text_of

numbers = st.integers(0, 10**12 - 1)
anchors = st.builds(
    Anchor,
    register=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64),
    number=numbers,
    at=st.integers(0, 2**37).map(lambda second: datetime.fromtimestamp(second, UTC)),
    seal=numbers,
    entries=numbers,
    last_id=st.integers(0, 2**63 - 1),
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
)


@given(anchors, st.text(max_size=40), st.text(max_size=40))
def test_a_line_is_read_back_whatever_a_receiver_wrote_around_it(anchor: Anchor, before: str, after: str) -> None:
    line = line_of(anchor)
    assert line.isascii() and line.isprintable() and text_of(anchor) == line + "\n"
    assert read_line(f"{before}\n{line} {after}") == anchor


@given(anchors, st.integers(0, 400), st.characters(min_codepoint=32, max_codepoint=126))
def test_a_line_that_was_changed_is_another_anchor_or_none(anchor: Anchor, place: int, char: str) -> None:
    line = line_of(anchor)
    place %= len(line)
    changed = line[:place] + char + line[place + 1 :]
    if changed == line:
        return
    try:
        assert read_line(changed) != anchor
    except AnchorTextError:
        pass


@pytest.mark.parametrize("text", ["", "canbao-journal-anchor 1", "x" * 100_000, "number=１ sm3=" + "a" * 64])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(AnchorTextError):
        read_line(text)


def test_a_day_that_does_not_exist_is_refused() -> None:
    good = Anchor("r", 1, datetime(2026, 1, 31, tzinfo=UTC), 1, 1, 1, "a" * 64)
    with pytest.raises(AnchorTextError):
        read_line(line_of(good).replace("2026-01-31", "2026-02-31"))


@given(st.text())
def test_any_name_becomes_one_that_a_line_can_hold(name: str) -> None:
    anchor = Anchor(register_name(name), 1, datetime(2026, 1, 31, tzinfo=UTC), 1, 1, 1, "a" * 64)
    assert read_line(line_of(anchor)) == anchor
