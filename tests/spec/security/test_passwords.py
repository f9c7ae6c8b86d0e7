"""GB/T 22239-2019 8.1.4.1 a: what makes a password too weak."""

from __future__ import annotations

import pytest

from canbao.rules.passwords import Owner, Weakness, weaknesses

OWNER = Owner(account="tanxl", real_name="覃晓丽")
TABLE = """
    Jinyun-58 Shan      |
    Jinyun-58           | TOO_SHORT
    jinyunshan58        | TOO_FEW_CLASSES
    jinyunshan          | TOO_FEW_CLASSES
    Jinyun58            | TOO_SHORT
    my-Tanxl-5802       | HAS_ACCOUNT_NAME
    Qinxiaoli#5802      | HAS_REAL_NAME
    Tanxiaoli#5802      | HAS_REAL_NAME
    XiaoliQin#5802      | HAS_REAL_NAME
    覃晓丽Jinyun#58     | HAS_REAL_NAME
    ＴＡＮＸＬ-jinyun58 | HAS_ACCOUNT_NAME
    Jinyun#1234         | RUN
    Jinyun#9876         | RUN
    Jinyunabcd#5        | RUN
    Jinyun#5555         | RUN
    Jinyun#1243         |
    ab1                 | TOO_SHORT TOO_FEW_CLASSES
"""
ROWS = [line.split("|") for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("password", "found"), [(a.strip(), b.strip()) for a, b in ROWS], ids=lambda v: v)
def test_weaknesses(password: str, found: str) -> None:
    given = weaknesses(password, owner=OWNER, length=10, kinds=3)
    wanted = tuple(Weakness(name) for name in found.split())
    assert given == wanted


def test_a_name_of_one_character_is_not_looked_for() -> None:
    assert weaknesses("Jinyun-58 Shan", owner=Owner("ab", "安"), length=10, kinds=3) == ()
