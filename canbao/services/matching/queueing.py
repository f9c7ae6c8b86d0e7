"""The cases that wait for somebody: counted, listed, and handed out one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Left

from canbao.bulk.matching.cases import NOBODY
from canbao.bulk.sqltext import SQL, checked, sql
from canbao.rules.division import CITY
from canbao.rules.match_labels import CaseKind
from canbao.rules.offices import scope_range
from canbao.rules.period import HERE, day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.store.models import UNDECIDED, CaseState, MatchCase, MatchCaseOpinion, MatchCaseRecord, MatchRun, Person

CLAIM = timedelta(minutes=5)
OWN = "own"  # as an office: the actor's alone, without those below
PAGE = 50


@dataclass(frozen=True)
class Progress:
    """What an account decided today; pace: seconds between one decision and the next, pauses left out."""

    decided: int
    pace: float | None
    last: Sequence[MatchCaseOpinion]


@dataclass(frozen=True)
class Agreement:
    """How the second, blind opinions compare with the first."""

    twice: int
    agreed: int

    @property
    def percent(self) -> float | None:
        return 100 * self.agreed / self.twice if self.twice else None


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody of a case, as a list tells cases apart. name, born: as the first record of the person has them; office: today's."""

    person_id: int
    name: str
    born: str
    office: str


@dataclass(frozen=True)
class Page:
    """cases: with `found_on`, the day each was first found; people: who each is about, in the order of its records.

    after: what to ask for next, "" at the end.
    """

    cases: list[MatchCase]
    found_on: dict[int, date]
    after: str
    people: dict[int, list[Named]] = field(default_factory=dict)


def counts_by_kind(actor: Actor) -> dict[CaseKind, int]:
    """The undecided cases of the actor's area; every kind is named. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_VIEW)
    rows = access.within(MatchCase.objects.filter(state__in=UNDECIDED), actor)
    found = dict(rows.values_list("kind").annotate(n=Count("pk")))
    return {kind: found.get(kind, 0) for kind in CaseKind}


def seconds_waiting(actor: Actor) -> int:
    """How many cases of the area wait for this account to judge them a second time. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_DECIDE)
    rows = access.within(MatchCase.objects.filter(state=CaseState.SECOND), actor)
    own = MatchCaseOpinion.objects.filter(case_id=OuterRef("pk"), account=actor.account)
    return rows.filter(~Exists(own)).count()


def counts_below(actor: Actor, kind: str) -> list[tuple[str, int]]:
    """The undecided cases of a kind by the offices just below the actor's. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_VIEW)
    width = 6 if actor.office == CITY else 15
    rows = access.within(MatchCase.objects.filter(state__in=UNDECIDED, kind=kind), actor)
    below = rows.annotate(below=Left("office_path", width)).values_list("below").annotate(n=Count("pk"))
    return [(path, n) for path, n in below.order_by("below") if path != actor.office]


@transaction.atomic
def list_cases(actor: Actor, *, kind: str, state: str = "", office: str = "", after: str = "", at: datetime) -> Page:
    """A page of a kind's cases, those to be decided by turn and age, settled ones the newest first.

    The list is on record, and each person that it names. state: "" for all undecided; office: a path with all below it,
    OWN. Raises access.NotAllowed.
    """
    access.require(actor, Permission.CASE_VIEW)
    waiting = not state or state in UNDECIDED
    rows = access.within(MatchCase.objects.filter(kind=kind), actor)
    rows = rows.filter(state__in=(state,) if state else UNDECIDED)
    if office:
        rows = (
            rows.filter(office_path=actor.office)
            if office == OWN
            else rows.filter(office_path__range=scope_range(office))
        )
    if after:
        turn, _, last = after.partition(".")
        later = Q(turn__gt=int(turn)) | Q(turn=int(turn), pk__gt=int(last))
        rows = rows.filter(later if waiting else Q(pk__lt=int(last)))
    found = list(rows.order_by("turn", "pk")[: PAGE + 1] if waiting else rows.order_by("-pk")[: PAGE + 1])
    detail: dict[str, object] = {"kind": kind, "state": state, "office": office, "rows": len(found[:PAGE])}
    people = _people([one.pk for one in found[:PAGE]], actor)
    listed = audit.Line(audit.Event.CASES_LISTED, "case", detail=detail, area=actor.office)
    audit.record_looks([listed, *_named(found[:PAGE], people)], actor=actor, at=at, count=1)
    last_shown = found[PAGE - 1] if len(found) > PAGE else None
    after = f"{last_shown.turn}.{last_shown.pk}" if last_shown else ""
    return Page(found[:PAGE], _found_on(found), after, people)


def _named(cases: Sequence[MatchCase], people: dict[int, list[Named]]) -> list[audit.Line]:
    """A line for each person whom a list names, of the office responsible for the person: so that it can be told who looked."""
    offices = {
        person.person_id: person.office or case.office_path
        for case in cases
        for person in people.get(case.pk, ())
        if person.person_id != NOBODY
    }
    return [
        audit.Line(audit.Event.CASES_LISTED, "person", str(person_id), area=office)
        for person_id, office in offices.items()
    ]


def _people(cases: Sequence[int], actor: Actor) -> dict[int, list[Named]]:
    """Each person of a case once; the row of an explaining list first."""
    rows = MatchCaseRecord.objects.filter(case_id__in=cases).order_by("case_id", "person_id", "place")
    firsts = {(row.case_id, row.person_id): row for row in reversed(rows)}
    known = access.within(Person.objects.filter(pk__in={person for _, person in firsts}), actor)
    offices = dict(known.values_list("pk", "office_path"))
    found: dict[int, list[Named]] = {}
    for (case_id, person_id), row in sorted(firsts.items()):
        said = Named(
            person_id, row.facts.get("name") or "", row.facts.get("birth_date") or "", offices.get(person_id, "")
        )
        found.setdefault(case_id, []).append(said)
    return found


def _found_on(cases: Sequence[MatchCase]) -> dict[int, date]:
    began = dict(MatchRun.objects.filter(pk__in={c.first_run_id for c in cases}).values_list("pk", "started_at"))
    return {c.pk: day_of(began[c.first_run_id]) for c in cases if c.first_run_id in began}


Turn = tuple[int, int]  # where a case stands in the order of its kind: turn and number
FIRST: Turn = (-1, 0)


def turn_of(actor: Actor, case_id: int) -> Turn:
    """Where a case of the area stands; FIRST for one that is not there. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_VIEW)
    rows = access.within(MatchCase.objects.filter(pk=case_id), actor).values_list("turn", "pk")
    return rows.first() or FIRST


