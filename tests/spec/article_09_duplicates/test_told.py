"""Article 9, 19: before somebody is added the whole city is searched; who learns what from the answer."""

from __future__ import annotations

import pytest

from canbao.rules.names import NameLevel
from canbao.rules.twins import Agrees, Number, Seen, may_be_told

KNOWN = (Number.SAME, Number.OLD, Number.FORMER)


@pytest.mark.parametrize("name", list(NameLevel))
@pytest.mark.parametrize("number", list(Number))
@pytest.mark.parametrize("birth", list(Agrees))
@pytest.mark.parametrize("phone", [True, False])
def test_a_name_and_a_town_are_told_to_who_knows_name_and_number_or_name_and_birth(
    name: NameLevel, number: Number, birth: Agrees, phone: bool
) -> None:
    knows = name is NameLevel.SAME and (number in KNOWN or birth is Agrees.YES)
    assert may_be_told(Seen(name, number, birth, phone=phone)) is knows


def test_a_name_that_only_sounds_alike_tells_nothing() -> None:
    """To answer would spell the name to somebody who guessed its sound."""
    assert not may_be_told(Seen(NameLevel.HOMOPHONE, Number.SAME, Agrees.YES, phone=True))


def test_a_number_or_a_telephone_alone_tells_nothing() -> None:
    assert not may_be_told(Seen(NameLevel.DIFFERENT, Number.SAME, Agrees.YES, phone=True))
    assert not may_be_told(Seen(NameLevel.SAME, Number.SLIP, Agrees.UNKNOWN, phone=True))
    assert may_be_told(Seen(NameLevel.SAME, Number.SAME))
