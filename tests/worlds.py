"""Small readable worlds: offices, accounts, people, without deliveries or matching."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zlib import crc32

from canbao.rules.identity import check_digit
from canbao.rules.names import name_key
from canbao.rules.offices import OfficeKind, offices
from canbao.rules.roles import Actor, Role
from canbao.services.audit.journal import Line, append
from canbao.store.models import Account, Person, Post, SurveyRound, SurveyTask
from tests.journal import dated

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ON = date(2026, 11, 20)
LONG_AGO = date(2020, 1, 1)


def number(serial: int, born: str = "19900101") -> str:
    """An invented citizen number."""
    first = f"500901{born}{serial:03d}"
    return first + check_digit(first)


@cache
def town_offices(count: int = 2) -> tuple[str, ...]:
    """Paths of towns of one district that exist on ON, each with villages below."""
    held = [o.path for o in offices() if o.period.contains(ON)]
    villages = {path[:15] for path in held if len(path) == 18}
    district = next(path[:6] for path in sorted(villages) if sum(v[:6] == path[:6] for v in villages) >= count)
    return tuple(sorted(path for path in villages if path[:6] == district))[:count]


@cache
def village_office(town: str) -> str:
    """A village below a town, today."""
    return min(
        o.path
        for o in offices()
        if o.kind is OfficeKind.VILLAGE_COMMITTEE and o.path.startswith(town) and o.period.contains(ON)
    )


@cache
def foreign_town(own: str) -> str:
    """A town of another district."""
    return min(
        o.path
        for o in offices()
        if o.kind is OfficeKind.TOWN_OFFICE and not o.path.startswith(own[:6]) and o.period.contains(ON)
    )


def office_for(role: Role, town: str) -> str:
    """Where a role has its post, so that `town` lies in its area."""
    if role is Role.VILLAGE_SURVEYOR:
        return village_office(town)
    if role.value.startswith("TOWN"):
        return town
    return town[:6] if role.value.startswith("DISTRICT") else "50"


def bare_account(name: str, office: str = "50", **more: Any) -> Account:
    """An account of a person of its own, without a post; the same when it exists."""
    given = {
        "real_name": name, "staff_number": f"T{crc32(name.encode()):08X}", "office": office, "password": "!",
        "must_change_password": False, "password_set_at": AT, "created_by": "sys", "created_at": AT,
    } | more  # fmt: skip
    return Account.objects.get_or_create(name=name, defaults=given)[0]


def account(name: str, role: Role, office: str, **more: Any) -> Account:
    """An account that may work at once: no password to change, a post since long ago, asked for and granted by two others."""
    made = bare_account(name, office, **more)
    for administrator in ("sys", "sec"):
        bare_account(administrator)
    Post.objects.create(
        account=made, role=role.value, office=office, valid_from=LONG_AGO,
        asked_by="sys", asked_at=AT, granted_by="sec", granted_at=AT,
    )  # fmt: skip
    return made


def person(person_id: int, office: str, *, name: str = "张三", **facts: Any) -> Person:
    """Somebody of an office with a number made of his id."""
    born = facts.pop("birth_date", date(1990, 1, 1))
    given = {
        "doc_type": "01", "doc_number": number(person_id, f"{born:%Y%m%d}"), "sex": "1", "gap": "NONE_AT_ALL",
        "scope": "LOCAL_HUKOU",
    } | facts  # fmt: skip
    return Person.objects.create(
        id=person_id, name=name, name_key=name_key(name), birth_date=born, office_path=office,
        valid_from=LONG_AGO, recorded_at=AT, basis="test", **given,
    )  # fmt: skip


def journal_entries(lines: Iterable[Line], *, actor: Actor, at: datetime, step: timedelta = timedelta(0)) -> None:
    """Entries of any moment, each a step after the one before, looks too; counted against no budget."""
    with dated(at, step=step):
        append(lines, actor=actor)


def survey_round(office: str = "50", **facts: Any) -> SurveyRound:
    """An open round whose list has been built."""
    given = {
        "name": "2026年入户调查", "reasons": ["NOT_ENROLLED"], "asked_items": [], "due_on": date(2026, 12, 31), "state": "OPEN",
        "opened_by": "city", "opened_at": AT, "built_at": AT,
    } | facts  # fmt: skip
    return SurveyRound.objects.create(office=office, **given)


def survey_task(round_: SurveyRound, who: Person, **facts: Any) -> SurveyTask:
    """The line of a person, handed down to the office that answers for him."""
    given = {
        "office_path": who.office_path, "held_at": who.office_path, "name": who.name, "sex": who.sex,
        "birth_date": who.birth_date, "address": who.home_address, "address_key": who.home_address or "",
        "phone": who.phone, "household_no": who.household_no, "reasons": ["NOT_ENROLLED"], "state": "TO_VISIT",
        "due_on": round_.due_on, "dispatched_at": AT,
    } | facts  # fmt: skip
    return SurveyTask.objects.create(round_id=round_.pk, person_id=who.pk, **given)
