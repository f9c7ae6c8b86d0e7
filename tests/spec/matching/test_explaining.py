"""Who a row of an explaining list is about: the rules of the matching, and an outcome for every row.

Rows of the list (office 死亡) say in `outcome` what becomes of them: the key of a record of the person they are about, `?` and the keys
for a clerk, `-` for nobody. They never change who the other records are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from canbao.bulk.matching.engines import DuckMatcher, PlainMatcher
from canbao.bulk.matching.record import Record, Verdicts
from canbao.rules.match_labels import Outcome
from tests.spec.matching.conftest import Row, _decisions, _record

Check = Callable[..., None]


@pytest.fixture
def explain(table: Callable[[str], list[Row]], strangers: list[Record], strangers_file: Path) -> Check:
    """Every row of the lists has the outcome that is drawn, on each engine, and the records are linked as without the lists."""

    def check(text: str, *, apart: str = "", same: str = "") -> None:
        rows = table(text)
        records = [_record(row) for row in rows]
        people = [record for record in records if record.source != "deaths"]
        decided = _decisions(records, apart, same=False) + _decisions(records, same, same=True)
        alone = PlainMatcher().match(strangers, people, decisions=decided)
        for name, verdicts in {
            "plain": PlainMatcher().match(strangers, records, decisions=decided),
            "duckdb": DuckMatcher().match(strangers_file, records, decisions=decided),
        }.items():
            drawn = {row.record_key: _drawn(row.record_key, verdicts) for row in verdicts.listed}
            assert drawn == {row["key"]: row["outcome"] for row in rows if row["office"] == "死亡"}, name
            assert (verdicts.links, verdicts.doubts) == (alone.links, alone.doubts), name

    return check


def _drawn(key: str, verdicts: Verdicts) -> str:
    row = next(row for row in verdicts.listed if row.record_key == key)
    if row.outcome is Outcome.APPLIED:
        return min(link.record_key for link in verdicts.links if link.cluster == row.cluster)
    doubts = sorted(d.other.partition(":")[2] for d in verdicts.list_doubts if d.one == f"deaths:{key}")
    return "?" + " ".join(doubts) if row.outcome is Outcome.CASE else "-"


def test_the_number_a_slip_of_it_or_name_and_birth_say_who_a_row_is_about(explain: Check) -> None:
    """Under the very number any explained spelling is applied and another name is for a clerk; two valid numbers are two people."""
    explain("""
    office | key | number             | name   | born       | sex | outcome
    公安   | 1   | 500999198001020018 | 李国强 | 1980-01-02 | 1   |
    死亡   | 2   | 500999198001020018 | 李国强 |            |     | 1
    死亡   | 3   | 500999198001020018 | 李国墙 |            |     | 1
    死亡   | 4   | 500999198001020018 | 李?强  |            |     | 1
    死亡   | 5   | 500999800102001    | 李国强 |            |     | 1
    死亡   | 6   | 500999198001020018 | 李国祥 | 1980-01-02 |     | 1
    死亡   | 7   | 500999198001020018 | 王小明 |            |     | ?1
    死亡   | 8   | 500999198001020018 | 李国祥 | 1981-07-08 |     | ?1
    死亡   | 9   | 500999198001020081 | 李国强 | 1980-01-02 |     | 1
    死亡   | 10  | 50099919800102001  | 李国强 |            |     | 1
    死亡   | 11  | 500999198001020130 | 李国强 | 1980-01-02 | 1   | -
    死亡   | 12  | 500999197503040014 | 赵四   | 1975-03-04 |     | -
    死亡   | 13  |                    | 李国强 |            |     | -
    """)


def test_a_damaged_number_of_the_register_beside_the_right_one_of_the_list(explain: Check) -> None:
    explain("""
    office | key | number             | name   | born       | outcome
    职工   | 1   | 500999198001020081 | 欧阳伦 | 1980-01-02 |
    死亡   | 2   | 500999198001020018 | 欧阳伦 | 1980-01-02 | 1
    """)


def test_what_a_clerk_decided_is_obeyed(explain: Check) -> None:
    text = """
    office | key | number             | name   | born       | outcome
    公安   | 1   | 500999198001020018 | 李国强 | 1980-01-02 |
    死亡   | 2   | 500999198001020018 | 王小明 |            | {outcome}
    """
    explain(text.format(outcome="1"), same="2-1")
    explain(text.format(outcome="-"), apart="2-1")


def test_a_number_that_identifies_nobody_declares_nobody_dead(explain: Check) -> None:
    """Too short, damaged, or without a check digit and with another birth or sex beside it."""
    explain("""
    office | key | type | number             | name   | born       | sex | outcome
    职工   | 1   |      | 1234               | 王伟   | 1994-03-05 | 1   |
    死亡   | 2   |      | 1234               | 王伟   | 1941-11-12 | 2   | -
    死亡   | 3   |      | 1234               | 王伟   |            |     | -
    职工   | 4   |      | 500999199403057791 | 李建国 | 1994-03-05 | 1   |
    死亡   | 5   |      | 500999199403057791 | 李建国 | 1941-11-12 | 2   | -
    死亡   | 6   |      | 500999199403057791 | 李建国 | 1994-03-05 | 1   | 4
    职工   | 7   | 08   | E12345678          | 林志强 | 1990-08-08 | 1   |
    死亡   | 8   | 08   | E12345678          | 林志强 | 1990-08-08 | 1   | 7
    死亡   | 9   | 08   | E12345678          | 林志强 |            |     | 7
    死亡   | 10  | 08   | E12345678          | 林志强 | 1960-01-28 | 1   | ?7
    死亡   | 11  | 08   | E12345678          | 林志强 | 1990-08-08 | 2   | ?7
    公安   | 12  |      | 500999198001020018 | 李国强 | 1980-01-02 | 1   |
    死亡   | 13  |      | 500999198001020018 | 李国强 | 1980-01-02 | 2   | 12
    死亡   | 14  |      | 500999198001020018 | 李国强 | 1941-11-12 | 2   | ?12
    """)


def test_a_number_under_many_names_of_a_list_is_filled_in(explain: Check) -> None:
    """No false cases, and nobody declared dead by it."""
    rows = [f"死亡 | {n} | 02 | 20230001 | 某{chr(0x4E00 + n)} |            | | -" for n in range(2, 9)]
    head = "office | key | type | number | name | born | sex | outcome"
    explain("\n".join([head, "职工 | 1 | 02 | 20230001 | 王伟 | 1994-03-05 | 1 |", *rows,
                       "死亡 | 9 | 02 | 20230001 | 王伟 | | | -"]))  # fmt: skip


TWO_DEATHS = """
    office | key | number             | name   | died       | outcome
    公安   | 1   | 500999198001020018 | 李国强 |            |
    死亡   | 2   | 500999198001020018 | 李国强 | 2026-10-01 | {}
    死亡   | 3   | 500999198001020018 | 李国墙 | 2026-10-02 | {}
    死亡   | 4   | 500999198001020018 | 李?强  | 2026-10-01 | {}
    死亡   | 5   | 500999198001020018 | 李国强 |            | {}
    """


def test_of_two_days_of_one_death_the_surer_is_applied_and_the_other_is_for_a_clerk(explain: Check) -> None:
    explain(TWO_DEATHS.format("1", "?1", "1", "1"))
    explain(TWO_DEATHS.format("1", "-", "1", "1"), apart="3-1")


def test_where_a_clerk_gave_a_death_to_the_person_no_other_day_is_asked_about(explain: Check) -> None:
    explain(TWO_DEATHS.format("1", "1", "1", "1"), same="3-1")


def test_of_equally_sure_days_the_latest_is_applied(explain: Check) -> None:
    explain("""
    office | key | number             | name   | died       | outcome
    公安   | 1   | 500999198001020018 | 李国强 |            |
    死亡   | 2   | 500999198001020018 | 李国强 | 2026-10-01 | ?1
    死亡   | 3   | 500999198001020018 | 李国强 | 2026-10-02 | 1
    """)
