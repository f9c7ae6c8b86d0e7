"""Look at papers: which there are, what they prove, and their pages as pictures, each look on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from canbao.outside import papers
from canbao.outside.vault import Damaged as NotWhole
from canbao.outside.viruses import Scanned
from canbao.rules.answers import BY_NAME
from canbao.rules.evidence import ArchiveClass, EvidenceKind, kept_until
from canbao.rules.masking import scrub
from canbao.rules.period import HERE
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.evidence.keeping import vault
from canbao.services.evidence.turns import own_turn
from canbao.store.models import Evidence, EvidenceFile


class Damaged(Exception):
    """A file does not say what it said when it was taken in, or is gone: it is not shown."""

    def __init__(self, evidence_id: int) -> None:
        super().__init__(evidence_id)
        self.evidence_id = evidence_id


@dataclass(frozen=True, slots=True)
class Page:
    """number: in the whole paper, from 1; within: in its file."""

    number: int
    file: EvidenceFile
    within: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as it is shown. paper_number and issuer: without the numbers of persons in them."""

    id: int
    task_id: int | None
    person_id: int | None
    kind: str
    items: tuple[str, ...]
    item_labels: tuple[str, ...]
    paper_number: str
    issuer: str
    issued_on: date | None
    archive: str
    keep_years: int | None
    keep_until: date | None
    pages: int
    size: int
    scanned: bool
    added_by: str
    added_at: datetime
    removed_by: str
    removed_at: datetime | None
    removed_reason: str
    form_number: str
    office_path: str

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None


def of_task(task_id: int, *, actor: Actor) -> list[Paper]:
    """The papers of a line, those withdrawn at the end. Raises access.NotAllowed, access.NotFound."""
    access.task(actor, task_id, need=Permission.EVIDENCE_VIEW)
    rows = access.within(Evidence.objects.filter(task_id=task_id), actor).order_by("-pk")
    return sorted(_papers(rows), key=lambda paper: paper.is_removed)


def proving(task_id: int, item: str, *, actor: Actor) -> list[int]:
    """The papers of a line that prove an item of the form. Raises access.NotAllowed."""
    access.require(actor, Permission.EVIDENCE_VIEW)
    rows = Evidence.objects.filter(task_id=task_id, removed_at__isnull=True, items__contains=[item])
    return list(access.within(rows, actor).order_by("pk").values_list("pk", flat=True))


def view(evidence_id: int, *, actor: Actor, at: datetime) -> Paper:
    """One paper, the look on record. Raises access.NotAllowed, access.NotFound."""
    row = _fetched(evidence_id, actor)
    _note(audit.Event.EVIDENCE_VIEWED, row, actor=actor, at=at)
    return _papers([row])[0]


def check(evidence_id: int, *, number: int, actor: Actor, at: datetime) -> None:
    """Make sure that a page can be shown; what is wrong goes on record.

    Raises access.NotAllowed, access.NotFound, Damaged.
    """
    row = _fetched(evidence_id, actor)
    _read(row, _page(row, number), actor=actor, at=at)


def picture(evidence_id: int, *, number: int, actor: Actor, at: datetime) -> bytes:
    """One page drawn anew as a PNG; the look is on record before it is given out, and is none where nothing could be drawn.

    Raises access.NotAllowed, access.NotFound, Damaged, papers.NotAPaper, PausedError, OneAtATimeError.
    """
    row = _fetched(evidence_id, actor)
    page = _page(row, number)
    with own_turn("evidence", str(row.pk), area=row.office_path, actor=actor, at=at):
        content = _read(row, page, actor=actor, at=at)
        drawn = papers.draw(content, page.file.media_type, page=page.within)
        _note(audit.Event.EVIDENCE_VIEWED, row, actor=actor, at=at, page=number)
    return drawn


def _fetched(evidence_id: int, actor: Actor) -> Evidence:
    return access.fetch(Evidence.objects.all(), actor, need=Permission.EVIDENCE_VIEW, pk=evidence_id)


def _read(row: Evidence, page: Page, *, actor: Actor, at: datetime) -> bytes:
    try:
        return vault().read(page.file.digest)
    except NotWhole as error:
        _note(audit.Event.EVIDENCE_DAMAGED, row, actor=actor, at=at)
        raise Damaged(row.pk) from error


def _page(row: Evidence, number: int) -> Page:
    """Raises access.NotFound."""
    before = 0
    for file in EvidenceFile.objects.filter(evidence_id=row.pk).order_by("place"):
        if before < number <= before + file.pages:
            return Page(number, file, number - before)
        before += file.pages
    raise access.NotFound(number)


def _papers(rows: Iterable[Evidence]) -> list[Paper]:
    found = list(rows)
    files: dict[int, list[EvidenceFile]] = {}
    for file in EvidenceFile.objects.filter(evidence_id__in=[row.pk for row in found]):
        files.setdefault(file.evidence_id, []).append(file)
    names = audit.real_names({name for row in found for name in (row.added_by, row.removed_by)} - {""})
    return [_paper(row, files.get(row.pk, []), names) for row in found]


def _paper(row: Evidence, files: list[EvidenceFile], names: Mapping[str, str]) -> Paper:
    items = tuple(name for name in row.items if name in BY_NAME)
    taken_in = row.added_at.astimezone(HERE).date()
    return Paper(
        id=row.pk, task_id=row.task_id, person_id=row.person_id, kind=EvidenceKind(row.kind).label, items=items,
        item_labels=tuple(BY_NAME[name].label for name in items), paper_number=scrub(row.paper_number),
        issuer=scrub(row.issuer), issued_on=row.issued_on, archive=ArchiveClass(row.archive_class).label,
        keep_years=row.keep_years, keep_until=kept_until(taken_in, row.keep_years),
        pages=sum(file.pages for file in files), size=sum(file.size for file in files),
        scanned=bool(files) and all(file.scanned == Scanned.CLEAN for file in files), added_by=names.get(row.added_by, row.added_by),
        added_at=row.added_at, removed_by=names.get(row.removed_by, row.removed_by), removed_at=row.removed_at,
        removed_reason=scrub(row.removed_reason), form_number=row.form_number, office_path=row.office_path,
    )  # fmt: skip


def _note(event: audit.Event, row: Evidence, *, actor: Actor, at: datetime, page: int = 0) -> None:
    audit.record_look(
        event, actor=actor, at=at, target_kind="evidence", target_id=str(row.pk),
        detail={"page": page} if page else {}, area=row.office_path,
    )  # fmt: skip
