"""A look-up by number with a purpose: counted against the quota, on record with its purpose, only the granted fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from canbao.rules.division import CITY
from canbao.rules.identity import clean
from canbao.rules.permissions import Permission
from canbao.rules.purposes import Purpose
from canbao.rules.roles import Actor, Role
from canbao.rules.terminals import counted_address
from canbao.services import access, audit, registry, showing
from canbao.services.clients.keeping import Client
from canbao.services.lookup.noting import number_terms
from canbao.store.models import JournalEntry, Person, PersonDocument

STRANGER = Actor(account="api:?", role=Role.EXTERNAL_SYSTEM, office=CITY)
QUIET = timedelta(minutes=1)


class UnknownPurpose(Exception):
    """The client was not granted this purpose."""


class QuotaSpent(Exception):
    """The client has asked as often today as it may."""

    def __init__(self, quota: int) -> None:
        super().__init__(quota)
        self.quota = quota


def look_up(number: str, *, purpose: Purpose, client: Client, on: date, at: datetime) -> dict[str, Any]:
    """The granted fields of the person who has this number, masked as on screen.

    Raises UnknownPurpose, QuotaSpent, access.NotFound (not registered, or outside the client's area; on record too).
    """
    access.require(client.actor, Permission.CLIENT_LOOK_UP)
    if purpose not in client.purposes:
        _refused(client, "用途未获批准", purpose, at)
        raise UnknownPurpose(purpose)
    try:
        _count(client, on)
    except QuotaSpent:
        _refused(client, "当日次数已用完", purpose, at)
        raise
    with access.acting_as(client.actor):
        person = _holder(clean(number), client)
        _note(client, purpose, number, person, at)
        if person is not None:
            area = access.people_range(client.actor)
            known = registry.as_of(person.pk, valid_on=on, known_at=at, area=area)
            return showing.for_client(known, fields=client.fields)
    raise access.NotFound


def note_wrong_token(*, terminal: str, at: datetime) -> None:
    """Somebody came with a token nobody has; once a minute from each terminal, so that guessing does not fill the journal."""
    counted = counted_address(terminal)
    with access.acting_as(STRANGER):
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"canbao.wrong_token {counted}"])
        lately = JournalEntry.objects.filter(
            event=audit.Event.CLIENT_REFUSED, account=STRANGER.account, detail__counted_from=counted, at__gt=at - QUIET
        )
        if not lately.exists():
            audit.record_look(
                audit.Event.CLIENT_REFUSED, actor=STRANGER, at=at, target_kind="client", target_id="?",
                detail={"reason": "令牌无效或已停用", "counted_from": counted},
            )  # fmt: skip


def _refused(client: Client, reason: str, purpose: Purpose, at: datetime) -> None:
    audit.record_look(
        audit.Event.CLIENT_REFUSED, actor=client.actor, at=at, target_kind="client",
        target_id=client.actor.account.removeprefix("api:"), detail={"reason": reason, "purpose": purpose.label},
    )  # fmt: skip


def _count(client: Client, on: date) -> None:
    """One more today, unless that is too many: a single statement, so that two at once cannot both be the last."""
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into api_use (client_id, "on", count) values (%s, %s, 1)'
            ' on conflict (client_id, "on") do update set count = api_use.count + 1 where api_use.count < %s',
            [client.client_id, on, client.quota],
        )
        if not cursor.rowcount:
            raise QuotaSpent(client.quota)


def _holder(number: str, client: Client) -> Person | None:
    """Whose valid number this is; else the one person who was once known by it."""
    people = access.within(Person.objects.all(), client.actor)
    if holders := list(people.filter(doc_number=number)[:2]):
        return holders[0] if len(holders) == 1 else None
    known = access.within(PersonDocument.objects.filter(number=number), client.actor)
    ids = set(known.values_list("person_id", flat=True)[:2])
    return people.filter(pk=ids.pop()).first() if len(ids) == 1 else None


def _note(client: Client, purpose: Purpose, number: str, person: Person | None, at: datetime) -> None:
    """number: as it was asked for; only its digests are kept, so that numbers tried one after another are seen."""
    audit.record_look(
        audit.Event.CLIENT_LOOKED_UP, actor=client.actor, at=at, target_kind="person" if person else "nobody",
        target_id=str(person.pk) if person else "", area=person.office_path if person else "",
        detail={"purpose": purpose.label, "fields": list(client.fields) if person else []} | number_terms(clean(number)),
    )  # fmt: skip
