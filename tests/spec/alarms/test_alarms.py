"""What an hour must look like to raise an alarm, and what it may look like without."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from canbao.rules.alarms import Act, Deed, Limits, suspicions

TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 in 重庆
NIGHT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LIMITS = Limits()


def opened(ids: list[int], at: datetime = TUESDAY) -> list[Act]:
    return [
        Act(n, at + timedelta(seconds=10 * n), Deed.OPENED, "a", target=str(target)) for n, target in enumerate(ids, 1)
    ]


def searched(count: int, *, stem: str = "s", numbers: int = 10_000) -> list[Act]:
    return [Act(n, TUESDAY, Deed.SEARCHED, "a", stem=stem, digest=str(n % numbers)) for n in range(1, count + 1)]


def tried(count: int, *, stem: str = "") -> list[Act]:
    return [Act(n, TUESDAY, Deed.NUMBER_TRIED, "a", stem=stem, digest=str(n)) for n in range(1, count + 1)]


def acts(count: int, deed: Deed) -> list[Act]:
    return [Act(n, TUESDAY, deed, "a") for n in range(1, count + 1)]


def tries(accounts: int, terminals: int = 1, *, network: str = "10.0.0.") -> list[Act]:
    return [
        Act(n, TUESDAY, Deed.SIGN_IN_FAILED, f"a{n % accounts}", terminal=f"{network}{n % terminals}")
        for n in range(1, 41)
    ]


SCATTERED = [n * 37 for n in range(1, 500)]


@pytest.mark.parametrize(
    ("said", "hour", "usual", "today", "raised"),
    [
        ("59 different people", opened(SCATTERED[:59]), None, 59, []),
        ("60 different people", opened(SCATTERED[:60]), None, 60, ["MANY_PEOPLE"]),
        ("one file opened 200 times", opened([7] * 200), None, 1, []),
        ("300 in the day, few in the hour", opened(SCATTERED[:3]), None, 300, ["MANY_TODAY"]),
        ("45, who opens 15 in an ordinary hour", opened(SCATTERED[:45]), 15, 45, ["ABOVE_USUAL"]),
        ("44, who opens 15 in an ordinary hour", opened(SCATTERED[:44]), 15, 44, []),
        ("29, who opens 1 in an ordinary hour", opened(SCATTERED[:29]), 1, 29, []),
        ("20 files one after another", opened(list(range(500, 520))), None, 20, ["FILES_IN_A_ROW"]),
        ("the same backwards, with repeats", opened([*range(519, 499, -1), 505]), None, 20, ["FILES_IN_A_ROW"]),
        ("every second file", opened(list(range(500, 560, 2))), None, 30, []),
        ("19 and 19 with a gap", opened([*range(1, 20), *range(30, 49)]), None, 38, []),
        ("5 numbers of one stem", searched(5), None, 0, ["NUMBERS_IN_A_ROW"]),
        ("4 numbers of one stem", searched(4), None, 0, []),
        ("one number searched again and again", searched(50, numbers=1), None, 0, []),
        ("many searches by name", searched(119, stem=""), None, 0, []),
        ("too many searches by name", searched(120, stem=""), None, 0, ["MANY_SEARCHES"]),
        ("29 numbers tried in the whole city", tried(29), None, 0, []),
        ("30 numbers tried in the whole city", tried(30), None, 0, ["MANY_NUMBERS"]),
        (
            "5 of one stem, tried there and searched here",
            [*tried(2, stem="s"), *searched(5)[2:]],
            None,
            0,
            ["NUMBERS_IN_A_ROW"],
        ),
        (
            "5 of one stem, asked by another system",
            [replace(act, deed=Deed.ASKED) for act in searched(5)],
            None,
            0,
            ["NUMBERS_IN_A_ROW"],
        ),
        (
            "200 questions of another system",
            [replace(act, deed=Deed.ASKED) for act in searched(200, stem="")],
            None,
            0,
            [],
        ),
        ("3 people at night", opened(SCATTERED[:3], NIGHT), None, 3, ["OUT_OF_HOURS"]),
        ("2 people at night", opened(SCATTERED[:2], NIGHT), None, 2, []),
        ("3 people on a Sunday", opened(SCATTERED[:3], SUNDAY), None, 3, ["OUT_OF_HOURS"]),
        ("20 unmaskings", acts(20, Deed.UNMASKED), None, 0, ["MANY_UNMASKED"]),
        ("19 unmaskings", acts(19, Deed.UNMASKED), None, 0, []),
        ("10 refused pages", acts(10, Deed.REFUSED), None, 0, ["MANY_REFUSED"]),
        ("9 refused pages", acts(9, Deed.REFUSED), None, 0, []),
        ("5 accounts fail on one terminal", tries(5), None, 0, ["MANY_ACCOUNTS"]),
        ("4 accounts fail on one terminal", tries(4), None, 0, []),
        ("5 accounts fail on 5 terminals", tries(5, terminals=5), None, 0, []),
        ("5 accounts fail on 5 addresses of one /64", tries(5, 5, network="2001:db8::"), None, 0, ["MANY_ACCOUNTS"]),
        ("one account fails 40 times on 20 terminals", tries(1, terminals=20), None, 0, ["ACCOUNT_GUESSED"]),
        ("two accounts fail 19 times each", tries(2, terminals=20)[:38], None, 0, []),
        ("a holder says that a reset was not his", acts(1, Deed.DISPUTED), None, 0, ["RESET_DISPUTED"]),
        ("a reset granted at the machine alone", acts(1, Deed.EMERGENCY), None, 0, ["RESET_EMERGENCY"]),
    ],
)
def test_an_hour(said: str, hour: list[Act], usual: float | None, today: int, raised: list[str]) -> None:
    found = suspicions(hour, limits=LIMITS, usual={} if usual is None else {"a": usual}, today={"a": today})
    assert [item.kind.value for item in found] == raised, said


def test_the_citys_policy_moves_the_limits() -> None:
    tighter = Limits.chosen({"people_per_hour": 10, "password_length": 12})
    kinds = [item.kind.value for item in suspicions(opened(SCATTERED[:10]), limits=tighter, usual={}, today={})]
    assert kinds == ["MANY_PEOPLE"]


def test_every_alarm_of_the_policy_has_a_limit() -> None:
    from canbao.rules.policy import PARAMETERS

    watched = {name for name, parameter in PARAMETERS.items() if parameter.clause == "8.1.5"}
    assert watched <= set(Limits.__dataclass_fields__)
    defaults = {name: PARAMETERS[name].default for name in watched}
    assert Limits.chosen(defaults) == Limits()
