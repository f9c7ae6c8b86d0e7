"""The audit administrator's view of the journal: found by person, account, office, kind and time, page by page.

An audit administrator sees the acts of the own office's area and below (row security holds the same), and of the people only
the number: whom a number belongs to is not the audit's business. Looking here goes on record like any other look.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from canbao.rules.labels import CASES, FIELDS, PARTICULARS, SOURCES, STATES
from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.chain import leaves_of, unpacked
from canbao.services.audit.events import Event
from canbao.services.audit.looking import record_look
from canbao.services.audit.reading import Told, office_words, require, tell
from canbao.store.models.journal import JournalEntry, JournalSeal

PAGE = 50
MOST_DAYS = 180
DEEPEST = 4  # lists and objects within each other that are shown


class EntryNotFound(LookupError):
    """No entry has this number, or its acts are not the actor's to see."""


class Check(StrEnum):
    """Saved checks: questions an auditor asks again and again."""

    OUT_OF_HOURS = "OUT_OF_HOURS"
    UNMASKINGS = "UNMASKINGS"
    REFUSALS = "REFUSALS"
    EXPORTS = "EXPORTS"
    FAILED_SIGN_INS = "FAILED_SIGN_INS"
    RIGHTS = "RIGHTS"

    @property
    def label(self) -> str:
        return _CHECKS[self][0]

    @property
    def meaning(self) -> str:
        return _CHECKS[self][1]


_CHECKS = {
    Check.OUT_OF_HOURS: ("非工作时间查看", "18 点至 8 点或周末打开人员档案"),
    Check.UNMASKINGS: ("查看原文", "查看隐藏项目原文，抽查所填理由"),
    Check.REFUSALS: ("越权尝试", "打开无权使用的页面被拒绝"),
    Check.EXPORTS: ("导出与打印", "把资料带出系统的操作"),
    Check.FAILED_SIGN_INS: ("登录失败", "密码或动态口令错误、账号锁定"),
    Check.RIGHTS: ("账号与权限变动", "账号、岗位、策略和接口用户的变动"),
}


