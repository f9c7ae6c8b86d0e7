"""What papers prove something, which items of the form, and how long they are kept (规程第八、二十一条).

The classes and periods are those of 社会保险业务档案管理规定（试行） (人社部、国家档案局令第3号, in force 2009-09-01), category
社会保险管理类; its periods are minimal ones, counted from 1 January of the year after the paper arose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from canbao.rules.answers import BY_NAME
from canbao.rules.article import article


class ArchiveClass(StrEnum):
    EMPLOYERS = "EMPLOYERS"
    REGISTRATION = "REGISTRATION"
    ACCOUNTS = "ACCOUNTS"
    CERTIFICATES = "CERTIFICATES"
    CARDS = "CARDS"
    ELIGIBILITY = "ELIGIBILITY"

    @property
    def label(self) -> str:
        return _CLASSES[self][0]

    @property
    def years(self) -> int | None:
        """For how many years it is kept at least; None: for ever."""
        return _CLASSES[self][1]


_CLASSES: Final[dict[ArchiveClass, tuple[str, int | None]]] = {
    ArchiveClass.EMPLOYERS: ("参保单位登记材料", None),
    ArchiveClass.REGISTRATION: ("参保人员登记材料", 100),
    ArchiveClass.ACCOUNTS: ("个人账户管理材料", 100),
    ArchiveClass.CERTIFICATES: ("社会保险登记证管理材料", 10),
    ArchiveClass.CARDS: ("社会保险卡管理材料", 50),
    ArchiveClass.ELIGIBILITY: ("待遇领取资格核查材料", 50),
}


class EvidenceKind(StrEnum):
    ID_CARD = "ID_CARD"
    HOUSEHOLD_BOOK = "HOUSEHOLD_BOOK"
    BIRTH = "BIRTH"
    DEATH = "DEATH"
    MANDATE = "MANDATE"
    GUARDIANSHIP = "GUARDIANSHIP"
    FORM = "FORM"
    STUDENT = "STUDENT"
    SERVICE = "SERVICE"
    PRISON = "PRISON"
    ELSEWHERE = "ELSEWHERE"
    RESIDENCE = "RESIDENCE"
    WORK = "WORK"
    OTHER = "OTHER"

    @property
    def label(self) -> str:
        return _KINDS[self].label

    @property
    def items(self) -> tuple[str, ...]:
        """What of the form such a paper usually proves; the clerk who files it may say otherwise."""
        return _KINDS[self].items


@dataclass(frozen=True, slots=True)
class _Kind:
    label: str
    items: tuple[str, ...] = ()
    archive: ArchiveClass = ArchiveClass.REGISTRATION


_K = EvidenceKind
_IDENTITY: Final = ("name", "sex", "ethnicity", "birth_date", "doc_type", "doc_number", "hukou_address")
_KINDS: Final[dict[EvidenceKind, _Kind]] = {
    _K.ID_CARD: _Kind("居民身份证", _IDENTITY),
    _K.HOUSEHOLD_BOOK: _Kind("户口簿", (*_IDENTITY[:4], "doc_number", "hukou_type", "hukou_address")),
    _K.BIRTH: _Kind("出生医学证明", ("name", "sex", "birth_date")),
    _K.DEATH: _Kind("死亡证明", ("reason_not_enrolled",)),
    _K.MANDATE: _Kind("委托书", ("signer", "signer_name")),
    _K.GUARDIANSHIP: _Kind("监护关系证明", ("signer", "signer_name")),
    _K.FORM: _Kind("登记表原件", tuple(BY_NAME)),
    _K.STUDENT: _Kind("在校证明", ("occupation",)),
    _K.SERVICE: _Kind("服役证明", ("reason_not_enrolled",)),
    _K.PRISON: _Kind("服刑证明", ("reason_not_enrolled",)),
    _K.ELSEWHERE: _Kind("外地参保证明", ("work_out", "away_schemes")),
    _K.RESIDENCE: _Kind("居住证或居住证明", ("home_division", "home_address")),
    _K.WORK: _Kind("劳动合同或就业证明", ("occupation", "work_in", "work_out")),
    _K.OTHER: _Kind("其他材料"),
}


@article(21)
def archive_class(kind: EvidenceKind) -> ArchiveClass:
    """Where a paper is filed: forms and the papers beside them are registration papers of the insured."""
    return _KINDS[kind].archive


@article(21)
def kept_from(arose_on: date) -> date:
    """The day from which its years count: 1 January of the next year."""
    return date(arose_on.year + 1, 1, 1)


@article(21)
def kept_until(arose_on: date, years: int | None) -> date | None:
    """The first day on which it may be appraised for destruction; None: never."""
    return None if years is None else date(kept_from(arose_on).year + years, 1, 1)
