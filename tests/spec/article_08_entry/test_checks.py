"""第八条: what the desk says of a form, in three strengths; and how codes are typed."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules import checks, entry
from canbao.rules.checks import Known, Remark, Strength, look, refuses
from canbao.rules.home_search import find
from canbao.rules.identity import check_digit

ON = date(2026, 11, 20)
RIGHT = {"signer": "1", "signed_on": "2026-11-18", "phone": "13800000001"}
RETIRED_AT = "1970-01-01"


def number(born: str) -> str:
    """An invented one."""
    first = f"500901{born}001"
    return first + check_digit(first)


def said(answers: dict[str, str], **known: object) -> set[str]:
    return {f"{one.item} {one.strength}" for one in look(RIGHT | answers, Known(**known), ON)}  # type: ignore[arg-type]


def test_a_form_that_is_right_is_not_remarked_upon() -> None:
    assert said({"occupation": "E06", "home_address": "某村3组", "post_code": "400010"}) == set()


def test_what_must_be_put_right(table) -> None:
    for row in table("""
        item          | typed      | said
        phone         | 1380000    | phone must
        phone         | 12800000001| phone must
        phone         | 19900000001|
        post_code     | 40001      | post_code must
        post_code     | 400010     |
        signed_on     | 2026-11-21 | signed_on must
        signed_on     | 2026-11-20 |
        signed_on     | 2026-13-01 | signed_on must
        birth_date    | 2027-01-01 | birth_date must
        occupation    | X02        | work_out must
        occupation    | Q99        | occupation must
        doc_number    | 500901900101001 | doc_number look
        doc_number    | 12345      | doc_number must
        signer        | 3          | signer must
        home_division | 999999     | home_division must
        """):
        found = said({row["item"]: row["typed"]})
        wanted = row["said"]
        assert (wanted in found) if wanted else not {one for one in found if one.startswith(row["item"])}, (row, found)


def test_a_form_without_signature_is_refused_and_an_outcome_without_form_needs_none() -> None:
    assert {one.item for one in look({}, Known(), ON) if one.strength is Strength.MUST} == {"signer"}
    assert not [one for one in look({}, Known(needs_form=False), ON) if one.strength is Strength.MUST]


def test_a_signature_of_another_needs_his_name_and_an_agents_a_mandate() -> None:
    assert "signer_name must" in said({"signer": "2"})
    assert said({"signer": "3", "signer_name": "李四"}) == {"signer must"}
    assert said({"signer": "3", "signer_name": "李四"}, has_mandate=True) == set()


def test_insured_outside_the_city_says_in_what_or_writes_a_note() -> None:
    away = {"occupation": "X01", "work_out": "广东省"}
    assert said(away) == {"away_schemes must"}
    assert said(away | {"away_schemes": "1,2"}) == said(away | {"note": "险种不详"}) == set()


def test_somebody_new_is_registered_only_from_a_form() -> None:
    new = {"must_have": frozenset({"name"}), "has_sheet": False}
    assert said({"name": "钱五"}, **new) == {"signer must"}
    assert said({"name": "钱五"}, **(new | {"has_sheet": True})) == said({"name": "钱五"}, has_sheet=False) == set()


def test_a_signature_before_the_print_or_beside_another_outcome_is_explained() -> None:
    assert said({}, printed_on=date(2026, 11, 19)) == {"signed_on explain"}
    assert said({}, printed_on=date(2026, 11, 18)) == set()
    assert said({}, needs_form=False, outcome="NOT_MET") == {"signer explain"}


def test_what_has_to_be_explained(table) -> None:
    """born: of the person in the register."""
    for row in table("""
        born       | answers                       | known       | said
        1996-11-20 | occupation=N01                |             | occupation explain
        1996-11-21 | occupation=N01                |             |
        1981-11-21 | occupation=N02                |             | occupation explain
        1981-11-20 | occupation=N02                |             |
        1990-01-01 | occupation=N03                | by_employer | occupation explain
        1990-01-01 | occupation=N03                |             |
        2025-11-20 | reason_not_enrolled=06        |             | reason_not_enrolled explain
        2025-11-21 | reason_not_enrolled=06        |             |
        1990-01-01 | reason_not_enrolled=08        |             | reason_not_enrolled explain
        1990-01-01 | reason_not_enrolled=13        | insured     | reason_not_enrolled explain
        1990-01-01 | reason_not_enrolled=13        |             |
        """):
        item, _, value = row["answers"].partition("=")
        known = {row["known"]: True} if row["known"] else {}
        found = said({item: value}, facts={"birth_date": date.fromisoformat(row["born"])}, **known)
        assert found == ({row["said"]} if row["said"] else set()), row


def test_one_number_of_more_than_three_households_is_asked_about() -> None:
    assert said({}, shares_phone=3) == set()
    assert said({}, shares_phone=4) == {"phone explain"}


def test_a_birth_date_beside_another_in_the_number_is_asked_about() -> None:
    known = {"doc_number": number("19900101"), "birth_date": date(1990, 1, 1), "sex": "1"}
    assert said({"birth_date": "1991-01-01"}, facts=known) == {"birth_date explain"}
    assert said({"sex": "2"}, facts=known) == {"sex explain"}
    assert said({}, facts=known) == set()


def test_what_is_only_worth_a_second_look(table) -> None:
    for row in table("""
        item         | typed        | said
        email        | a.example    | email look
        email        | a@b.example  |
        home_address | 某镇某村      | home_address look
        home_address | 某镇某村3组   |
        qq           | 123          | qq look
        landline     | 023-12345678 |
        landline     | 12           | landline look
        """):
        assert said({row["item"]: row["typed"]}) == ({row["said"]} if row["said"] else set()), row
    assert "phone look" in said({"phone": ""})
    assert "phone look" not in said({"phone": ""}, facts={"phone": "13800000009"})


def test_what_is_explained_no_longer_stands_in_the_way() -> None:
    remarks = [Remark("occupation", Strength.EXPLAIN, ""), Remark("email", Strength.LOOK, "")]
    assert refuses(remarks, {}) == remarks[:1] == refuses(remarks, {"occupation": "  "})
    assert refuses(remarks, {"occupation": "特殊工种"}) == []
    must = Remark("phone", Strength.MUST, "")
    assert refuses([must], {"phone": "不想改"}) == [must]


def test_codes_numbers_and_first_letters_choose(table) -> None:
    """x: nothing, or more than one."""
    for row in table("""
        table               | typed | code
        occupation          | lhjy  | E06
        occupation          | e01   | E01
        occupation          | 6     | E06
        occupation          | 10    | X01
        occupation          | zxxs  | N01
        occupation          | s     | x
        reason_not_enrolled | 13    | 13
        reason_not_enrolled | 3     | 03
        reason_not_enrolled | xse   | 06
        ethnicity           | 15    | 15
        ethnicity           | tj    | 15
        ethnicity           | hz    | x
        ethnicity           | 汉    | 01
        signer              | 2     | GUARDIAN
        signer              | br    | SELF
        away_scheme         | 2     | XM
        """):
        found = entry.read_code(row["table"], row["typed"])
        assert (found.wrong, found.value) == (
            row["code"] == "x",
            row["typed"] if row["code"] == "x" else row["code"],
        ), row


@pytest.mark.parametrize(
    ("occupation", "left"),
    [("E01", {"work_out", "away_schemes"}), ("X01", {"work_in"}), ("X02", {"work_in", "away_schemes"}),
     ("N01", {"work_in", "work_out", "away_schemes"}), ("", set())],
)  # fmt: skip
def test_an_occupation_leaves_out_what_does_not_apply(occupation: str, left: set[str]) -> None:
    assert entry.skipped(occupation) == left
    typed = {"occupation": occupation, "work_in": "万州区", "work_out": "广东省", "away_schemes": "1"}
    assert left.isdisjoint(entry.read_all(typed)[0])


def test_a_home_is_found_by_first_letters_the_own_town_first() -> None:
    own = find("sj", town="500115006", on=ON)[0]
    assert own.code == "500115006206" and own.name.startswith("长寿区八颗街道水井村")
    assert find("bkjd sj", town="500101001", on=ON)[0].code == own.code
    assert find("500115006206", town="500101001", on=ON)[0].code == own.code
    assert find("水井村", town="500115006", on=ON)[0].code == own.code
    assert find("", town="500115006", on=ON) == []


def test_every_check_is_of_a_box_of_the_form() -> None:
    assert {one.item for one in checks._CHECKS} <= {item.name for item in entry.FIELDS}
