"""A record stays the record it was, whatever happened to one cell of its row."""

from __future__ import annotations

import contextlib

import pyarrow.parquet as pq
import pytest

from canbao.bulk import comparison, profiling
from canbao.rules.cells import Reading
from canbao.rules.columns import VERSION, version_of
from canbao.rules.identity import check_digit
from canbao.services import intake
from canbao.services.intake import PreviewChanged
from canbao.services.intake.places import folder_of
from canbao.store.models import Batch
from tests.integration.intake.builders import AT, COMMITTER, Desk, counts, errors_of, insured, people, police, text_of

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


def commit(batch: Batch) -> dict[str, int]:
    """Commit; once more where the figures had to be shown anew."""
    with contextlib.suppress(PreviewChanged):
        return counts(intake.commit(batch.pk, actor=COMMITTER, at=AT))
    return counts(intake.commit(batch.pk, actor=COMMITTER, at=AT))


def test_keys_follow_the_state_that_a_batch_is_committed_onto(desk: Desk) -> None:
    desk.accept(desk.deliver(people(3)))
    known = police(9, 户籍人员编号="", 公民身份号码=VALID, 姓名="赵六")
    first = later(desk, [*people(3), known])
    numbered = desk.receive(
        desk.deliver([*people(3), known | {"户籍人员编号": "500113000123"}], as_of="2026-12-01")
    ).batch
    assert set(commit(first)) == {"accepted", "unchanged", "new"}
    assert commit(numbered) == {"accepted": 1, "unchanged": 3, "changed": 1}, (
        "it was received when nobody had the number"
    )
    assert set(desk.state()) == {"P000001", "P000002", "P000003", VALID}
    again = desk.receive(
        desk.deliver([*people(3), known | {"户籍人员编号": "500113000123", "姓名": "赵七"}], as_of="2026-12-01")
    )
    assert counts(again.batch) == {"accepted": 1, "unchanged": 3, "changed": 1}


def test_keys_follow_the_state_that_a_reversal_left(desk: Desk) -> None:
    desk.accept(desk.deliver(people(3)))
    known = police(9, 户籍人员编号="", 公民身份号码=VALID, 姓名="赵六")
    first = desk.accept(desk.deliver([*people(3), known], as_of=LATER))
    numbered = desk.receive(
        desk.deliver([*people(3), known | {"户籍人员编号": "500113000123"}], as_of="2026-12-01")
    ).batch
    intake.reverse(first.pk, actor=COMMITTER, at=AT, reason="错")
    assert commit(numbered) == {"accepted": 1, "unchanged": 3, "new": 1}
    assert "500113000123" in desk.state() and VALID not in desk.state(), "the key that was sent was kept"


