"""What links, cases and rows of explaining lists are called, and the evidence of a pair in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from canbao.rules.matching import VERY_NUMBER, Agreement, Near, NumberLink, Rule
from canbao.rules.names import NameLevel

RULE_SENTENCES: dict[Rule, str] = {
    Rule.SAME_NUMBER: "证件号码有效且相同，姓名一致",
    Rule.SAME_NUMBER_OTHER_NAME: "证件号码有效且相同，姓名写法不同但可解释（同音、曾用名、缺字、差一字）",
    Rule.SAME_DOCUMENT: "其他证件类型与号码相同，姓名一致",
    Rule.OLD_NUMBER: "15位旧号码升位后与18位号码相同，姓名一致",
    Rule.DAMAGED_NUMBER: "号码有误（错一位、颠倒、多少一位），改正后唯一对应，姓名出生日期印证",
    Rule.SAME_PERSON_NO: "同一系统同一个人编号，身份信息相符",
    Rule.NEWBORN_MOTHER: "新生儿：母亲号码或出生医学证明与出生日期、性别相符",
    Rule.SAME_TRAITS: "无有效号码：姓名、出生日期、性别与住址、电话等相符且唯一",
    Rule.DECIDED: "人工判定",
    Rule.NO_PARTNER: "未找到同一人的其他记录",
}


class CaseKind(StrEnum):
    """Conflicts that a named office settles (A5)."""

    SHARED_NUMBER = "SHARED_NUMBER"
    POSSIBLE_SAME = "POSSIBLE_SAME"
    MANY_NUMBERS = "MANY_NUMBERS"
    INVALID_NUMBER = "INVALID_NUMBER"
    DEAD_BUT_ACTIVE = "DEAD_BUT_ACTIVE"
    SHARED_PERSON_NO = "SHARED_PERSON_NO"
    OTHER_FACTS = (
        "OTHER_FACTS"  # birth date and sex of a record both against its valid number, under the name of the holder
    )
    LISTED_PERSON = "LISTED_PERSON"  # whether a row of an explaining list is about this person


CASE_LABELS: dict[CaseKind, str] = {
    CaseKind.SHARED_NUMBER: "一号多人",
    CaseKind.POSSIBLE_SAME: "疑似同一人",
    CaseKind.MANY_NUMBERS: "一人多号",
    CaseKind.INVALID_NUMBER: "证件号码无效",
    CaseKind.DEAD_BUT_ACTIVE: "已死亡仍参保",
    CaseKind.SHARED_PERSON_NO: "个人编号多人共用",
    CaseKind.OTHER_FACTS: "出生日期和性别与号码不符",
    CaseKind.LISTED_PERSON: "名单人员待认定",
}


class Outcome(StrEnum):
    """What became of a row of an explaining list; every row has exactly one."""

    APPLIED = "APPLIED"  # it is about a person of the register
    CASE = "CASE"  # a clerk decides whether it is
    NOBODY = "NOBODY"  # the register knows nobody it could be about

    @property
    def label(self) -> str:
        return _OUTCOME_LABELS[self]


_OUTCOME_LABELS = {
    Outcome.APPLIED: "已用于本人",
    Outcome.CASE: "待人工认定",
    Outcome.NOBODY: "登记库中无此人",
}


def sentences(seen: Agreement) -> tuple[list[str], list[str]]:
    """The evidence in plain words: for, against."""
    for_: list[str] = []
    against: list[str] = []
    facts: Iterable[tuple[bool, str, bool]] = (
        (True, *_NAME_WORDS[seen.name]),
        (seen.number in VERY_NUMBER, "号码相同", True),
        (seen.number is NumberLink.REPAIRED, "号码只差一处笔误", True),
        (seen.number is NumberLink.CLOSE, "号码只差两处", True),
        (seen.number is NumberLink.FAR, "号码相差很远", False),
        (seen.birth is Near.SAME, "出生日期相同", True),
        (seen.birth is Near.NEAR, "出生日期相近（差一处）", True),
        (seen.birth is Near.OTHER, "出生日期不同", False),
        (seen.sex is Near.OTHER, "性别不同", False),
        (seen.area is Near.SAME, "同一镇街", True),
        (seen.area is Near.NEAR, "同一区县", True),
        (seen.area is Near.OTHER, "不在同一区县", False),
        (seen.homes >= 1, "电话、住址或户号相同", True),
        (seen.person_no, "同一系统的个人编号相同", True),
        (seen.card, "社会保障卡号相同", True),
        (seen.mother, "母亲号码相同或同户", True),
        (seen.certificate, "出生医学证明编号相同", True),
        (seen.same_list, "同一名单中两条都有", False),
        (seen.other_certificate, "出生医学证明编号不同", False),
        (seen.multiple_birth, "同一母亲同日有多张出生医学证明（多胞胎）", False),
        (seen.disputed, "号码有效但另有其人使用", False),
        (seen.same_source and not seen.same_list and not seen.person_no, "同一系统中两个编号都有", False),
    )
    for holds, words, speaks_for in facts:
        if holds:
            (for_ if speaks_for else against).append(words)
    return for_, against


_NAME_WORDS: dict[NameLevel, tuple[str, bool]] = {
    NameLevel.SAME: ("姓名相同", True),
    NameLevel.HOMOPHONE: ("姓名同音不同字", True),
    NameLevel.LOST: ("姓名除缺字外相同", True),
    NameLevel.PART: ("姓名差一字", False),
    NameLevel.PLACEHOLDER: ("新生儿尚未取名", True),
    NameLevel.DIFFERENT: ("姓名不同", False),
}
