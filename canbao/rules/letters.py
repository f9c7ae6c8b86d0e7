"""The letter on the front of the form: one of its three texts, chosen by the rules (规程附件, 以上三项择一打印).

The annex prints three items, ended by semicolons, of which one is to be printed: what the employer has joined and still has to join
(one item on two lines); what the person may join himself; since which month a pension is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from canbao.rules.article import article
from canbao.rules.circumstances import ONLY_BY_EMPLOYER, Circumstances, Occupation
from canbao.rules.codes import Scheme
from canbao.rules.duty import Duty, counted
from canbao.rules.joining import EMPLOYED, Applies, duties, occupation_in_law

SALUTATION = "尊敬的{name}先生（女士）："
OPENING = "按照《中华人民共和国社会保险法》相关规定，我们已为您办理了社会保险登记相关手续。经查询："
EMPLOYER_HAS = "目前您所在的用人单位已为您参加了{schemes}，"
EMPLOYER_OWES = "您所在的用人单位还应为您参加{schemes}。"
ALONE_MAY = "您还可以个人身份参加{schemes}。"
PENSION_SINCE = "您已于{year}年{month}月起按月领取养老待遇。"
NOTHING = "无"
_RESIDENT = frozenset({Scheme.RESIDENT_PENSION, Scheme.RESIDENT_MEDICAL})
_BLANK = "      "  # a month that is not known is left to be written in


class Kind(StrEnum):
    """Which of the three texts; none is printed for the dead."""

    EMPLOYER = "EMPLOYER"
    ALONE = "ALONE"
    PENSION = "PENSION"
    NONE = "NONE"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Kind.EMPLOYER: "用人单位参保情况",
    Kind.ALONE: "可以个人身份参加的险种",
    Kind.PENSION: "已按月领取养老待遇",
    Kind.NONE: "不打印",
}


@dataclass(frozen=True, slots=True)
class LetterCase:
    """Whose letter, as of which day."""

    name: str
    person: Circumstances
    on: date


@dataclass(frozen=True, slots=True)
class Letter:
    """text: the chosen item as it is printed, lines parted by a line feed. reason: for the clerk, why this one. The lists are what is
    named in it; open_to: each entry is one scheme, or the two of which one may be chosen."""

    kind: Kind
    text: str
    reason: str
    salutation: str = ""
    joined: tuple[Scheme, ...] = ()
    owed: tuple[Scheme, ...] = ()
    open_to: tuple[tuple[Scheme, ...], ...] = ()
    since: date | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole letter, line by line; empty when none is printed."""
        return (self.salutation, OPENING, *self.text.split("\n")) if self.text else ()


@article(3, 8)
def letter_for(case: LetterCase) -> Letter:
    """The one text of the three that is printed for a person, and why.

    A pension being paid decides before everything else, then an employer; everybody else is told what he may join.
    """
    person = case.person
    if person.dead:
        return Letter(Kind.NONE, "", "登记已记载死亡，不打印告知内容。")
    found = duties(person, on=case.on)
    salutation = SALUTATION.format(name=case.name)
    if person.drawing:
        return _pension(person, salutation)
    if occupation_in_law(person) in EMPLOYED or (
        person.occupation is Occupation.EMPLOYING_OWNER and person.by_employer
    ):
        return _employer(person, found, case.on, salutation)
    return _alone(person, found, salutation)


def by_choice(case: LetterCase, kind: Kind) -> Letter:
    """The text that a clerk chose against the rules, filled in as they would for somebody to whom it is printed."""
    chosen = letter_for(case)
    if chosen.kind is kind:
        return chosen
    salutation = SALUTATION.format(name=case.name)
    known = replace(case.person, dead=False, drawing=False, retired_from=frozenset())
    match kind:
        case Kind.EMPLOYER:
            person = _as(known, Occupation.EMPLOYEE, EMPLOYED)
            letter = _employer(person, duties(person, on=case.on), case.on, salutation)
        case Kind.ALONE:
            person = _as(known, Occupation.NOT_WORKING, frozenset(Occupation) - EMPLOYED)
            letter = _alone(person, duties(person, on=case.on), salutation)
        case Kind.PENSION:
            letter = _pension(case.person, salutation)
        case Kind.NONE:
            letter = Letter(Kind.NONE, "", "")
    return replace(letter, reason=f"经办人选择“{kind.label}”；按规则应为“{chosen.kind.label}”：{chosen.reason}")


def _as(person: Circumstances, occupation: Occupation, fits: frozenset[Occupation]) -> Circumstances:
    """The person as the clerk knows him: with this occupation unless his own fits the text."""
    return person if person.occupation in fits else replace(person, occupation=occupation)


def listed(schemes: Iterable[Scheme | tuple[Scheme, ...]]) -> str:
    """Schemes as the form names them; 无 for none, 或 between two of which one may be chosen."""
    words = [one.label if isinstance(one, Scheme) else "或".join(each.label for each in one) for one in schemes]
    return "、".join(words) or NOTHING