def test_records_keep_their_keys_when_the_rule_of_keys_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier rule kept small letters and dashes of every kind, and wrote a scheme as the system of its day did."""
    rows = [police(n, 户籍人员编号=f"p—{n:04d}", 公民身份号码="") for n in range(1, 31)]
    spells = [insured(n, AAE140="企业职工基本养老保险") for n in range(1, 31)]
    with monkeypatch.context() as earlier:
        earlier.setattr(Reading, "key_part", lambda self, sent: "11" if self.codes else sent)
        for module in (profiling, comparison):
            earlier.setattr(module, "VERSION", version_of("2025-1-1"))
        desk.accept(desk.deliver(rows))
        desk.accept(desk.deliver(spells, source="employee"))
    assert version_of("2025-1-1") != VERSION and "p—0001" in desk.state()
    moved = later(desk, [*rows[1:], rows[0] | {"姓名": "赵六"}])
    assert counts(moved) == {"accepted": 1, "unchanged": 29, "changed": 1}
    commit(moved)
    assert {*desk.state()} == {row["户籍人员编号"] for row in rows}
    assert counts(later(desk, [*rows[1:], police(77)])) == {"accepted": 1, "unchanged": 29, "new": 1, "ended": 1}
    assert counts(later(desk, spells, "employee")) == {"unchanged": 30}


def test_without_another_rule_a_key_written_otherwise_is_another(desk: Desk) -> None:
    desk.accept(desk.deliver([police(n, 公民身份号码="") for n in range(1, 4)]))
    batch = later(desk, [police(n, 公民身份号码="", 户籍人员编号=f"Q{n:06d}") for n in range(1, 4)])
    assert batch.counts["new"] == 3 and not folder_of(batch.delivery).kept_keys.exists()


@pytest.mark.parametrize(
    ("held", "kept"),
    [
        ({}, ["P000007", "P000008", "P000009"]),
        ({"户籍地址": "某路8号"}, ["P000008"]),
        ({"性别": "2"}, ["P000009"]),
        ({"出生日期": "19900108"}, ["P000008"]),
    ],
)
def test_a_row_with_a_name_only_keeps_those_that_it_can_be(desk: Desk, held: dict[str, str], kept: list[str]) -> None:
    alike = [
        police(n, 姓名="张伟", 出生日期=f"1990010{n}", 户籍地址=f"某路{n}号", 性别="2" if n == 9 else "1")
        for n in (7, 8, 9)
    ]
    others = [row for row in people(60) if row["户籍人员编号"] not in ("P000007", "P000008", "P000009")]
    desk.accept(desk.deliver([*others, *alike]))
    nameless = police(
        0, 户籍人员编号="", 公民身份号码="5.00113E+17", 姓名="张伟", 出生日期="", 户籍地址="", 户籍区划="", 性别=""
    )
    batch = later(desk, [*others, nameless | held])
    rows = pq.read_table(folder_of(batch.delivery).outcome, columns=["record_key", "change"]).to_pylist()
    ended = {row["record_key"] for row in rows if row["change"] == "ended"}
    assert sorted({"P000007", "P000008", "P000009"} - ended) == kept


def test_the_pairs_of_a_frequent_name_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that tell the same count once; above the bound a name keeps all its records, and the others are compared as ever."""
    alike = [police(n, 姓名="张伟", 户籍地址=f"某路{n}号") for n in range(70, 80)]
    rare = [police(n, 姓名="赵稀", 户籍地址=f"某路{n}号") for n in (80, 81)]
    held = [
        police(0, 户籍人员编号="", 公民身份号码="5.00113E+17", 姓名=name, 出生日期="", 户籍区划="", 户籍地址=address)
        for name, address in [*[("张伟", "某路75号")] * 9, ("赵稀", "某路80号")]
    ]
    desk.accept(desk.deliver([*people(60), *alike, *rare]))
    for turn, (most, ended) in enumerate(((12, 10), (11, 1), (1, 0))):
        monkeypatch.setattr(comparison, "MOST_PAIRS", most)
        assert later(desk, [*people(60 - turn), *held]).counts["ended"] == ended + turn


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


def numbered(number: str, **changes: str) -> dict[str, str]:
    return police(9, 户籍人员编号=number, 公民身份号码=VALID, 姓名="赵六", 出生日期="19900101") | changes


def test_a_key_that_lost_its_zeros_is_told_and_ends_nothing(desk: Desk) -> None:
    desk.accept(desk.deliver([*people(60), numbered("000500113")]))
    batch = later(desk, [*people(60), numbered("500113")])
    assert counts(batch) == {"unchanged": 60, "quarantined": 1}
    assert "只差前面的 0" in errors_of(batch)[0]["退回原因"]
    assert counts(later(desk, [*people(60), numbered("500113", 公民身份号码="")])) == {
        "unchanged": 60,
        "quarantined": 1,
    }
    stranger = numbered("500113", 公民身份号码=VALID_TOO, 姓名="周八", 出生日期="19710303")
    assert counts(later(desk, [*people(60), stranger])) == {"accepted": 1, "unchanged": 60, "new": 1, "ended": 1}
    both = [*people(60), numbered("000500113"), numbered("500113", 公民身份号码="")]
    assert counts(later(desk, both)) == {"accepted": 1, "unchanged": 61, "new": 1}, "the record's own row came"


def test_a_key_that_has_its_zeros_again_is_that_of_its_record(desk: Desk) -> None:
    desk.accept(desk.deliver([insured(n) for n in range(1, 30)] + [insured(0, AAC001="12345")], source="employee"))
    batch = later(desk, [insured(n) for n in range(1, 30)] + [insured(0, AAC001="0012345")], "employee")
    assert counts(batch) == {"accepted": 1, "unchanged": 29, "changed": 1} and batch.changed_fields == {"person_no": 1}
    commit(batch)
    assert "12345110" in desk.state("employee")


def test_keys_without_zeros_are_looked_for_in_the_state_that_a_batch_is_committed_onto(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60)))
    first = later(desk, [*people(60), numbered("000500113")])
    zeroless = desk.receive(desk.deliver([*people(60), numbered("500113")], as_of="2026-12-01")).batch
    commit(first)
    assert commit(zeroless) == {"unchanged": 60, "quarantined": 1}
    assert "000500113" in desk.state()
