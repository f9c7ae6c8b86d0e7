"""What the entry desk says of a form before it is handed over, in three strengths (规程第八条).

MUST: the form is not taken until it is put right. EXPLAIN: it is taken with a reason in writing. LOOK: it is only said.
One line of the table is one check, dated where a rule began or ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from canbao.rules.answers import Signer
from canbao.rules.article import article
from canbao.rules.entry import read_all
from canbao.rules.identity import WARNINGS, Problem, birth_of, examine, sex_of
from canbao.rules.notes import SAYS, carries_number
from canbao.rules.period import Period

PHONE_SHARED: Final = 3  # people of other households, from there on it is asked why
LONGEST_EXPLANATION: Final = 100


class Strength(StrEnum):
    MUST = "must"
    EXPLAIN = "explain"
    LOOK = "look"

    @property
    def label(self) -> str:
        return {"must": "必须更正", "explain": "请核实", "look": "提示"}[self]


@dataclass(frozen=True, slots=True)
class Remark:
    """Said beside a field."""

    item: str
    strength: Strength
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the answers. facts: of the person in the register, {} for somebody found; insured: in anything, by_employer:
    through an employer; shares_phone: how many people of other households of the round gave the same number; needs_form: the visit
    ended in a way to which a signed form belongs; outcome: how it ended; must_have: front items that have to be filled in;
    has_sheet: a form was printed for him; printed_on: its day."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    insured: bool = False
    by_employer: bool = False
    shares_phone: int = 0
    has_mandate: bool = False
    needs_form: bool = True
    outcome: str = ""
    must_have: frozenset[str] = frozenset()
    has_sheet: bool = True
    printed_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    said: Mapping[str, str]
    wrong: frozenset[str]
    known: Known
    on: date

    def get(self, item: str) -> str:
        return self.said.get(item, "")

    def either(self, item: str) -> str:
        """What the form says, or else the register."""
        return self.get(item) or str(self.known.facts.get(item) or "")

    @property
    def age(self) -> int | None:
        born = _date(self.either("birth_date"))
        return self.on.year - born.year - ((self.on.month, self.on.day) < (born.month, born.day)) if born else None

    def is_after(self, item: str) -> bool:
        return (day := _date(self.get(item))) is not None and day > self.on

    @property
    def number_problems(self) -> tuple[Problem, ...]:
        number = self.get("doc_number")
        return examine(self.either("doc_type"), number).problems if number else ()


_MOBILE: Final = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_LANDLINE: Final = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?|\d{7,8}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HOUSE: Final = re.compile(r"[0-9０-９]|(?<![一二三四五六七八九十])[一二三四五六七八九十]+[组社队号栋幢单]")
_MUST, _EXPLAIN, _LOOK = Strength
_STUDENT, _RETIRED, _OTHER = "N01", "N02", "N03"


@dataclass(frozen=True, slots=True)
class _Check:
    item: str
    strength: Strength
    text: str
    applies: Callable[[_Case], bool]
    during: Period = field(default_factory=Period)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_CHECKS: Final[tuple[_Check, ...]] = (
    _Check("note", _MUST, SAYS, lambda c: carries_number(c.get("note"))),
    _Check("birth_date", _MUST, "出生日期在今天之后。请核对证件。", lambda c: c.is_after("birth_date")),
    _Check("signed_on", _MUST, "签名日期在今天之后。请核对登记表。", lambda c: c.is_after("signed_on")),
    _Check("died_on", _MUST, "死亡日期在今天之后。请核对证明。", lambda c: c.is_after("died_on")),
    _Check(
        "doc_number", _MUST, "证件号码位数、出生日期或校验位不对。请对照证件原件逐位核对。",
        lambda c: bool(set(c.number_problems) - WARNINGS),
    ),
    _Check(
        "work_out", _MUST, "选了市外就业，须填写就业地（省、自治区或直辖市）。",
        lambda c: c.get("occupation")[:1] == "X" and not c.get("work_out"),
    ),
    _Check(
        "away_schemes", _MUST, "选了市外就业已参加社会保险，须至少勾选一个险种，或在备注中写明。",
        lambda c: c.get("occupation") == "X01" and not c.get("away_schemes") and not c.get("note"),
    ),
    _Check("post_code", _MUST, "邮政编码为6位数字。", lambda c: _given(c, "post_code", r"\d{6}")),
    _Check(
        "phone", _MUST, "移动电话为11位数字，以13至19开头。固定电话请填在固定电话一栏。",
        lambda c: bool(c.get("phone")) and not _MOBILE.fullmatch(c.get("phone")),
    ),
    _Check(
        "signer", _MUST, "没有签名人。未签名的登记表请退回补签。", lambda c: c.known.needs_form and not c.get("signer")
    ),
    _Check(
        "signer", _MUST, "还没有这个人的登记表。请先打印登记表，签名收回以后再录入登记。",
        lambda c: bool(c.known.must_have) and not c.known.has_sheet,
    ),
    _Check(
        "signer", _MUST, "由指定代理人签名，但没有登记委托书。请先在收表时登记委托书，或退回补办。",
        lambda c: c.get("signer") == Signer.AGENT and not c.known.has_mandate,
    ),
    _Check(
        "signer_name", _MUST, "由监护人或代理人签名的，须填写其姓名。",
        lambda c: c.get("signer") in (Signer.GUARDIAN, Signer.AGENT) and not c.get("signer_name"),
    ),
    _Check(
        "signed_on", _MUST, "没有签名日期。登记内容自签名之日起有效。",
        lambda c: c.known.needs_form and bool(c.get("signer")) and not c.get("signed_on"),
    ),
    _Check(
        "signed_on", _EXPLAIN, "签名日期早于登记表的打印日期。",
        lambda c: c.known.printed_on is not None and (day := _date(c.get("signed_on"))) is not None and day < c.known.printed_on,
    ),
    _Check(
        "signer", _EXPLAIN, "走访结果不是“已核实”，登记表却有签名。请核对是否上报有误。",
        lambda c: not c.known.needs_form and bool(c.get("signer")),
    ),
    _Check(
        "birth_date", _EXPLAIN, "出生日期与证件号码中的日期不一致。",
        lambda c: (born := birth_of(c.either("doc_number"))) is not None
        and bool(c.get("birth_date") or c.get("doc_number"))
        and _date(c.either("birth_date")) not in (born, None),
    ),
    _Check(
        "sex", _EXPLAIN, "性别与证件号码不一致。",
        lambda c: bool(c.get("sex") or c.get("doc_number"))
        and c.either("sex") in ("1", "2") and (sex_of(c.either("doc_number")) or c.either("sex")) != c.either("sex"),
    ),
    _Check("occupation", _EXPLAIN, "已满30岁仍为在校学生。", lambda c: c.get("occupation") == _STUDENT and _over(c, 29)),
    _Check(
        "occupation", _EXPLAIN, "不满45岁已办理离退休或领取养老待遇。",
        lambda c: c.get("occupation") == _RETIRED and c.age is not None and c.age < 45,
    ),
    _Check(
        "occupation", _EXPLAIN, "选了未就业，但登记库中有用人单位为其参保。",
        lambda c: c.get("occupation") == _OTHER and c.known.by_employer,
    ),
    _Check(
        "reason_not_enrolled", _EXPLAIN, "选了新生儿，但已满一周岁。",
        lambda c: c.get("reason_not_enrolled") == "06" and _over(c, 0),
    ),
    _Check(
        "reason_not_enrolled", _EXPLAIN, "选了死亡，但登记表由本人签名。",
        lambda c: c.get("reason_not_enrolled") == "08" and c.get("signer") == Signer.SELF,
    ),
    _Check(
        "reason_not_enrolled", _EXPLAIN, "填写了未参保原因，但登记库中有参保记录。",
        lambda c: bool(c.get("reason_not_enrolled")) and c.known.insured,
    ),
    _Check(
        "phone", _EXPLAIN, f"本次调查中已有超过{PHONE_SHARED}名其他户的人员使用这个号码。",
        lambda c: bool(c.get("phone")) and c.known.shares_phone > PHONE_SHARED,
    ),
    _Check("landline", _LOOK, "固定电话的写法少见，请再看一眼，例如 023-12345678。",
           lambda c: bool(c.get("landline")) and not _LANDLINE.fullmatch(c.get("landline"))),
    _Check("qq", _LOOK, "QQ号码一般为5至11位数字。", lambda c: _given(c, "qq", r"[1-9]\d{4,10}")),
    _Check("email", _LOOK, "电子邮箱的写法少见，请再看一眼。",
           lambda c: bool(c.get("email")) and not _EMAIL.fullmatch(c.get("email"))),
    _Check("home_address", _LOOK, "地址没有门牌号或组号，送达时可能找不到。",
           lambda c: bool(c.get("home_address")) and not _HOUSE.search(c.get("home_address"))),
    _Check("post_address", _LOOK, "地址没有门牌号或组号，送达时可能找不到。",
           lambda c: bool(c.get("post_address")) and not _HOUSE.search(c.get("post_address"))),
    _Check("phone", _LOOK, "没有任何联系电话。", lambda c: c.known.needs_form and not c.either("phone") and not c.get("landline")),
    _Check("doc_number", _LOOK, "号码前六位不是已公布的区划代码，请对照证件。", lambda c: Problem.UNKNOWN_AREA in c.number_problems),
    _Check("doc_number", _LOOK, "号码与所选证件类型不相符，请核对。", lambda c: Problem.WRONG_TYPE in c.number_problems),
)  # fmt: skip


def _given(case: _Case, item: str, shape: str) -> bool:
    """Written down, and not of this shape."""
    return bool(case.get(item)) and re.fullmatch(shape, case.get(item), re.ASCII) is None


def _over(case: _Case, years: int) -> bool:
    return case.age is not None and case.age > years


@article(8)
def look(answers: Mapping[str, Any], known: Known, on: date) -> list[Remark]:
    """Everything there is to say of these answers, as they were typed, in the order of the table: what must be put right first."""
    said, wrong = read_all(answers)
    case = _Case(said, wrong, known, on)
    found = [Remark(item, _MUST, _meaningless(item)) for item in sorted(wrong)]
    found += [
        Remark(item, _MUST, "登记库中没有这一项，登记新发现人员须填写。")
        for item in sorted(known.must_have)
        if not case.get(item)
    ]
    found += [
        Remark(check.item, check.strength, check.text)
        for check in _CHECKS
        if check.item not in wrong and check.during.contains(on) and check.applies(case)
    ]
    order = list(Strength)
    return sorted(found, key=lambda one: order.index(one.strength))


def _meaningless(item: str) -> str:
    match item:
        case "home_division":
            return (
                "没有这个区划。请输入代码或区县、镇街、村社的首字母，从列表中选；现居住地在市外的留空，地址写在下一栏。"
            )
        case "birth_date" | "signed_on" | "died_on":
            return "日期写作 20261128 或 2026-11-28。"
        case (
            "occupation"
            | "reason_not_enrolled"
            | "signer"
            | "away_schemes"
            | "sex"
            | "ethnicity"
            | "doc_type"
            | "hukou_type"
            | "work_in"
            | "work_out"
        ):
            return "没有这个选项，或首字母不止对应一项。请输入代码，或多输入几个字母。"
    return "内容过长，请缩短。"


@article(8)
def at_the_door(answers: Mapping[str, Any], facts: Mapping[str, Any], on: date) -> list[Remark]:
    """What must be put right while the person is still there; the rest, and the signature, is for the desk."""
    said = look(answers, Known(facts=facts, needs_form=False), on)
    return [one for one in said if one.strength is _MUST]


@article(8)
def refuses(remarks: list[Remark], explained: Mapping[str, str]) -> list[Remark]:
    """What still stands in the way: what must be put right, and what was to be explained and was not."""
    return [
        one
        for one in remarks
        if one.strength is _MUST or (one.strength is _EXPLAIN and not str(explained.get(one.item, "")).strip())
    ]