# The clerk who takes a case keeps others off it for five minutes; two who ask at once never get the same.
def _taking(beyond: SQL, way: SQL) -> SQL:
    return sql(
        """
update match_case set claimed_by = %(account)s, claimed_at = %(at)s where id = (
    select c.id from match_case c
    where c.state in ('OPEN', 'SECOND', 'ESCALATED') and c.kind = %(kind)s and c.office_path between %(lo)s and %(hi)s
    and (c.state <> 'ESCALATED' or %(office)s = '50' or length(c.office_path) > length(%(office)s))
    and (c.claimed_at is null or c.claimed_at < %(stale)s or c.claimed_by = %(account)s)
    and not exists (select 1 from match_case_opinion o where o.case_id = c.id and o.account = %(account)s)
    and c.id <> %(skip)s and {beyond}
    order by c.turn {way}, c.id {way} limit 1 for update of c skip locked)
returning id
""",
        beyond=beyond,
        way=way,
    )


_FORWARD = _taking(sql("(c.turn, c.id) > (%(turn)s, %(place)s)"), sql("asc"))
_BACK = _taking(sql("(c.turn, c.id) < (%(turn)s, %(place)s)"), sql("desc"))


@transaction.atomic
def take_next(
    actor: Actor, *, kind: str, at: datetime, skip: int = 0, office: str = "", after: Turn = FIRST, back: bool = False
) -> int | None:
    """The next case of a kind that waits for this account, kept for it; None when there is none.

    after: where the last one stood, FIRST for the oldest; back: the one before it instead. skip: a case not to be given.
    Raises access.NotAllowed.
    """
    access.require(actor, Permission.CASE_DECIDE)
    lowest, highest = access.people_range(actor)
    if office == OWN:
        lowest = highest = actor.office
    elif office:
        lowest, highest = max(lowest, office), min(highest, office + "~")
    values: dict[str, Any] = {
        "account": actor.account, "at": at, "kind": kind, "lo": lowest, "hi": highest, "office": actor.office,
        "stale": at - CLAIM, "skip": skip, "turn": after[0], "place": after[1],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(checked(_BACK if back else _FORWARD), values)
        row = cursor.fetchone()
        return int(row[0]) if row else None


@transaction.atomic
def claim(actor: Actor, case_id: int, *, at: datetime) -> str:
    """Keep a case that was opened by its number. Returns the account that has it already, or "".

    Raises access.NotAllowed, access.NotFound.
    """
    case = access.case(actor, case_id, need=Permission.CASE_DECIDE, lock=True)
    if case.claimed_at and case.claimed_by != actor.account and case.claimed_at >= at - CLAIM:
        return case.claimed_by
    MatchCase.objects.filter(pk=case_id).update(claimed_by=actor.account, claimed_at=at)
    return ""


_PACE = """
select count(*), avg(gap) filter (where gap <= 300) from (
    select extract(epoch from at - lag(at) over (order by at)) as gap from match_case_opinion
    where account = %s and at >= %s and bulk_id is null) x
"""


def progress(actor: Actor, *, at: datetime) -> Progress:
    """The actor's own day."""
    began = datetime.combine(day_of(at), datetime.min.time(), HERE)
    with connection.cursor() as cursor:
        cursor.execute(_PACE, [actor.account, began])
        decided, pace = cursor.fetchone() or (0, None)
    mine = MatchCaseOpinion.objects.filter(account=actor.account, at__gte=began, bulk_id=None)
    return Progress(int(decided), None if pace is None else float(pace), list(mine.order_by("-at", "-pk")[:10]))


def agreement(actor: Actor) -> Agreement:
    """Of the cases of the area decided twice, how many alike. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_VIEW)
    rows = access.within(MatchCaseOpinion.objects.filter(agrees__isnull=False), actor)
    found = rows.aggregate(twice=Count("pk"), agreed=Count("pk", filter=Q(agrees=True)))
    return Agreement(found["twice"], found["agreed"])
