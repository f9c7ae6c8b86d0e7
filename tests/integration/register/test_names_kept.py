"""What a name is compared and searched by follows the name, no matter who changes it."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.services import registry
from tests.integration.intake.builders import COMMITTER
from tests.integration.register.conftest import FIRST, SECOND, THIRD, Register, number, town

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_decided_name_is_searched_by_its_own_sound_also_after_the_next_run(register: Register) -> None:
    people = town()
    people[3] |= {"姓名": "曾國強"}
    register.accept(people)
    register.run(FIRST)
    before = register.person(number(4))
    assert (before.name_key, before.name_sound) == ("曾国强", "zgq zeng guo qiang")

    facts = {"name": "單小明"}
    registry.correct(
        before.pk, facts=facts, valid_from=date(2026, 11, 5), version=before.version, basis="form:1",
        actor=COMMITTER, at=SECOND,
    )  # fmt: skip
    decided = register.person(number(4))
    register.accept([*people, town(31)[30]], as_of="2026-10-31")
    register.run(THIRD)
    after = register.person(number(4))

    assert (decided.name_key, decided.name_sound) == ("单小明", "sxm shan xiao ming")
    assert (after.name, after.name_key, after.name_sound) == ("單小明", "单小明", "sxm shan xiao ming")
