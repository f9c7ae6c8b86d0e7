"""Papers of a line with the web's login: taken by what they are, kept under lock, shown as pictures of our own, never deleted."""

from __future__ import annotations

import stat
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from canbao.outside import papers, viruses
from canbao.outside.vault import PIECE, Damaged, Vault, digest_of
from canbao.rules.approval import NoReason
from canbao.rules.evidence import EvidenceKind
from canbao.rules.roles import Actor, Role
from canbao.services import access, evidence
from canbao.services.evidence import adding
from canbao.store.models import Evidence, EvidenceFile, JournalEntry, SurveyTask
from canbao.web.evidence import words
from tests.integration.evidence.files import locked_pdf, pdf, picture
from tests.worlds import AT, foreign_town, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
numbers = count(1)


@pytest.fixture
def task(db: None, settings: Any, tmp_path: Path) -> SurveyTask:
    settings.CANBAO_HOME, settings.CANBAO_SCANNER = tmp_path, ""
    return survey_task(survey_round(), person(next(numbers), VILLAGE), form_number="260000000015")


def add(
    task: SurveyTask, *files: tuple[str, bytes], kind: EvidenceKind = EvidenceKind.ID_CARD, **more: Any
) -> Evidence:
    with access.acting_as(CLERK):
        return evidence.add(task.pk, files=files, kind=kind, actor=CLERK, at=AT, **more)


def why(task: SurveyTask, content: bytes) -> type[BaseException]:
    with pytest.raises(evidence.BadFile) as bad:
        add(task, ("证明.jpg", content))
    assert bad.value.name == "证明.jpg" and bad.value.__cause__
    return type(bad.value.__cause__)


def stored(home: Path) -> list[Path]:
    return [path for path in (home / "evidence").rglob("*") if path.is_file()]


def test_a_paper_of_several_files_is_one_with_its_pages_in_order(task: SurveyTask, as_web: None) -> None:
    paper = add(task, ("a.png", picture(colour="red")), ("b.pdf", pdf(3)), paper_number="渝A-1", issuer="某派出所")
    with access.acting_as(CLERK):
        (shown,) = evidence.of_task(task.pk, actor=CLERK)
        drawn = [evidence.picture(paper.pk, number=n, actor=CLERK, at=AT) for n in (1, 4)]
        with pytest.raises(access.NotFound):
            evidence.picture(paper.pk, number=5, actor=CLERK, at=AT)
    assert (shown.pages, shown.keep_years, shown.form_number, shown.scanned) == (4, 100, "260000000015", False)
    first, last = (Image.open(BytesIO(png)).convert("RGB").getpixel((5, 5)) for png in drawn)
    assert first == (255, 0, 0) and last[0] <= 4
    assert evidence_rows(paper) == [("image/png", 1), ("application/pdf", 3)]


def evidence_rows(paper: Evidence) -> list[tuple[str, int]]:
    with access.acting_as(CLERK):
        return list(
            EvidenceFile.objects.filter(evidence_id=paper.pk).order_by("place").values_list("media_type", "pages")
        )


