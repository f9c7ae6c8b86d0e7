"""The plain list for the village worker's bag: by address, household after household, what to ask and where to tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from canbao.outside.printing import typeset
from canbao.rules.answers import BY_NAME
from canbao.rules.codes import Scheme
from canbao.rules.forms import EDITION
from canbao.rules.offices import VILLAGE_PATH
from canbao.rules.period import HERE
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome, Suggestion, VisitReason
from canbao.services import access, audit, jobs, showing
from canbao.services.forms.batch import NothingToPrint, Order, TooMany, how_many, lines_of, office_words, short_words
from canbao.services.forms.carrying import keep
from canbao.services.forms.printing import house_fonts
from canbao.services.forms.reading import Hole
from canbao.store.models import Job, SurveyRound, SurveyTask

MOST = 40_000  # lines in one list
AT_ONCE = 2_000  # lines in one file


class LinesNotPrintable(Exception):
    """Characters of some lines are drawn by no font: the list was not printed."""

    def __init__(self, holes: Sequence[Hole]) -> None:
        super().__init__(len(holes))
        self.holes = holes


@transaction.atomic
def start(order: Order, *, actor: Actor, at: datetime) -> Job:
    """Put the list in the queue. Raises access.NotAllowed, NothingToPrint, TooMany."""
    count = how_many(order, actor=actor)
    if not count:
        raise NothingToPrint
    if count > MOST:
        raise TooMany(count)
    given = {"round_id": order.round_id, "office": order.office, "fresh": order.fresh, "reasons": list(order.reasons)}
    label = f"打印走访名单 {count} 人：{office_words(order.office)}"
    return jobs.start(jobs.Kind.PRINT_LIST, label=label, arguments=given, actor=actor, at=at)


@transaction.atomic
def carry(job: Job, *, actor: Actor, on: date, at: datetime) -> dict[str, Any]:
    """Set the list a job asks for; returns its result. Raises access.NotAllowed, NothingToPrint, LinesNotPrintable."""
    access.require(actor, Permission.SURVEY_PRINT)
    order = Order.of(job.arguments)
    rows = list(lines_of(order, actor=actor))
    if not rows:
        raise NothingToPrint
    if holes := _holes(rows):
        raise LinesNotPrintable(holes)
    files = []
    for first in range(0, len(rows), AT_ONCE):
        part = f"-{first // AT_ONCE + 1:02d}" if len(rows) > AT_ONCE else ""
        name, some = f"走访名单{part}.pdf", rows[first : first + AT_ONCE]
        keep(jobs.export_path(job.pk, name), _pdf(order, some, first, len(rows), actor, on, at))
        files.append({"name": name, "forms": len(some)})
    audit.record(
        audit.Event.LIST_PRINTED, actor=actor, at=at, target_kind="round", target_id=str(order.round_id),
        detail={"rows": len(rows)}, area=order.office,
    )  # fmt: skip
    return {"files": files, "lines": len(rows), "round": order.round_id}


def _holes(rows: Sequence[SurveyTask]) -> list[Hole]:
    texts = ["".join((row.name, row.address or "", row.phone or "", row.suggested_by_list)) for row in rows]
    return [
        Hole(one.place + 1, rows[one.place].person_id, rows[one.place].pk, rows[one.place].name, one.character)
        for one in house_fonts().holes(texts)
    ]


def _pdf(
    order: Order, rows: Sequence[SurveyTask], first: int, total: int, actor: Actor, on: date, at: datetime
) -> bytes:
    round_ = SurveyRound.objects.get(pk=order.round_id)
    given = {
        "round": round_.name,
        "office": office_words(order.office),
        "foot": short_words(order.office),
        "part": f"　第 {first // AT_ONCE + 1} 册" if total > AT_ONCE else "",
        "due": round_.due_on.isoformat(),
        "total": str(total),
        "outcomes": [outcome.label for outcome in Outcome],
        "printed": f"{actor.account} {at.astimezone(HERE):%Y-%m-%d %H:%M} 打印",
        "homes": list(_homes(rows, first, on, one_village=len(order.office) == VILLAGE_PATH)),
    }
    return typeset("bag", [given], version=EDITION, fonts=house_fonts())


def _homes(rows: Sequence[SurveyTask], first: int, on: date, *, one_village: bool) -> Iterator[dict[str, Any]]:
    """Households in the order of the doors; who stands in none, or at another door, is a household of his own."""
    home: dict[str, Any] = {}
    key: tuple[str, ...] = ()
    for place, row in enumerate(rows, start=first + 1):
        here = (row.office_path, row.household_no or str(row.pk), row.address_key)
        if here != key:
            if home:
                yield home
            key = here
            home = {
                "village": "" if one_village else short_words(row.office_path),
                "address": row.address or "",
                "people": [],
            }
        home["people"].append(_line(row, place, on))
    if home:
        yield home


def _line(row: SurveyTask, place: int, on: date) -> list[str]:
    sex = showing.fact("sex", row.sex, on=on).text.removesuffix("性")
    phone = showing.fact("phone", row.phone or "", on=on).text
    return [str(place), row.name, sex, _age(row.birth_date, on), _reasons(row), _ask(row), _suggestion(row), phone]


def _age(born: date | None, on: date) -> str:
    return str(on.year - born.year - ((on.month, on.day) < (born.month, born.day))) if born else ""


def _reasons(row: SurveyTask) -> str:
    return "、".join(VisitReason(one).label for one in row.reasons)


def _ask(row: SurveyTask) -> str:
    """What is missing: schemes, then items of the form."""
    parts = [
        ("应参加", [Scheme(one).label for one in row.must_join]),
        ("可参加", [Scheme(one).label for one in row.may_join]),
        ("补采", [BY_NAME[one].label if one in BY_NAME else one for one in row.asks]),
    ]
    return "；".join(f"{head}：{'、'.join(words)}" for head, words in parts if words)


def _suggestion(row: SurveyTask) -> str:
    if not row.suggestion:
        return ""
    words = Suggestion(row.suggestion).label
    return f"{words}（{row.suggested_by_list}）" if row.suggested_by_list else words
