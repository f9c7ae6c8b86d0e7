"""Who looked at this person (个人信息保护法 第四十四、四十五条): what the person may ask for and be given on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from canbao.services.audit.events import Event
from canbao.services.audit.reading import office_words, role_words
from canbao.store.models.journal import JournalEntry

MOST = 1000


@dataclass(frozen=True)
class Look:
    """Office and post, not the clerk's name: the person learns which office looked and why, the audit knows who."""

    at: datetime
    office: str
    post: str
    act: str
    purpose: str


_ACTS = {
    "PERSON_VIEWED": "查看档案",
    "UNMASKED": "查看隐藏项目原文",
    "CASES_LISTED": "在疑点清单中查看姓名",
    "VILLAGES_LISTED": "在建议村（社区）名单中查看姓名",
    "LOOKS_PRINTED": "调取查询记录",
    "FORM_PRINTED": "打印参保登记表",
    "CLIENT_LOOKED_UP": "经接口查询",
    "LOOKED_OUTSIDE": "说明理由后查询",
    "POSSIBLE_DUPLICATE_TOLD": "登记前查重",
    "PERSON_CORRECTED": "更正登记信息",
    "PERSON_RECORDED": "登记",
    "PERSON_ENDED": "终结登记",
    "PERSONS_MERGED": "合并档案",
    "PERSONS_UNMERGED": "撤销合并",
}


def looks_at(
    person_id: int, *, since: datetime | None = None, until: datetime | None = None, most: int = MOST
) -> list[Look]:
    """Looks and acts, newest first, by other offices too: an entry about a person carries that person's office (`area`).

    The caller has fetched the person through access; merged numbers are asked for one by one.
    """
    rows = JournalEntry.objects.filter(target_kind="person", target_id=str(person_id))
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    return [
        Look(
            at=entry.at,
            office=office_words(entry.office),
            post=role_words(entry.role),
            act=act_words(entry.event),
            purpose=_purpose(entry),
        )
        for entry in rows.order_by("-at", "-pk")[:most]
    ]


def act_words(event: str) -> str:
    """What was done, in a few words."""
    return _ACTS.get(event) or ("查看" if "VIEWED" in event else EVENT_WORDS.get(event, "办理业务"))


def _purpose(entry: JournalEntry) -> str:
    for name in ("reason", "purpose", "why"):
        if value := entry.detail.get(name):
            return str(value)
    return entry.basis


EVENT_WORDS: dict[str, str] = {Event.CASE_DECIDED.value: "判定疑点"}
