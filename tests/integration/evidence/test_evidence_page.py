"""The pages of the papers: what is wrong stands beside the field, what was uploaded is never served, a page is a picture of ours."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from canbao.outside import papers
from canbao.outside.reader import client
from canbao.outside.reader.limits import Group
from canbao.rules.roles import Actor, Role
from canbao.rules.uploads import UploadAllowance
from canbao.services import access, evidence
from canbao.services.accounts.signing import FACTOR_PASSED
from canbao.services.evidence import turns
from canbao.store.models import JournalEntry, SurveyTask
from canbao.web import bodies
from tests import hostile
from tests.integration.evidence.files import picture
from tests.worlds import AT, account, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
pytestmark = pytest.mark.django_db


def browser(name: str, role: Role) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(account(name, role, TOWN), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[FACTOR_PASSED] = True
    session.save()
    return client


@pytest.fixture
def task(settings: Any, tmp_path: Path) -> SurveyTask:
    settings.AXES_ENABLED, settings.CANBAO_HOME, settings.CANBAO_SCANNER = False, tmp_path, ""
    return survey_task(survey_round(), person(1, village_office(TOWN)))


def upload(client: Client, task: SurveyTask, *files: bytes, **more: str) -> Any:
    chosen = [SimpleUploadedFile(f"扫描{n}.jpg", content) for n, content in enumerate(files, 1)]
    return client.post(f"/survey/tasks/{task.pk}/evidence/add/", {"chosen": chosen, "kind": "ID_CARD"} | more)


def test_a_paper_is_taken_in_looked_at_and_withdrawn(task: SurveyTask, request: pytest.FixtureRequest) -> None:
    clerk, archivist = browser("li", Role.TOWN_CLERK), browser("dang", Role.TOWN_ARCHIVIST)
    request.getfixturevalue("as_web")
    content = picture(secret="SECRET-IN-THE-FILE")
    listed = f"/survey/tasks/{task.pk}/evidence/"
    assert upload(clerk, task, content)["Location"] == listed
    page = archivist.get(listed).content.decode()
    assert "未查毒" in page and "100 年" in page and 'type="file"' not in page
    address = page.partition('href="/evidence/')[2].partition('"')[0]
    drawn = archivist.get(f"/evidence/{address}pages/1/")
    assert (drawn["Content-Type"], drawn["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "default-src" in drawn["Content-Security-Policy"] and "no-store" in drawn["Cache-Control"]
    assert b"SECRET" not in drawn.content and drawn.content.startswith(b"\x89PNG")
    assert archivist.post(f"/evidence/{address}remove/", {"reason": "x"}).status_code == 403
    assert "请写明" in clerk.post(f"/evidence/{address}remove/", {"reason": " "}).content.decode()
    clerk.post(f"/evidence/{address}remove/", {"reason": "收错人"})
    assert "已撤下" in archivist.get(listed).content.decode()


@pytest.mark.parametrize(
    ("files", "more", "said"),
    [
        ((b"not a picture",), {}, "扫描1.jpg”：不是 JPEG、PNG 或 PDF"),
        ((picture(), b"\xff\xd8\xff..."), {}, "扫描2.jpg”：文件已损坏"),
        ((picture(),), {"kind": ""}, "请选择材料种类"),
        ((picture(),), {"issued_on": "2999-01-01"}, "出具日期不能晚于今天"),
        ((picture(),), {"issued_on": "x"}, "请写成 2026-10-31"),
        ((), {}, "请选择文件"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(
    task: SurveyTask, files: tuple[bytes, ...], more: dict[str, str], said: str, tmp_path: Path
) -> None:
    answer = upload(browser("li", Role.TOWN_CLERK), task, *files, **more)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not (tmp_path / "evidence").exists()


def test_an_upload_that_is_too_large_for_its_page_is_refused_before_it_is_read(
    task: SurveyTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser("li", Role.TOWN_CLERK)
    monkeypatch.setitem(
        bodies.ALLOWANCES, "task-evidence-add", UploadAllowance(a_request=2000, a_day=10_000, at_once=1)
    )
    answer = upload(client, task, b"x" * 3000)
    assert answer.status_code == 413 and "合计不超过 100 MB" in answer.content.decode()
    for who, address in (
        (client, f"/survey/tasks/{task.pk}/address/"),
        (Client(raise_request_exception=False), "/sign-in/"),
    ):
        large = {"chosen": SimpleUploadedFile("a.jpg", b"x" * 3_000_000), "reason": "x"}
        assert who.post(address, large).status_code == 413, address


def test_a_large_file_waits_below_the_home_without_a_name(
    task: SurveyTask, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE, settings.CANBAO_UPLOADS = 100, tmp_path / "uploads"
    seen, real = [], evidence.add

    def add(*args: Any, **more: Any) -> Any:
        opened = {descriptor.resolve() for descriptor in Path("/proc/self/fd").iterdir()}
        seen.extend(path.name.startswith("#") for path in opened if path.parent == tmp_path / "uploads")
        seen.extend(path.name for path in (tmp_path / "uploads").iterdir())
        return real(*args, **more)

    monkeypatch.setattr(evidence, "add", add)
    assert upload(browser("li", Role.TOWN_CLERK), task, picture()).status_code == 302
    assert seen == [True, "open"]
    assert [path.name for path in (tmp_path / "uploads" / "open").iterdir()] == ["lock"]


def test_a_damaged_file_is_said_and_not_shown(task: SurveyTask, tmp_path: Path) -> None:
    clerk = browser("li", Role.TOWN_CLERK)
    upload(clerk, task, picture())
    (path,) = (path for path in (tmp_path / "evidence").rglob("*") if path.is_file())
    path.write_bytes(b"something else")
    address = clerk.get(f"/survey/tasks/{task.pk}/evidence/").content.decode().partition('href="/evidence/')[2].partition('"')[0]  # fmt: skip
    shown = clerk.get(f"/evidence/{address}")
    assert shown.status_code == 409 and "不予显示" in shown.content.decode() and "<img" not in shown.content.decode()
    assert clerk.get(f"/evidence/{address}pages/1/").status_code == 409


def test_a_paper_that_is_too_heavy_is_refused_in_words_and_one_of_before_is_not_drawn(
    task: SurveyTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, heavy = browser("li", Role.TOWN_CLERK), hostile.heavy_pdf()
    answer = upload(clerk, task, heavy)
    assert answer.status_code == 422 and "远远超过一般材料" in answer.content.decode()
    with monkeypatch.context() as patch:
        patch.setattr(papers, "look", lambda content, *, seconds: papers.Looked(papers.PDF, 1))
        upload(clerk, task, heavy)
    page = clerk.get(f"/survey/tasks/{task.pk}/evidence/").content.decode()
    number = page.partition('href="/evidence/')[2].partition('"')[0]
    drawn = clerk.get(f"/evidence/{number}pages/1/")
    assert drawn.status_code == 409 and "超出限度" in drawn.content.decode()


def test_two_papers_that_are_far_too_heavy_make_their_account_wait_and_nobody_else(
    task: SurveyTask, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    def heavy(content: bytes, *, seconds: float) -> papers.Looked:
        raise papers.TooHeavyError

    clerk, other = browser("li", Role.TOWN_CLERK), browser("wang", Role.TOWN_CLERK)
    request.getfixturevalue("as_web")
    with monkeypatch.context() as patch:
        patch.setattr(papers, "look", heavy)
        for _ in range(turns.MOST_HEAVY):
            assert "远远超过一般材料" in upload(clerk, task, picture()).content.decode()
    refused = upload(clerk, task, picture())
    assert refused.status_code == 422 and "以后才能再收存" in refused.content.decode()
    assert upload(other, task, picture()).status_code == 302
    page = other.get(f"/survey/tasks/{task.pk}/evidence/").content.decode()
    number = page.partition('href="/evidence/')[2].partition('"')[0]
    seen = looks()
    assert clerk.get(f"/evidence/{number}pages/1/").status_code == 429
    elsewhere = Actor("li", Role.TOWN_CLERK, town_offices()[1])  # another post of the account: it reads other lines
    with access.acting_as(elsewhere):
        assert not JournalEntry.objects.filter(event="EVIDENCE_TOO_HEAVY").exists()
        with pytest.raises(evidence.PausedError), turns.own_turn("task", "1", area="", actor=elsewhere, at=AT):
            raise AssertionError("it is open to the account again")
    assert looks() == seen
    assert other.get(f"/evidence/{number}pages/1/").status_code == 200
    with access.acting_as(Actor("auditor", Role.AUDIT_ADMINISTRATOR)):
        noted = list(JournalEntry.objects.filter(event="EVIDENCE_TOO_HEAVY"))
    assert [(line.account, line.target_id) for line in noted] == [("li", str(task.pk))] * turns.MOST_HEAVY
    monkeypatch.setattr(turns, "PAUSE", timedelta(0))
    assert upload(clerk, task, picture(colour="red")).status_code == 302


def looks() -> int:
    """How many looks at papers are on record."""
    with access.acting_as(Actor("auditor", Role.AUDIT_ADMINISTRATOR)):
        return JournalEntry.objects.filter(event="EVIDENCE_VIEWED").count()


def test_a_page_that_could_not_be_drawn_was_not_viewed(task: SurveyTask, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = browser("li", Role.TOWN_CLERK)
    upload(clerk, task, picture())
    page = clerk.get(f"/survey/tasks/{task.pk}/evidence/").content.decode()
    address = "/evidence/" + page.partition('href="/evidence/')[2].partition('"')[0] + "pages/1/"
    seen = looks()
    monkeypatch.setitem(client.WAIT_SECONDS, Group.PAPERS, 0.01)
    turns = client._readers._turns[Group.PAPERS]
    with turns, turns:
        assert clerk.get(address).status_code == 503
    assert looks() == seen
    assert clerk.get(address).status_code == 200 and looks() == seen + 1


def test_an_account_has_one_paper_opened_at_a_time_in_all_processes(
    task: SurveyTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT", "1ms")
    clerk, another_process = browser("li", Role.TOWN_CLERK), connection.copy()
    try:
        with another_process.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext('canbao.paper li'))")
        refused = upload(clerk, task, picture())
        assert refused.status_code == 422 and "正在打开" in refused.content.decode()
        assert upload(browser("wang", Role.TOWN_CLERK), task, picture()).status_code == 302
    finally:
        another_process.close()
    assert upload(clerk, task, picture(colour="red")).status_code == 302


def test_a_paper_that_has_to_wait_its_turn_is_told_to_come_again(
    task: SurveyTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.WAIT_SECONDS, Group.PAPERS, 0.01)
    clerk, turns = browser("li", Role.TOWN_CLERK), client._readers._turns[Group.PAPERS]
    with turns, turns:
        answer = upload(clerk, task, picture())
    assert answer.status_code == 422 and "过一会儿" in answer.content.decode()
    assert upload(clerk, task, picture()).status_code == 302
