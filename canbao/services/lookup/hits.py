"""One line of an answer: enough to recognise a person, the rest is in the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from canbao.rules.codes import UnknownCode, label
from canbao.rules.duty import Gap
from canbao.rules.masking import mask
from canbao.rules.offices import UnknownOffice, office_full_name, office_short_name
from canbao.store.models import Person, PersonHistory, PersonMerge


class Match(StrEnum):
    """How the person was found; the weaker ones are told to the clerk."""

    NUMBER = "NUMBER"
    OLD_NUMBER = "OLD_NUMBER"
    BUSINESS_NUMBER = "BUSINESS_NUMBER"
    CARD = "CARD"
    MERGED = "MERGED"
    ENDED = "ENDED"
    NAME = "NAME"
    BEGINNING = "BEGINNING"
    SOUND = "SOUND"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_told(self) -> bool:
        """Whether it needs to be said: the clerk sees by himself that the number or the name is the one typed."""
        return self in (Match.OLD_NUMBER, Match.BUSINESS_NUMBER, Match.CARD, Match.MERGED)


_LABELS = {
    Match.NUMBER: "证件号码",
    Match.OLD_NUMBER: "曾用或其他证件号码",
    Match.BUSINESS_NUMBER: "社保编号",
    Match.CARD: "社会保障卡号",
    Match.MERGED: "已合并登记的号码，现并入此人",
    Match.ENDED: "登记已终结",
    Match.NAME: "姓名",
    Match.BEGINNING: "姓名开头",
    Match.SOUND: "姓名读音",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """birth: year and month; number: masked; where: the office in short; merged: how many other entries were made one with this."""

    person_id: int
    name: str
    sex: str
    birth: str
    number: str
    disputed: bool
    office: str
    where: str
    office_path: str
    gap: str
    ended: bool
    dead: bool
    merged: int
    match: Match


def hits_of(found: dict[int, tuple[Person | PersonHistory, Match]]) -> list[Hit]:
    """The lines of these people, in their order."""
    merged = _merged_into(found)
    return [_hit(pk, row, match, merged.get(pk, 0)) for pk, (row, match) in found.items()]


def _hit(pk: int, row: Person | PersonHistory, match: Match, merged: int) -> Hit:
    return Hit(
        person_id=pk,
        name=row.name,
        sex=_code("sex", row.sex),
        birth=_month(row.birth_date),
        number=str(mask("doc_number", row.doc_number) or ""),
        disputed=row.number_disputed,
        office=_office(row.office_path),
        where=_where(row.office_path),
        office_path=row.office_path,
        gap=Gap(row.gap).label if row.gap in set(Gap) else row.gap,
        ended=isinstance(row, PersonHistory),
        dead=row.death_on is not None,
        merged=merged,
        match=match,
    )


def _merged_into(ids: Iterable[int]) -> dict[int, int]:
    standing = PersonMerge.objects.filter(into_person_id__in=list(ids), unmerged_at__isnull=True)
    counts: dict[int, int] = {}
    for into in standing.values_list("into_person_id", flat=True):
        counts[into] = counts.get(into, 0) + 1
    return counts


def _month(day: date | None) -> str:
    return f"{day.year}年{day.month}月" if day else ""


def _code(table: str, code: str | None) -> str:
    try:
        return label(table, code) if code else ""
    except UnknownCode:
        return ""


def _office(path: str) -> str:
    try:
        return office_full_name(path)
    except UnknownOffice:
        return ""


def _where(path: str) -> str:
    """The areas of the office and the one above: 高笋塘街道 · 东方广场社区."""
    try:
        return office_short_name(path)
    except UnknownOffice:
        return ""
