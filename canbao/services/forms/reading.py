"""The lines of a village as filled forms, some hundred at a time: what is on each, and whether every character can be drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from canbao.outside.printing import Fonts, texts_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, registry, showing
from canbao.services.forms.filling import filled, filled_of_found
from canbao.services.forms.knowing import clear_for, known_of
from canbao.store.models import FoundPerson, SurveyTask

AT_ONCE = 200
GONE = "登记已终结，或已不由本机构负责"
_LINE = ("id", "person_id", "found_id", "office_path", "name", "address")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One line of the list with its form. data: as JSON, so that a village fits into memory; "" where there is none (then why says so)."""

    task_id: int
    person_id: int | None
    office: str
    name: str
    address: str
    data: str = ""
    version: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """A character that no font draws: on whose sheet, at which place of the list (from 1)."""

    place: int
    person_id: int | None
    task_id: int
    name: str
    character: str

    @property
    def words(self) -> str:
        whose = f"登记 {self.person_id}" if self.person_id else f"名单 {self.task_id}"
        return f"第 {self.place} 行（{whose}）的“{self.character}”（U+{ord(self.character):04X}）"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the register is read: as of a day, as known at an instant, so that a job begun again reads the same."""

    masked: bool
    on: date
    at: datetime
    actor: Actor

    def sheets(self, lines: Iterable[SurveyTask], *, told: Callable[[float], None]) -> Iterator[Sheet]:
        """In the order of the lines. Raises access.NotAllowed."""
        group: list[SurveyTask] = []
        for line in lines:
            group.append(line)
            if len(group) == AT_ONCE:
                yield from self._of_group(group)
                told(len(group))
                group = []
        yield from self._of_group(group)
        told(len(group))

    def _of_group(self, lines: Sequence[SurveyTask]) -> Iterator[Sheet]:
        people = [line.person_id for line in lines if line.person_id]
        views = registry.views_of(
            people, valid_on=self.on, known_at=self.at, actor=self.actor, need=Permission.SURVEY_PRINT
        )
        known = known_of(list(views.values()), masked=self.masked, on=self.on, actor=self.actor, at=self.at)
        found = self._found([line.found_id for line in lines if line.found_id and line.person_id not in known])
        for line in lines:
            here = known.get(line.person_id or 0)
            if here:
                yield self._sheet(line, filled(here), here.view.facts["version"])
            elif line.found_id in found:
                yield self._sheet(line, self._of_found(found[line.found_id]))
            else:
                yield self._sheet(line, None)

    def _found(self, ids: list[int]) -> dict[int, FoundPerson]:
        return access.within(FoundPerson.objects.filter(pk__in=ids), self.actor).in_bulk() if ids else {}

    def _of_found(self, found: FoundPerson) -> dict[str, Any]:
        clear = clear_for(masked=self.masked, at=self.at)
        return filled_of_found(vars(found), office=found.office_path, on=self.on, clear=clear)

    def _sheet(self, line: SurveyTask, data: dict[str, Any] | None, version: int | None = None) -> Sheet:
        clear = clear_for(masked=self.masked, at=self.at)
        return Sheet(
            task_id=line.pk,
            person_id=line.person_id,
            office=line.office_path,
            name=line.name,
            address=showing.fact("home_address", line.address or "", on=self.on, clear=clear).text,
            data="" if data is None else json.dumps(data, ensure_ascii=False),
            version=version,
            why=GONE if data is None else "",
        )


def holes_in(sheets: Sequence[Sheet], fonts: Fonts) -> list[Hole]:
    """Every character that cannot be drawn, on the forms and on the list of contents."""
    texts = ["".join((sheet.name, sheet.address, *_words(sheet.data))) for sheet in sheets]
    found = []
    for missing in fonts.holes(texts):
        sheet = sheets[missing.place]
        found.append(Hole(missing.place + 1, sheet.person_id, sheet.task_id, sheet.name, missing.character))
    return found


def _words(data: str) -> Iterator[str]:
    return texts_of(json.loads(data)) if data else iter(())


def lines(rows: Any) -> Iterator[SurveyTask]:
    """The few columns that a form takes."""
    return iter(rows.only(*_LINE).iterator(chunk_size=AT_ONCE))
