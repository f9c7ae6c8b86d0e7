"""The boxes of the form as the screen shows them: what was typed, what it means, what the register says, what is remarked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from canbao.rules import checks, entry
from canbao.rules.answers import Item, Shape
from canbao.rules.entry import DIED
from canbao.rules.survey import Outcome
from canbao.rules.wording import code_in_words, division_in_words
from canbao.services.showing import Fact
from canbao.services.survey.drafting import Desk
from canbao.web.remarks import Strength
from canbao.web.request import today

MOBILE_KEYS: Final = frozenset({"phone", "post_code", "qq", "landline"})
_HINTS: Final[Mapping[str, str]] = {
    "occupation": "代码、序号或首字母，如 lhjy",
    "work_in": "区县名称或首字母，如 ybq",
    "work_out": "省份名称或首字母，如 gds",
    "away_schemes": "序号连写，如 12",
    "home_division": "代码或首字母，如 bk sj；市外留空",
    "home_address": "F2 同户地址；thj 同户籍",
    "post_address": "F2 同现居住地址",
    "reason_not_enrolled": "01 至 13 或首字母",
    "signer": "1 本人 2 监护人 3 代理人",
    "signed_on": "如 20261128",
    "birth_date": "如 19900101",
    "died_on": "如 20261128",
}
_CODED: Final = {Shape.CODE, Shape.CODES}
_GROUPS: Final = (
    ("当前职业", ("occupation", "work_in", "work_out", "away_schemes")),
    (
        "居住和联系方式",
        ("home_division", "home_address", "post_address", "post_code", "phone", "landline", "qq", "email"),
    ),
    ("未参保原因和签名", ("reason_not_enrolled", "signer", "signer_name", "signed_on", "surveyor", "died_on", "note")),
)


@dataclass(frozen=True)
class Row:
    """known: in the register, None where that is not shown; is_open: has a field at once; said: on the visit."""

    item: Item
    value: str = ""
    meaning: str = ""
    known: Fact | None = None
    is_open: bool = True
    said: bool = False
    explained: str = ""
    must: Sequence[str] = ()
    explain: Sequence[str] = ()
    look: Sequence[str] = ()
    hidden: bool = False
    hint: str = ""
    choices: Sequence[entry.Choice] = field(default_factory=tuple)

    @property
    def known_text(self) -> str:
        """Short: the code of a place is of no use here, nor what is above its town."""
        text = self.known.text if self.known else ""
        return text.partition("（")[0] if self.item.shape is Shape.DIVISION else text

    @property
    def is_wide(self) -> bool:
        return self.item.name in ("home_division", "home_address")

    @property
    def table(self) -> str:
        return self.item.table if self.item.shape in _CODED else ""

    @property
    def strength(self) -> str:
        return "must" if self.must else "explain" if self.explain else "look" if self.look else ""

    @property
    def digits(self) -> bool:
        return self.item.name in MOBILE_KEYS


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]


def groups(
    desk: Desk,
    answers: Mapping[str, str],
    explained: Mapping[str, str],
    remarks: Iterable[checks.Remark],
    *,
    at: datetime,
) -> list[Group]:
    """The front as far as it is asked or contradicted, then the whole back."""
    told = list(remarks)
    said = desk.knows.visit.answers if desk.knows.visit and isinstance(desk.knows.visit.answers, dict) else {}

    names = _shown_here(desk.task.outcome)

    def row(name: str, *, front: bool) -> Row:
        known = desk.knows.shown(name, at) if desk.knows.facts.get(name) not in (None, "") else None
        return _row(
            name,
            answers,
            explained,
            told,
            known=known,
            is_open=not front or not known or name in answers,
            said=name in said,
        )

    back = [Group(title, [row(name, front=False) for name in of if name in names]) for title, of in _GROUPS]
    return [Group("正面信息（空白的补填，不符的按“改”）", [row(name, front=True) for name in entry.FRONT]), *back]


def _shown_here(outcome: str) -> frozenset[str]:
    """The day of death is asked where the visit found a death."""
    return frozenset(item.name for item in entry.FIELDS if item is not DIED or outcome == Outcome.DEAD)


def blind(answers: Mapping[str, str], wrong: Iterable[str], asked: Iterable[str]) -> list[Group]:
    """For the second typing: nothing that is known. asked: the front items that were blank."""
    told = [checks.Remark(item, checks.Strength.MUST, "没有这个选项或写法，请核对。") for item in wrong]
    blank = set(asked)
    front = [_row(name, answers, {}, told, is_open=name in blank or name in answers) for name in entry.FRONT]
    back = [Group(title, [_row(name, answers, {}, told) for name in of if name != DIED.name]) for title, of in _GROUPS]
    return [Group("正面信息（登记表上补填或更正的）", front), *back]


def _row(
    name: str, answers: Mapping[str, str], explained: Mapping[str, str], told: list[checks.Remark], *,
    known: Fact | None = None, is_open: bool = True, said: bool = False,
) -> Row:  # fmt: skip
    item = next(one for one in entry.FIELDS if one.name == name)
    texts = {one: [r.text for r in told if r.item == name and r.strength == one] for one in (*Strength, "must")}
    left = entry.skipped(answers.get("occupation", ""), answers.get("signer", ""))
    return Row(
        item=item, value=_as_typed(item, answers.get(name, "")), meaning=meaning(item, answers.get(name, "")), known=known, is_open=is_open,
        said=said, explained=explained.get(name, ""), must=texts["must"], explain=texts["explain"], look=texts["look"],
        hidden=name in left, hint=_HINTS.get(name, ""), choices=entry.choices(item.table) if item.shape in _CODED else (),
    )  # fmt: skip


def _as_typed(item: Item, value: str) -> str:
    """A signer is the number of his box: nobody types English."""
    numbers = {one.code: str(one.number) for one in entry.choices(item.table)} if item.table == "signer" else {}
    return numbers.get(value, value)


def meaning(item: Item, value: str) -> str:
    """What a code stands for."""
    if not value:
        return ""
    if item.shape is Shape.DIVISION:
        return division_in_words(value, on=today()).partition("（")[0] if value.isdigit() else ""
    if item.shape not in _CODED:
        return ""
    labels = {one.code: one.label for one in entry.choices(item.table)}
    return "、".join(labels.get(code) or code_in_words(item.table, code) for code in value.split(",") if code in labels)


def tables() -> list[dict[str, Any]]:
    """Every list of choices once, with what a choice leaves out."""
    names = dict.fromkeys(item.table for item in entry.FIELDS if item.shape in _CODED)
    return [
        {
            "name": name,
            "choices": [
                {"one": one, "letters": " ".join(one.letters), "leaves": " ".join(sorted(_leaves(name, one.code)))}
                for one in entry.choices(name)
            ],
        }
        for name in names
    ]


def _leaves(table: str, code: str) -> frozenset[str]:
    if table == "occupation":
        return entry.skipped(code)
    return entry.skipped("", code) if table == "signer" else frozenset()


def meanings(answers: Mapping[str, str]) -> dict[str, str]:
    """What each answer means, for what has been saved."""
    return {item.name: text for item in entry.FIELDS if (text := meaning(item, answers.get(item.name, "")))}
