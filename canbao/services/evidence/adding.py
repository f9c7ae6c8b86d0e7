"""Take a paper in: looked at, scanned, locked away, and attached to the line it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from canbao.outside import papers, viruses
from canbao.outside.vault import digest_of
from canbao.rules.answers import BY_NAME
from canbao.rules.evidence import EvidenceKind, archive_class
from canbao.rules.period import HERE
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.evidence.keeping import vault, work_root
from canbao.services.evidence.refusing import BadFile, SameTwice, TookTooLongError
from canbao.services.evidence.turns import own_turn
from canbao.store.models import Evidence, EvidenceFile, SurveyTask

MOST_FILES: Final = 20  # of one paper
MOST_AT_ONCE: Final = 100 * 1024 * 1024  # of all of them: they are looked at in memory, of several clerks at a time
MOST_SECONDS: Final = (
    30.0  # to open and scan all of them: a page that waits holds one of the few threads of its process
)


class NoFiles(Exception):
    """No file, or more than MOST_FILES."""


class TooMuch(Exception):
    """Together more than MOST_AT_ONCE."""


class NoItem(Exception):
    """The form has no such item."""


class IssuedLater(Exception):
    """The paper is said to be made on a day that has not come."""


@dataclass(frozen=True, slots=True)
class _Checked:
    content: bytes
    digest: str
    looked: papers.Looked
    scanned: viruses.Scanned


def add(
    task_id: int,
    *,
    files: Sequence[tuple[str, bytes]],
    kind: EvidenceKind,
    items: Iterable[str] = (),
    paper_number: str = "",
    issuer: str = "",
    issued_on: date | None = None,
    actor: Actor,
    at: datetime,
) -> Evidence:
    """Keep one paper, all its files or none. files: name and content, in the order of the pages.

    Raises access.NotAllowed, access.NotFound, NoFiles, TooMuch, NoItem, IssuedLater, SameTwice, BadFile, TookTooLongError,
    PausedError, OneAtATimeError.
    """
    task = access.task(actor, task_id, need=Permission.EVIDENCE_ADD)
    if not 1 <= len(files) <= MOST_FILES:
        raise NoFiles(len(files))
    if (size := sum(len(content) for _, content in files)) > MOST_AT_ONCE:
        raise TooMuch(size)
    wanted = set(items)
    if wanted - BY_NAME.keys():
        raise NoItem(sorted(wanted - BY_NAME.keys()))
    if issued_on and issued_on > at.astimezone(HERE).date():
        raise IssuedLater(issued_on)
    with own_turn("task", str(task.pk), area=task.office_path, actor=actor, at=at):
        checked = _checked(files)
    proves = [name for name in BY_NAME if name in (wanted or kind.items)]
    said = {"paper_number": paper_number[:60], "issuer": issuer[:100], "issued_on": issued_on}
    return _kept(task, checked, kind, proves, said, actor=actor, at=at)


def _checked(files: Sequence[tuple[str, bytes]]) -> list[_Checked]:
    """Raises SameTwice, BadFile, TookTooLongError."""
    found: dict[str, _Checked] = {}
    until = monotonic() + MOST_SECONDS
    for name, content in files:
        checked = _check(name, content, until=until)
        if checked.digest in found:
            raise SameTwice(name)
        found[checked.digest] = checked
    return list(found.values())


def _check(name: str, content: bytes, *, until: float) -> _Checked:
    """until: monotonic time at which the time of the whole paper is over. Raises BadFile, TookTooLongError."""
    try:
        looked = papers.look(content, seconds=_left(until, name))
        seconds = min(viruses.SECONDS, _left(until, name))
        scanned = viruses.scan(content, command=settings.CANBAO_SCANNER, root=work_root(), seconds=seconds)
    except (papers.NotAPaper, viruses.Infected, viruses.NotScanned) as error:
        _left(until, name)
        raise BadFile(name) from error
    return _Checked(content, digest_of(content), looked, scanned)


def _left(until: float, name: str) -> float:
    """Seconds. Raises TookTooLongError."""
    if (left := until - monotonic()) <= 0:
        raise TookTooLongError(name)
    return left


@transaction.atomic
def _kept(
    task: SurveyTask,
    checked: Sequence[_Checked],
    kind: EvidenceKind,
    items: list[str],
    said: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> Evidence:
    """The files lie on the disk before anybody can read that they are there; one without a row is of no harm."""
    store = vault()
    for one in checked:
        store.keep(one.content)
    filed = archive_class(kind)
    paper = Evidence.objects.create(
        kind=kind.value, archive_class=filed.value, keep_years=filed.years, person_id=task.person_id, task_id=task.pk,
        form_number=task.form_number, items=items, office_path=task.office_path, added_by=actor.account, added_at=at,
        **said,
    )  # fmt: skip
    EvidenceFile.objects.bulk_create(_row(paper, place, one) for place, one in enumerate(checked, 1))
    audit.record(
        audit.Event.EVIDENCE_ADDED, actor=actor, at=at, target_kind="evidence", target_id=str(paper.pk),
        detail={"kind": kind.label}, area=task.office_path,
    )  # fmt: skip
    return paper


def _row(paper: Evidence, place: int, one: _Checked) -> EvidenceFile:
    return EvidenceFile(
        evidence_id=paper.pk, place=place, digest=one.digest, media_type=one.looked.media_type, pages=one.looked.pages,
        size=len(one.content), scanned=one.scanned.value, office_path=paper.office_path,
    )  # fmt: skip