def _employer(person: Circumstances, found: Sequence[Applies], on: date, salutation: str) -> Letter:
    # What nobody can join alone an employer joined, named or not.
    joined = _ordered(counted(person.by_employer | person.active & ONLY_BY_EMPLOYER, on))
    musts = [one for one in found if one.duty is Duty.MUST and one.confirmed]
    owed = tuple(one.scheme for one in musts if not one.met)
    text = f"{EMPLOYER_HAS.format(schemes=listed(joined))}\n{EMPLOYER_OWES.format(schemes=listed(owed))}"
    reason = [f"{_who(person)}，用人单位应当为其参加{listed(one.scheme for one in musts)}{_laws(musts)}。"]
    if not musts:
        reason = [f"{_who(person)}，但未满16周岁、已到退休年龄或当时没有规定，用人单位没有应参加的险种。"]
    alone = _ordered({one.scheme for one in musts if one.met} - set(joined))
    if alone:
        reason.append(f"{listed(alone)}现以个人身份参加，应改由用人单位参加。")
    if beside := _ordered(person.active & _RESIDENT) if musts else ():
        reason.append(f"{listed(beside)}不与职工保险同时参加。")
    reason += _asides(found)
    return Letter(Kind.EMPLOYER, text, "".join(reason), salutation, joined=joined, owed=owed)


def _alone(person: Circumstances, found: Sequence[Applies], salutation: str) -> Letter:
    # What an owner perhaps must join he may join in any case; what he perhaps may join is left out.
    unmet = [one for one in found if not one.met and one.confirmed is (one.duty is Duty.MAY)]
    open_to = _pairs(unmet)
    reason = [f"{_who(person)}，没有用人单位为其参保，告知可以个人身份参加的险种{_laws(unmet)}。"]
    if not open_to:
        reason = [f"{_who(person)}，没有尚可参加的险种。"]
    if person.occupation is Occupation.AWAY_UNINSURED:
        reason.append("在市外有用人单位的，应由该单位在就业地参保。")
    if person.retired_from:
        reason.append("养老待遇已核定，现暂停发放，故不打印“按月领取”。")
    if person.occupation is Occupation.RETIRED and not person.retired_from:
        reason.append("业务系统没有待遇领取记录，请核实领取地和年月。")
    if person.by_employer:
        reason.append("业务系统仍有用人单位参保记录，请核实。")
    if person.born is None:
        reason.append("出生日期不详，有年龄条件的险种未列入。")
    reason += _asides(found)
    return Letter(Kind.ALONE, ALONE_MAY.format(schemes=listed(open_to)), "".join(reason), salutation, open_to=open_to)


def _pension(person: Circumstances, salutation: str) -> Letter:
    since = person.since
    year, month = (str(since.year), str(since.month)) if since else (_BLANK, _BLANK)
    drawn = listed(_ordered(person.retired_from))
    reason = f"正在领取{drawn}待遇，领取养老待遇的不再告知应参加、可参加的险种。"
    if since is None:
        reason += "业务系统未报送领取年月，请核实后填写。"
    if len(person.retired_from) > 1:
        reason += "同时有两项养老待遇，请按重复领取核实。"
    return Letter(Kind.PENSION, PENSION_SINCE.format(year=year, month=month), reason, salutation, since=since)


def _who(person: Circumstances) -> str:
    occupation = occupation_in_law(person)
    if occupation is Occupation.NOT_WORKING and not person.declared:
        return "尚未申报职业，业务系统中没有在用人单位参保的记录"
    told = "登记对象申报" if person.declared and not person.retired_from else "按业务系统参保记录"
    return f"{told}为“{occupation.label}”"


def _laws(found: Iterable[Applies]) -> str:
    first, *more = dict.fromkeys(one.law for one in found) or ("",)
    return f"（{'；'.join((first, *(law.removeprefix('社会保险法') for law in more)))}）" if first else ""


def _asides(found: Sequence[Applies]) -> list[str]:
    stopped = [one.scheme for one in found if one.stopped and not one.met]
    unsure = [one.scheme for one in found if not one.confirmed and one.duty is Duty.MUST and not one.met]
    owed = any(one.stopped and one.duty is Duty.MUST and one.confirmed for one in found)
    said = [f"{listed(stopped)}已中断，{'应由用人单位接续' if owed else '可以接续'}。"] * bool(stopped)
    return said + [f"{listed(unsure)}是否应当参加待核实，未列为应参加。"] * bool(unsure)


def _pairs(unmet: Iterable[Applies]) -> tuple[tuple[Scheme, ...], ...]:
    """Each once; of two that exclude each other both, at the place of the first."""
    found: list[tuple[Scheme, ...]] = []
    for one in unmet:
        if not any(one.scheme in pair for pair in found):
            found.append((one.scheme, one.instead) if one.instead else (one.scheme,))
    return tuple(found)


def _ordered(schemes: Iterable[Scheme]) -> tuple[Scheme, ...]:
    held = set(schemes)
    return tuple(scheme for scheme in Scheme if scheme in held)
