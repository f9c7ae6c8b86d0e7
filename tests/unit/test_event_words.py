"""The kinds of acts as the auditor chooses them from a list."""

from __future__ import annotations

import pytest

from canbao.services.audit import Event, event_words


@pytest.mark.parametrize("event", list(Event))
def test_a_kind_of_act_is_named_without_the_gaps_of_its_sentence(event: Event) -> None:
    words = event_words(event)
    assert words and words[0] not in "的，：" and words[-1] not in "由把到，：的"
    assert "把的" not in words and "把合并" not in words and "账号失败" not in words and "  " not in words


def test_no_two_kinds_have_the_same_name() -> None:
    names = [event_words(event) for event in Event]
    assert len(names) == len(set(names))


def test_an_unknown_event_is_named_as_such() -> None:
    assert event_words("LATER_EVENT") == "未知事项LATER_EVENT"