def test_what_lies_on_the_disk_is_encrypted_for_us_alone_and_once(task: SurveyTask, tmp_path: Path) -> None:
    content = picture(secret="SECRET-IN-THE-FILE")
    add(task, ("a.png", content))
    add(task, ("again.png", content), kind=EvidenceKind.OTHER)
    (path,) = stored(tmp_path)
    assert path.name == digest_of(content) and path.parent.name == path.name[:2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = path.read_bytes()
    assert b"SECRET" not in raw and b"PNG" not in raw and b"IHDR" not in raw


def test_what_is_shown_is_drawn_anew_without_what_else_the_file_carries(task: SurveyTask) -> None:
    paper = add(task, ("a.png", picture(secret="SECRET-IN-THE-FILE")))
    with access.acting_as(CLERK):
        assert b"SECRET" not in evidence.picture(paper.pk, number=1, actor=CLERK, at=AT)


def test_a_file_is_told_by_its_content_and_each_refusal_has_its_name(
    task: SurveyTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert why(task, b"") is papers.Empty
    assert why(task, b"<html>") is papers.NotKnown
    assert why(task, b"\xff\xd8\xff" + b"x" * 100) is papers.Broken
    assert why(task, picture()[:-40]) is papers.Broken
    assert why(task, b"%PDF-1.7 nothing") is papers.Broken
    assert why(task, locked_pdf()) is papers.Encrypted
    assert why(task, pdf(51)) is papers.TooManyPages
    assert why(task, picture(size=(10_000, 7_000))) is papers.TooManyPixels
    monkeypatch.setattr(papers, "MOST_BYTES", 1000)
    assert why(task, picture() + b"\0" * 1000) is papers.TooLarge
    assert not Evidence.objects.exists() and not (tmp_path / "evidence").exists()


def test_one_bad_file_keeps_the_whole_paper_out(task: SurveyTask, tmp_path: Path) -> None:
    with pytest.raises(evidence.BadFile):
        add(task, ("a.png", picture()), ("b.png", b"rubbish"))
    with pytest.raises(evidence.SameTwice):
        add(task, ("a.png", picture()), ("b.png", picture()))
    with pytest.raises(evidence.NoFiles):
        add(task)
    assert not Evidence.objects.exists() and not (tmp_path / "evidence").exists()


def test_a_changed_or_lost_file_is_an_error_on_record_and_never_shown(task: SurveyTask, tmp_path: Path) -> None:
    paper = add(task, ("a.png", picture()))
    (path,) = stored(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)
    with access.acting_as(CLERK), pytest.raises(evidence.Damaged):
        evidence.picture(paper.pk, number=1, actor=CLERK, at=AT)
    path.unlink()
    with access.acting_as(CLERK), pytest.raises(evidence.Damaged):
        evidence.check(paper.pk, number=1, actor=CLERK, at=AT)
    assert JournalEntry.objects.filter(event="EVIDENCE_DAMAGED", target_id=str(paper.pk)).count() == 2
    add(task, ("again.png", picture()), kind=EvidenceKind.OTHER)  # the same content heals it
    with access.acting_as(CLERK):
        assert evidence.picture(paper.pk, number=1, actor=CLERK, at=AT)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_pieces_open_in_their_order_and_number_only(tmp_path: Path, size: int) -> None:
    vault, content = Vault(tmp_path, key=b"k" * 16), bytes(n % 251 for n in range(256)) * (size // 256 + 1)
    content = content[:size]
    digest = vault.keep(content)
    assert vault.read(digest) == content
    path = tmp_path / digest[:2] / digest
    raw = path.read_bytes()
    for wrong in (raw[:-1], raw + b"\0", raw[: 16 + PIECE + 16] if size > PIECE else raw[:20], b""):
        path.write_bytes(wrong)
        with pytest.raises(Damaged):
            vault.read(digest)
    with pytest.raises(Damaged):
        Vault(tmp_path, key=b"x" * 16).read(digest)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("grep -q -v a-pattern-nobody-has", "CLEAN"),
        ("sh -c 'cat > /dev/null; exit 1'", viruses.Infected),
        ("sh -c 'test -s \"$1\" || exit 0; exit 1' scan {}", viruses.Infected),
        ("sh -c 'cat > /dev/null; exit 2'", viruses.NotScanned),
        ("/no/such/scanner", viruses.NotScanned),
        ("'unclosed", viruses.NotScanned),
    ],
)
def test_the_scanner_decides_and_one_that_fails_lets_nothing_in(
    task: SurveyTask, settings: Any, command: str, answer: Any
) -> None:
    settings.CANBAO_SCANNER = command
    if answer == "CLEAN":
        paper = add(task, ("a.png", picture()))
        assert EvidenceFile.objects.get(evidence_id=paper.pk).scanned == "CLEAN"
    else:
        assert why(task, picture()) is answer
        assert not Evidence.objects.exists()


def test_a_scanner_that_hangs_has_not_scanned(tmp_path: Path) -> None:
    with pytest.raises(viruses.NotScanned):
        viruses.scan(b"x", command="tail -f {}", root=tmp_path, seconds=0)
    assert list(tmp_path.iterdir()) == []


def test_a_paper_proves_its_items_until_it_is_withdrawn_and_stays(task: SurveyTask, as_web: None) -> None:
    paper = add(task, ("a.png", picture()), items=["phone", "name"])
    with access.acting_as(CLERK):
        assert evidence.proving(task.pk, "phone", actor=CLERK) == [paper.pk]
        assert evidence.proving(task.pk, "sex", actor=CLERK) == []
        with pytest.raises(NoReason):
            evidence.remove(paper.pk, reason=" ", actor=CLERK, at=AT)
        evidence.remove(paper.pk, reason="收错人", actor=CLERK, at=AT)
        assert evidence.proving(task.pk, "phone", actor=CLERK) == []
        with pytest.raises(evidence.AlreadyRemoved):
            evidence.remove(paper.pk, reason="再撤", actor=CLERK, at=AT)
        (shown,) = evidence.of_task(task.pk, actor=CLERK)
        assert shown.is_removed and evidence.picture(paper.pk, number=1, actor=CLERK, at=AT)
    connection.cursor().execute("set local role canbao_worker")
    events = JournalEntry.objects.filter(target_kind="evidence", target_id=str(paper.pk)).order_by("pk")
    assert list(events.values_list("event", flat=True)) == ["EVIDENCE_ADDED", "EVIDENCE_REMOVED", "EVIDENCE_VIEWED"]


def test_a_paper_of_another_town_is_not_there(task: SurveyTask, as_web: None) -> None:
    paper = add(task, ("a.png", picture()))
    town = foreign_town(TOWN)
    other = Actor("wang", Role.TOWN_CLERK, town)
    with access.acting_as(other):
        for look in (
            lambda: evidence.of_task(task.pk, actor=other),
            lambda: evidence.view(paper.pk, actor=other, at=AT),
            lambda: evidence.picture(paper.pk, number=1, actor=other, at=AT),
            lambda: evidence.remove(paper.pk, reason="x", actor=other, at=AT),
        ):
            with pytest.raises(access.NotFound):
                look()
        assert evidence.proving(task.pk, "name", actor=other) == []


def refused(task: SurveyTask, kind: type[Exception], *files: tuple[str, bytes]) -> Any:
    """What was raised; the transaction goes on, as that of a page does which says why."""
    with access.acting_as(CLERK), pytest.raises(kind) as bad:
        evidence.add(task.pk, files=files, kind=EvidenceKind.ID_CARD, actor=CLERK, at=AT)
    return bad.value


def refusals() -> list[tuple[str, str, object]]:
    """Event, line of the survey and reason of what was refused, in its order."""
    with access.acting_as(Actor("auditor", Role.AUDIT_ADMINISTRATOR)):
        rows = JournalEntry.objects.filter(event__in=["EVIDENCE_REFUSED", "EVIDENCE_TOO_HEAVY"]).order_by("pk")
        return [(row.event, row.target_id, row.detail.get("reason")) for row in rows]


def test_all_files_of_a_paper_have_one_time_and_what_takes_longer_counts_as_heavy(
    task: SurveyTask, as_web: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = picture(size=(9000, 6000)), picture()
    monkeypatch.setattr(adding, "MOST_SECONDS", 0.2)
    assert refused(task, evidence.TookTooLongError, ("大.png", large), ("小.png", small)).name == "大.png"
    settings.CANBAO_SCANNER = "sleep 20"
    monkeypatch.setattr(adding, "MOST_SECONDS", 2.0)
    refused(task, evidence.TookTooLongError, ("小.png", small))
    refused(task, evidence.PausedError, ("小.png", small))
    long = ("EVIDENCE_TOO_HEAVY", str(task.pk), evidence.TookTooLongError.label)
    assert refusals() == [long, long, ("EVIDENCE_REFUSED", str(task.pk), evidence.PausedError.label)]


def test_what_was_refused_is_on_record_with_its_reason(task: SurveyTask, as_web: None) -> None:
    tried = {
        papers.TooManyPixels: picture(size=(30_000, 10)), papers.NotKnown: b"x", papers.Encrypted: locked_pdf(), papers.Empty: b"",
    }  # fmt: skip
    for reason, content in tried.items():
        assert type(refused(task, evidence.BadFile, ("证明.jpg", content)).__cause__) is reason
    refused(task, evidence.SameTwice, ("a.png", picture()), ("b.png", picture()))
    labels = [*(reason.label for reason in tried), evidence.SameTwice.label]
    assert refusals() == [("EVIDENCE_REFUSED", str(task.pk), label) for label in labels]


def test_each_reason_has_words_of_its_own_for_the_journal() -> None:
    reasons = [*papers.NotAPaper.__subclasses__(), viruses.Infected, viruses.NotScanned]
    labels = [reason.label for reason in reasons]  # type: ignore[attr-defined]
    assert len(set(labels)) == len(reasons)
    assert papers.NotAPaper.label not in labels
    assert set(reasons) == set(words._WHY)
