"""A record stays the record it was, whatever happened to one cell of its row."""

from __future__ import annotations

import pytest

from canbao.rules.identity import check_digit
from canbao.services import intake
from canbao.store.models import Batch
from tests.integration.intake.builders import COMMITTER, Desk, counts, errors_of, insured, people, police, text_of

LATER = "2026-11-30"
VALID, VALID_TOO = (first17 + check_digit(first17) for first17 in ("50090119900101001", "50090119900101002"))


def later(desk: Desk, rows: list[dict[str, str]], source: str = "police") -> Batch:
    return desk.receive(desk.deliver(rows, source=source, as_of=LATER)).batch


def test_a_filler_in_the_place_of_a_number_makes_no_key(desk: Desk) -> None:
    rows = [
        police(n, 户籍人员编号="", 公民身份号码=number) for n, number in enumerate(["1" * 18, "500113199001011000"])
    ]
    batch = desk.receive(desk.deliver([*rows, *people(2)])).batch
    assert counts(batch) == {"accepted": 2, "rejected": 2, "new": 2}
    assert all("记录编号没有填" in row["退回原因"] for row in errors_of(batch))


@pytest.mark.parametrize(
    "damaged",
    [
        {"户籍人员编号": "5.00113E+11"},
        {"户籍人员编号": "5.00113E+11", "公民身份号码": "5.00113E+17"},
        {"户籍人员编号": "不详", "公民身份号码": VALID, "性别": "火星"},
    ],
)
def test_a_row_that_is_held_for_its_key_does_not_end_its_record(desk: Desk, damaged: dict[str, str]) -> None:
    known = police(9, 户籍人员编号="500113000123", 公民身份号码=VALID, 姓名="赵六")
    desk.accept(desk.deliver([*people(3), known]))
    batch = later(desk, [*people(3), known | damaged])
    assert counts(batch) == {"unchanged": 3, "quarantined": 1}
    assert "记录编号没有填" not in errors_of(batch)[0]["退回原因"]


@pytest.mark.parametrize(("first", "then"), [("500113000123", ""), ("", "500113000123")])
def test_a_record_is_found_by_its_number_where_its_key_is_left_out(desk: Desk, first: str, then: str) -> None:
    known = police(9, 户籍人员编号=first, 公民身份号码=VALID, 姓名="赵六")
    other = police(8, 户籍人员编号="", 公民身份号码=VALID_TOO)
    desk.accept(desk.deliver([*people(3), known]))
    batch = later(desk, [*people(3), known | {"户籍人员编号": then}, other])
    assert counts(batch) == {"unchanged": 3, "accepted": 2, "changed": 1, "new": 1}
    assert batch.changed_fields == {"person_no": 1}
    intake.commit(batch.pk, actor=COMMITTER, at=batch.prepared_at)
    assert set(desk.state()) == {"P000001", "P000002", "P000003", first or VALID, VALID_TOO}


def test_a_number_that_was_mistyped_gives_nobody_the_record_of_another(desk: Desk) -> None:
    known = police(9, 户籍人员编号="", 公民身份号码=VALID, 姓名="赵六", 出生日期="19800202")
    desk.accept(desk.deliver([*people(3), known]))
    stranger = police(8, 户籍人员编号="500113000777", 公民身份号码=VALID, 姓名="周八", 出生日期="19710303")
    assert counts(later(desk, [*people(3), stranger]))["new"] == 1


def test_a_number_of_two_rows_says_of_neither_which_record_it_is(desk: Desk) -> None:
    known = police(9, 户籍人员编号="500113000123", 公民身份号码=VALID)
    desk.accept(desk.deliver([*people(3), known]))
    batch = later(desk, [*people(3), police(4, 公民身份号码=VALID), known | {"户籍人员编号": ""}])
    assert (batch.counts["new"], batch.counts["ended"]) == (2, 1)


def test_an_enrolment_is_the_same_under_the_word_for_its_scheme(desk: Desk) -> None:
    desk.accept(desk.deliver([insured(1)], source="employee"))
    assert counts(later(desk, [insured(1, AAE140="企业职工基本养老保险")], "employee")) == {"unchanged": 1}


def test_the_sound_row_of_two_with_one_key_is_taken(desk: Desk) -> None:
    batch = desk.receive(desk.deliver([police(1, 民族="火星"), police(1, 民族=""), police(2)])).batch
    assert counts(batch) == {"accepted": 2, "quarantined": 1, "new": 2}
    assert "民族" in errors_of(batch)[0]["退回原因"]


def test_which_of_two_people_has_a_key_is_not_guessed(desk: Desk) -> None:
    rows = [police(1, 民族="火星"), police(1, 民族="", 姓名="李四"), police(2)]
    assert counts(desk.receive(desk.deliver(rows)).batch) == {"accepted": 1, "quarantined": 2, "new": 1}


def test_schemes_and_place_of_somebody_insured_elsewhere_are_told_apart(desk: Desk) -> None:
    row = {"证件号码": VALID, "姓名": "赵六", "险种": "110；310", "参保地": "四川省 成都市"}
    desk.accept(desk.deliver([row, row | {"姓名": "赵七", "参保地": ""}], source="elsewhere"))
    assert sorted(row["extra"] for row in desk.state("elsewhere").values()) == [
        "险种：110，310", "险种：110，310；参保地：四川省 成都市",
    ]  # fmt: skip


def test_what_has_not_happened_yet_is_held(desk: Desk) -> None:
    died = {"证件号码": VALID, "姓名": "赵六", "死亡日期": "20620101"}
    batch = desk.receive(desk.deliver([died, died | {"证件号码": "500113199001020010"}], source="deaths")).batch
    assert counts(batch) == {"quarantined": 2}
    assert "“死亡日期”晚于数据日期" in errors_of(batch)[0]["退回原因"]


def test_districts_add_up_to_the_whole(desk: Desk) -> None:
    batch = desk.receive(desk.deliver(text_of(people(2)) + "P000003,多,出,了,很,多,格,子,了,吧\n")).batch
    assert counts(batch)["rejected"] == 1
    assert sum(counts["rejected"] for counts in batch.by_district.values()) == 1


def test_a_name_at_fault_is_named_by_its_column(desk: Desk) -> None:
    batch = desk.receive(
        desk.deliver([police(1, 姓名="王小明,王晓明") | {"曾用名": ""}, police(2) | {"曾用名": "王小明,王晓明"}])
    ).batch
    assert counts(batch) == {"accepted": 1, "quarantined": 1, "new": 1}
    assert "“姓名”混有" in errors_of(batch)[0]["退回原因"]
    assert [w["label"] for w in intake.preview(batch.pk)["warnings"] if "曾用名" in w["label"]] == [
        "“曾用名”混有字母或符号，可能是乱码，按没有填处理"
    ]
    assert intake.commit(batch.pk, actor=COMMITTER, at=batch.prepared_at).counts["accepted"] == 1