_E = Event
_EVENTS: dict[Check, list[Event]] = {
    Check.OUT_OF_HOURS: [_E.PERSON_VIEWED],
    Check.UNMASKINGS: [_E.UNMASKED, _E.FORMS_ASKED_IN_FULL],
    Check.REFUSALS: [_E.ACCESS_REFUSED, _E.NOT_IN_AREA, _E.BUDGET_SPENT],
    Check.EXPORTS: [
        _E.LINKS_EXPORTED, _E.CASES_EXPORTED, _E.EXPORT_DOWNLOADED, _E.DELIVERY_ERRORS_DOWNLOADED, _E.LOOKS_PRINTED,
    ],
    Check.FAILED_SIGN_INS: [_E.SIGN_IN_FAILED, _E.SECOND_FACTOR_FAILED, _E.ACCOUNT_LOCKED],
    Check.RIGHTS: [
        *(event for event in _E if event.startswith(("ACCOUNT_", "POST_", "POLICY_", "ADMINISTRATORS_", "BUDGET_LIFT_"))
          and event not in (_E.ACCOUNT_LOCKED, _E.POST_CHOSEN)),
        _E.CLIENT_REGISTERED, _E.CLIENT_GRANTED, _E.CLIENT_TOKEN_ISSUED, _E.CLIENT_STOPPED,
        _E.PASSWORD_RESET, _E.RESET_ASKED, _E.RESET_GRANTED, _E.RESET_REFUSED, _E.RESET_WITHDRAWN, _E.RESET_DONE,
        _E.RESET_DISPUTED, _E.RESET_EMERGENCY, _E.SESSION_ENDED,
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What is looked for; empty fields do not narrow. person: the number of a person; office: this one and all below it."""

    person: str = ""
    account: str = ""
    office: str = ""
    event: str = ""
    check: str = ""
    first: date | None = None
    until: date | None = None
    from_id: int | None = None
    to_id: int | None = None

    def as_detail(self) -> dict[str, object]:
        """For the journal: only what was filled in."""
        return {item.name: str(value) for item in fields(self) if (value := getattr(self, item.name)) not in ("", None)}


@dataclass(frozen=True)
class Page:
    """following: where the next page goes on ("time,number"), empty on the last."""

    entries: list[Told]
    following: str = ""


class BadPlace(ValueError):
    """Not a place that a page ended at."""


def search(filters: Filters, *, actor: Actor, at: datetime, after: str = "", size: int = PAGE) -> Page:
    """The newest first; looking is itself on record.

    Raises NotAllowed, BadPlace.
    """
    require(actor, Permission.JOURNAL_VIEW)
    rows = _matching(filters, actor)
    if after:
        moment, number = _place(after)
        rows = rows.filter(Q(at__lt=moment) | Q(at=moment, pk__lt=number), at__lte=moment)
    found = list(rows.order_by("-at", "-pk")[: size + 1])
    _note(filters, actor=actor, at=at)
    more = f"{found[size - 1].at.isoformat()},{found[size - 1].pk}" if len(found) > size else ""
    return Page(tell(found[:size]), more)


def sample(filters: Filters, *, actor: Actor, at: datetime, size: int = 20, seed: int | None = None) -> list[Told]:
    """A few entries by chance for a spot check, newest first; the seed makes the draw repeatable.

    Raises NotAllowed.
    """
    require(actor, Permission.JOURNAL_VIEW)
    numbers = list(_matching(filters, actor).order_by("-at").values_list("pk", flat=True)[:100_000])
    drawn = random.Random(seed).sample(numbers, min(size, len(numbers)))
    _note(filters, actor=actor, at=at, drawn=len(drawn))
    return tell(JournalEntry.objects.filter(pk__in=drawn).order_by("-at", "-pk"))


@dataclass(frozen=True)
class Counts:
    """days: of each day in the period how many entries; kinds: how many of each event, the commonest first."""

    days: list[tuple[date, int]]
    kinds: list[tuple[str, int]]


def counts(filters: Filters, *, actor: Actor, on: date) -> Counts:
    """How many entries there are by day and kind, for at most the last half year.

    Raises NotAllowed.
    """
    require(actor, Permission.JOURNAL_VIEW)
    until = min(filters.until or on, on)
    first = max(filters.first or until - timedelta(days=29), until - timedelta(days=MOST_DAYS - 1))
    rows = _matching(replace(filters, first=first, until=until), actor).order_by()
    days = dict(rows.annotate(day=TruncDate("at")).values_list("day").annotate(n=Count("pk")))
    kinds = rows.values_list("event").annotate(n=Count("pk")).order_by("-n", "event")
    span = [first + timedelta(days=n) for n in range((until - first).days + 1)]
    return Counts([(day, days.get(day, 0)) for day in span], list(kinds))


class SealState(StrEnum):
    GOOD = "GOOD"
    TOUCHED = "TOUCHED"
    NOT_YET = "NOT_YET"


@dataclass(frozen=True)
class Detail:
    """One entry in full. fields: the detail's values by name, old and new; seal: its number where there is one."""

    told: Told
    area: str
    fields: list[tuple[str, str]]
    seal_state: SealState
    seal: int | None
    sealed_at: datetime | None


def entry(number: int, *, actor: Actor, at: datetime) -> Detail:
    """Raises NotAllowed, EntryNotFound."""
    require(actor, Permission.JOURNAL_VIEW)
    found = _matching(Filters(), actor).filter(pk=number).first()
    if found is None:
        raise EntryNotFound(number)
    record_look(
        Event.JOURNAL_SEARCHED, actor=actor, at=at, target_kind="journal", detail={"filters": [f"第 {number} 条"]}
    )
    state, seal = _seal_of(found)
    return Detail(
        told=tell([found])[0],
        area=office_words(found.area) if found.area else "",
        fields=[(PARTICULARS.get(name, name), _said(name, value)) for name, value in found.detail.items()],
        seal_state=state,
        seal=seal.pk if seal else None,
        sealed_at=seal.sealed_at if seal else None,
    )


def _seal_of(found: JournalEntry) -> tuple[SealState, JournalSeal | None]:
    link = JournalSeal.objects.filter(to_id__gte=found.pk).order_by("to_id").first()
    if link is None:
        return SealState.NOT_YET, None
    now = [leaf for _, leaf in leaves_of(found.pk - 1, found.pk)]
    good = [unpacked(bytes(link.leaves)).get(found.pk)] == now
    return (SealState.GOOD if good else SealState.TOUCHED), link


def _matching(filters: Filters, actor: Actor) -> QuerySet[JournalEntry]:
    rows = JournalEntry.objects.filter(office__range=scope_range(actor.office))
    if filters.person:
        rows = rows.filter(target_kind="person", target_id=filters.person)
    if filters.account:
        rows = rows.filter(account=filters.account)
    if filters.office:
        rows = rows.filter(office__range=scope_range(filters.office))
    if filters.event:
        rows = rows.filter(event=filters.event)
    if filters.check:
        rows = rows.filter(_condition(Check(filters.check)))
    if filters.from_id and filters.to_id:
        rows = rows.filter(pk__range=(filters.from_id, filters.to_id))
    return _within(rows, filters)


def _within(rows: QuerySet[JournalEntry], filters: Filters) -> QuerySet[JournalEntry]:
    if filters.first:
        rows = rows.filter(at__gte=_midnight(filters.first))
    if filters.until:
        rows = rows.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    return rows


def _condition(check: Check) -> Q:
    wanted = Q(event__in=[event.value for event in _EVENTS[check]])
    if check is Check.OUT_OF_HOURS:
        wanted &= Q(at__hour__gte=18) | Q(at__hour__lt=8) | Q(at__week_day__in=(1, 7))
    return wanted


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _place(after: str) -> tuple[datetime, int]:
    moment, _, number = after.rpartition(",")
    try:
        return datetime.fromisoformat(moment), int(number)
    except ValueError as error:
        raise BadPlace(after) from error


_TABLES: dict[str, Mapping[str, str]] = {"source": SOURCES, "state": STATES, "status": STATES, "fields": FIELDS}


def _said(name: str, value: object, *, depth: int = 0) -> str:
    """A particular of an entry in words; what no table knows stays as it is, what lies too deep is left out."""
    match value:
        case list() | dict() if depth > DEEPEST:
            return "…"
        case bool():
            return "是" if value else "否"
        case None:
            return "无"
        case list():
            return "、".join(_said(name, item, depth=depth + 1) for item in value)
        case dict():
            return "，".join(
                f"{PARTICULARS.get(key, key)} {_said(key, item, depth=depth + 1)}" for key, item in value.items()
            )
        case str() if name == "office":
            return office_words(value)
        case str() if name == "permission" and value in Permission.__members__:
            return Permission[value].label
        case str() if name == "kind":
            return CASES.get(value, value)
        case _:
            return _TABLES.get(name, {}).get(str(value), str(value))


def _note(filters: Filters, *, actor: Actor, at: datetime, drawn: int = 0) -> None:
    words = [f"{name} {value}" for name, value in filters.as_detail().items()]
    detail: dict[str, object] = {"filters": words} | ({"drawn": drawn} if drawn else {})
    record_look(Event.JOURNAL_SEARCHED, actor=actor, at=at, target_kind="journal", detail=detail)
