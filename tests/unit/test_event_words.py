"""The kinds of events as the auditor chooses them from a list: each in one group, each a noun phrase of its own."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from canbao.services.audit import EVENT_GROUPS, Event, event_words


@pytest.mark.parametrize("event", list(Event))
def test_a_kind_of_event_is_a_noun_phrase(event: Event) -> None:
    assert re.fullmatch(r"[一-鿿]{2,14}", event_words(event))
    assert not event_words(event).startswith(("把", "为", "从", "向", "试图", "打开", "查看", "撤销", "申请", "未知"))


def test_each_kind_stands_in_one_group_under_a_name_of_its_own() -> None:
    listed = list(chain.from_iterable(EVENT_GROUPS.values()))
    assert sorted(listed) == sorted(Event)
    assert len({event_words(event) for event in listed}) == len(listed)


def test_an_unknown_event_is_named_as_such() -> None:
    assert event_words("LATER_EVENT") == "未知事项 LATER_EVENT"
