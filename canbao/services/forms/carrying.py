"""The printing of a village, step by step: read, look for characters nobody draws, give numbers, set the files, list them.

Killed and begun again it reads what it read before (as known then), keeps its numbers and sets only what is missing.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from canbao.outside.printing import typeset
from canbao.rules.forms import EDITION
from canbao.rules.offices import UnknownOffice, office_name
from canbao.rules.period import HERE
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import NOT_YET_BACK
from canbao.services import access, audit, jobs
from canbao.services.forms import contents
from canbao.services.forms.batch import NothingToPrint, Order, lines_of, office_words
from canbao.services.forms.contents import Bundle
from canbao.services.forms.printing import form_numbers, house_fonts, stamped
from canbao.services.forms.reading import Hole, Reading, Sheet, holes_in, lines
from canbao.store.models import Job, RegistrationForm, SurveyTask

LEFT_OUT = "left-out.json"
NAMED = 5  # holes that the refusal names one by one
AT_THE_SAME_TIME = 2  # files: the typesetter works outside Python
GETA = "〓"  # the printers' mark for a character that is not in the case


class SheetsNotPrintable(Exception):
    """Characters of some sheets are drawn by no font: nothing was printed."""

    def __init__(self, holes: Sequence[Hole]) -> None:
        super().__init__(len(holes))
        self.holes = holes
        self.sheets = len({hole.task_id for hole in holes})


def carry(job: Job, *, actor: Actor, on: date, at: datetime, progress: jobs.Progress) -> dict[str, Any]:
    """Print what a job asks for; returns its result.

    Raises access.NotAllowed, NothingToPrint, SheetsNotPrintable, jobs.Cancelled.
    """
    order = Order.of(job.arguments)
    access.require(actor, Permission.SURVEY_PRINT if order.masked else Permission.PERSON_UNMASK)
    rows = RegistrationForm.objects.filter(job_id=job.pk, task_id__isnull=False).order_by("place")
    numbered = {int(task_id or 0): number for task_id, number in rows.values_list("task_id", "number")}
    if numbered:
        at = rows.values_list("printed_at", flat=True)[0]
        on = at.astimezone(HERE).date()
    try:
        sheets, left = _read(job, order, list(numbered), actor, on, at, progress)
        numbers = list(numbered.values()) or _allocate(job, order, sheets, actor=actor, on=on, at=at)
        bundles = list(_bundles(order, list(zip(numbers, sheets, strict=True))))
        _set(job, order, bundles, actor, at, progress)
        progress.stage("写出目录")
        listed = contents.write(job, order, bundles, left, office=office_words(order.office), by=actor.account, at=at)
        _finish(job, order, len(sheets), actor=actor, at=at)
    except jobs.Cancelled:
        _throw_away(job)
        raise
    files = [*listed, *({"name": one.name, "forms": len(one.sheets)} for one in bundles)]
    return {"files": files, "forms": len(sheets), "left_out": len(left), "round": order.round_id}


def _read(
    job: Job, order: Order, again: list[int], actor: Actor, on: date, at: datetime, progress: jobs.Progress
) -> tuple[list[Sheet], list[Sheet]]:
    """The sheets to print and those that are left out. again: the lines that have their numbers from an earlier attempt."""
    rows = lines_of(order, actor=actor)
    if again:
        rows = SurveyTask.objects.filter(pk__in=again).order_by("office_path", "address_key", "id")
    progress.stage("读取登记信息", total=rows.count())
    read = Reading(masked=order.masked, on=on, at=at, actor=actor)
    sheets = list(read.sheets(lines(rows), told=progress.step))
    if again:
        place = {task_id: n for n, task_id in enumerate(again)}
        sheets.sort(key=lambda sheet: place[sheet.task_id])
        return sheets, [Sheet(**one) for one in json.loads(_kept(job).read_text(encoding="utf-8"))]
    sheets, left = _printable(sheets, leave_out=order.leave_out)
    if not sheets:
        raise NothingToPrint
    keep(_kept(job), json.dumps([_plain(one) for one in left], ensure_ascii=False).encode())
    return sheets, left


def _printable(sheets: list[Sheet], *, leave_out: bool) -> tuple[list[Sheet], list[Sheet]]:
    holes = holes_in(sheets, house_fonts())
    if holes and not leave_out:
        raise SheetsNotPrintable(holes)
    missing: dict[int, str] = defaultdict(str)
    for hole in holes:
        missing[hole.task_id] += hole.character
    marked = [_left(one, missing[one.task_id]) if one.task_id in missing else one for one in sheets]
    return [one for one in marked if one.data], [one for one in marked if not one.data]


def _left(sheet: Sheet, missing: str) -> Sheet:
    """For the list of contents, which has to be drawn as well."""
    gaps = str.maketrans(dict.fromkeys(missing, GETA))
    codes = "、".join(f"U+{ord(character):04X}" for character in missing)
    return replace(
        sheet,
        data="",
        why=f"字库缺字：{codes}",
        name=sheet.name.translate(gaps),
        address=sheet.address.translate(gaps),
    )


def _plain(sheet: Sheet) -> dict[str, Any]:
    return {name: getattr(sheet, name) for name in ("task_id", "person_id", "office", "name", "address", "why")}


@transaction.atomic
def _allocate(job: Job, order: Order, sheets: list[Sheet], *, actor: Actor, on: date, at: datetime) -> list[str]:
    """A number and a row for each sheet, and a look at each person, before anything is set: all or none."""
    numbers = form_numbers(len(sheets), on)
    RegistrationForm.objects.bulk_create(
        (
            RegistrationForm(
                number=number, version=EDITION, person_id=sheet.person_id, person_version=sheet.version,
                masked=order.masked, reason=order.why, printed_by=actor.account, printed_at=at,
                office_path=sheet.office, task_id=sheet.task_id, job_id=job.pk, place=place,
            )
            for place, (number, sheet) in enumerate(zip(numbers, sheets, strict=True), start=1)
        ),
        batch_size=1000,
    )  # fmt: skip
    shown = "部分隐藏" if order.masked else "原文"
    audit.record_all(
        (
            audit.Line(
                audit.Event.FORM_PRINTED, "person", str(sheet.person_id), order.why,
                {"number": number, "shown": shown, "reason": order.why}, sheet.office,
            )
            for number, sheet in zip(numbers, sheets, strict=True)
            if sheet.person_id
        ),
        actor=actor, at=at,
    )  # fmt: skip
    return numbers


def _bundles(order: Order, numbered: list[tuple[str, Sheet]]) -> Iterator[Bundle]:
    """Village by village, a file for so many sheets; villages of the same name are told apart by those above them."""
    by_office: dict[str, list[tuple[str, Sheet]]] = defaultdict(list)
    for number, sheet in numbered:
        by_office[sheet.office].append((number, sheet))
    for office, own in by_office.items():
        name = _file_words(office, among=list(by_office))
        for first in range(0, len(own), order.per_file):
            part = first // order.per_file + 1
            yield Bundle(f"登记表-{name}-{part:02d}.pdf", tuple(own[first : first + order.per_file]))


def _file_words(office: str, *, among: list[str]) -> str:
    try:
        name = office_name(office)
        alone = sum(office_name(other) == name for other in among) == 1
    except UnknownOffice:
        return office
    words = name if alone else f"{office_words(office)}-{office}"
    return "".join("_" if character in '\\/:*?"<>|' or character.isspace() else character for character in words)[:60]


def _set(job: Job, order: Order, bundles: list[Bundle], actor: Actor, at: datetime, progress: jobs.Progress) -> None:
    """Each file whole or not at all; what an earlier attempt has set stays."""
    progress.stage("排版", total=sum(len(one.sheets) for one in bundles))
    pool = ThreadPoolExecutor(AT_THE_SAME_TIME)
    try:
        for bundle, set_ in [(one, pool.submit(_set_one, job, order, one, actor, at)) for one in bundles]:
            set_.result()
            progress.step(len(bundle.sheets))
    finally:
        pool.shutdown(cancel_futures=True)


def _set_one(job: Job, order: Order, bundle: Bundle, actor: Actor, at: datetime) -> None:
    """Without the database: it runs beside another."""
    target = jobs.export_path(job.pk, bundle.name)
    if target.exists():
        return
    forms = [
        json.loads(sheet.data) | stamped(number, masked=order.masked, by=actor.account, at=at)
        for number, sheet in bundle.sheets
    ]
    keep(target, typeset("registration", forms, version=EDITION, fonts=house_fonts()))


@transaction.atomic
def _finish(job: Job, order: Order, count: int, *, actor: Actor, at: datetime) -> None:
    """The lines know their newest sheet; what has come back meanwhile keeps the one that came back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update survey_task t set form_number = f.number from registration_form f"
            " where f.job_id = %s and t.id = f.task_id and t.state = any(%s)",
            [job.pk, [state.value for state in NOT_YET_BACK]],
        )
    audit.record(
        audit.Event.FORMS_PRINTED, actor=actor, at=at, target_kind="round", target_id=str(order.round_id),
        basis=order.why, area=order.office,
        detail={"people": count, "shown": "部分隐藏" if order.masked else "原文", "reason": order.why, "job": job.pk},
    )  # fmt: skip


def _kept(job: Job) -> Path:
    return jobs.export_path(job.pk, LEFT_OUT)


def keep(target: Path, content: bytes) -> None:
    """For nobody else's eyes, and at its place only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(target)


def _throw_away(job: Job) -> None:
    """Nobody gets the files of a job that was stopped."""
    for file in jobs.export_path(job.pk, LEFT_OUT).parent.glob("*"):
        file.unlink(missing_ok=True)
