"""Manifests, keys and returned rows as departments send them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.integration.intake.builders import Desk, Row, counts, errors_of, insured, text_of
from tests.integration.intake.odd_files import NAMES, became, rows, text

SAID: dict[str, Any] = {"source": "police", "kind": "full", "as_of": "2026-10-31", "files": [{"name": "a.csv"}]}


def listed(**entry: object) -> bytes:
    return json.dumps(SAID | {"files": [{"name": "a.csv"} | entry]}).encode()


def stated(**entry: object) -> bytes:
    return json.dumps(SAID | entry).encode()


MANIFESTS = {
    "rows with the header": (listed(rows=7), "MANIFEST:ROWS", "清单写 7 行，实际 6 行"),
    "fewer rows": (listed(rows=5), "MANIFEST:ROWS", "实际 6 行"),
    "no rows": (listed(rows=0), "MANIFEST:ROWS", "实际 6 行"),
    "rows as text": (listed(rows="6"), "MANIFEST:SHAPE", "行数"),
    "rows as a fraction": (listed(rows=6.0), "MANIFEST:SHAPE", "行数"),
    "another digest": (listed(sm3="ab" * 32), "MANIFEST:DIGEST", "a.csv"),
    "MD5": (listed(sm3="ab" * 16), "MANIFEST:SHAPE", "摘要"),
    "another case of the name": (listed(name="A.CSV"), "MANIFEST:FILE_MISSING", "A.CSV"),
    "a path": (listed(name="D:\\out\\a.csv"), "MANIFEST:FILE_OUTSIDE", "只写文件名"),
    "names without entries": (stated(files=["a.csv"]), "MANIFEST:SHAPE", "文件名"),
    "a kind in Chinese": (stated(kind="全量"), "MANIFEST:KIND", "full（全量）"),
    "a source in Chinese": (stated(source="公安"), "MANIFEST:SOURCE", "police"),
    "a date with slashes": (stated(as_of="2026/10/31"), "MANIFEST:DATE", "2026-10-31"),
    "31 November": (stated(as_of="2026-11-31"), "MANIFEST:DATE", "as_of"),
    "a day to come": (stated(as_of="2027-01-01"), "MANIFEST:FUTURE", "还没有到"),
    "GBK": (json.dumps(SAID | {"备注": "名单"}, ensure_ascii=False).encode("gbk"), "MANIFEST:UNREADABLE", "UTF-8"),
    "a comment": (b"// list\n" + stated(), "MANIFEST:UNREADABLE", "第 1 行第 1 个字"),
    "one item twice": (stated().replace(b"{", b'{"source": "health", ', 1), "MANIFEST:SHAPE", "写了两次"),
    "the mark of UTF-8": (b"\xef\xbb\xbf" + stated(), "6", ""),
    "a digest in capitals and blanks": (listed(rows=6, note="x"), "6", ""),
}


@pytest.mark.parametrize("title", MANIFESTS)
def test_a_manifest_agrees_with_its_files_or_refuses_them(desk: Desk, title: str) -> None:
    manifest, wanted, said = MANIFESTS[title]
    found = became(desk, {"a.csv": text()}, manifest=manifest)
    assert found.verdict == wanted and said in found.told


def test_files_of_one_delivery_may_differ_in_form_and_share_no_key(desk: Desk) -> None:
    other = text_of(rows(9)[6:]).replace("户籍人员编号", "人员ID").encode("gbk")
    assert became(desk, {"a.csv": text(), "b.csv": other}).verdict == "9"
    twice = became(desk, {"a.csv": text(), "b.csv": text_of(rows(1, 户籍地址="别处"))})
    assert twice.verdict == "5+2" and "出现多次且内容不同" in twice.told
    assert became(desk, {"a.csv": text(), "b.csv": b"PK\3\4"}).verdict == "FILE:TRUNCATED"


def keyed(make: Any) -> str:
    return text_of([row | {"户籍人员编号": make(row["户籍人员编号"])} for row in rows(30)])


def test_keys_that_only_look_different_are_the_same_and_others_hold_the_delivery(desk: Desk) -> None:
    desk.accept(desk.deliver(keyed(str)))
    same = desk.receive(desk.deliver(keyed(lambda key: f"\u200b'{key.replace('P', 'ｐ')}\u3000"), as_of="2026-11-01"))
    assert counts(same.batch) == {"unchanged": 30}
    without = text_of([{name: cell for name, cell in row.items() if name != "户籍人员编号"} for row in rows(30)])
    held = (
        (keyed(lambda key: key.replace("P0000", "P")), ["ended"]),
        (keyed(lambda key: "00" + key), ["changed"]),  # zeros came back: the records go on under them
        (without, ["quarantined", "ended"]),
    )
    for sent, breakers in held:
        other = desk.receive(desk.deliver(sent, as_of="2026-11-02"))
        assert [breaker["breaker"] for breaker in other.batch.breakers] == breakers


def test_a_word_for_a_code_makes_the_same_key(desk: Desk) -> None:
    people = [insured(n, AAC003=NAMES[n % 10]) for n in range(1, 6)]
    desk.accept(desk.deliver(people, source="employee"))
    worded = [row | {"AAE140": "企业职工基本养老保险"} for row in people]
    again = desk.receive(desk.deliver(worded, source="employee", as_of="2026-11-01"))
    assert counts(again.batch) == {"unchanged": 5}


def returned(desk: Desk) -> list[Row]:
    """Six rows that came back, corrected."""
    people = [insured(n, AAC003=NAMES[n % 10], AAC001=f"000{n:04}") | {"AAC006": "19900101"} for n in range(1, 31)]
    desk.accept(desk.deliver(people, source="employee", as_of="2026-01-31"))
    wrong = [row | ({"AAC006": "19900231"} if n < 6 else {}) for n, row in enumerate(people)]
    batch = desk.receive(desk.deliver(wrong, source="employee", as_of="2026-02-28")).batch
    return [row | {"AAC006": "19900228"} for row in errors_of(batch)]


def left_out(sent: list[Row], *names: str) -> list[Row]:
    return [{name: cell for name, cell in row.items() if name not in names} for row in sent]


def test_corrected_rows_find_their_records_however_they_were_handled(desk: Desk) -> None:
    sent = returned(desk)
    line = "," * (len(sent[0]) - 1) + "\n"
    marks = [row["退回编号"] for row in sent]
    for title, back, wanted in [
        ("sorted", text_of(sent[::-1]), "6"),
        ("some", text_of(sent[:3]), "3"),
        ("doubled", text_of(sent + sent[:2]), "6+2"),
        ("doubled, and different", text_of([*sent, sent[0] | {"AAC003": "高山"}]), "5+2"),
        ("without marks", text_of(left_out(sent, "退回编号")), "6"),
        ("without reasons", text_of(left_out(sent, "退回原因")), "6"),
        ("without both", text_of(left_out(sent, "退回原因", "退回编号")), "HEADER:OP_MISSING"),
        ("marks sorted alone", text_of([row | {"退回编号": mark} for row, mark in zip(sent, marks[::-1], strict=True)]), "0+6"),
        ("one mark filled down", text_of([row | {"退回编号": marks[0]} for row in sent]), "1+5"),
        ("keys without zeros", text_of([row | {"AAC001": row["AAC001"].lstrip("0")} for row in sent]), "0+6"),
        ("the key changed too", text_of([row | {"AAE140": "310"} for row in sent]), "0+6"),
        ("Unicode text of a spreadsheet", text_of(sent).replace(",", "\t").encode("utf-16"), "6"),
        ("blank rows between", text_of(sent).replace("\n", "\n" + line), "6"),
    ]:  # fmt: skip
        found = became(desk, {"a.csv": back}, source="employee", kind="delta", as_of="2026-03-01")
        assert found.verdict == wanted, f"{title}: {found.told}"


def test_a_wrong_mark_of_change_hides_no_other_fault(desk: Desk) -> None:
    first, second, third = (row | {"变更标志": "X"} for row in rows(3))
    sent = [first | {"出生日期": "19909999"}, second, third | {"户籍人员编号": "", "公民身份号码": ""}]
    found = became(desk, {"a.csv": text_of(sent)}, kind="delta")
    assert found.verdict == "0+3"
    reasons = dict(re.findall("第 ([0-9]+) 行：(.*)", found.told))
    assert all("变更标志 op 应为 I、U 或 D" in reasons[row] for row in "234")
    assert "“出生日期”不是有效的日期" in reasons["2"] and "出生日期" not in reasons["3"]
    assert "记录编号没有填" in reasons["4"]


def test_what_goes_back_has_one_name(desk: Desk) -> None:
    sent = [row | {"退回原因": "", "退回编号": ""} for row in rows(2)]
    assert "退回文件" in became(desk, {"a.csv": text_of(sent)}).told
