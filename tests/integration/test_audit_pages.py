"""The audit's room and the health page, with the rights of the web's login."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from canbao.jobs import timetable
from canbao.rules.anchors import read_line
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit, safeguards
from canbao.services.audit.delivered import remember
from canbao.services.audit.reading import tell
from canbao.services.safeguards import Grade
from canbao.store.models import Account, Alarm, AlarmPosition, JournalEntry
from tests.worlds import account, journal_entries, town_offices

AUDITOR = Actor("shenji", Role.AUDIT_ADMINISTRATOR)
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setattr("django.conf.settings.CANBAO_HOME", tmp_path)
    return town_offices()[0]


@pytest.fixture
def auditor(town: str) -> Client:
    return at_work("shenji", Role.AUDIT_ADMINISTRATOR)


@pytest.fixture
def system(town: str) -> Client:
    return at_work("xitong", Role.SYSTEM_ADMINISTRATOR)


def at_work(name: str, role: Role, office: str = "50") -> Client:
    made = account(name, role, office)
    Account.objects.filter(pk=made.pk).update(password_set_at=timezone.now())
    client = Client(REMOTE_ADDR="10.9.8.7")
    client.force_login(made, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor_passed"] = True
    session.save()
    return client


def files_in_a_row(town: str) -> None:
    clerk = Actor("li", Role.TOWN_CLERK, town)
    lines = [audit.Line(audit.Event.PERSON_VIEWED, "person", str(7000 + n), area=town) for n in range(60)]
    journal_entries(lines, actor=clerk, at=datetime.now(UTC) - timedelta(seconds=30))


def test_the_auditor_reads_sentences_pages_on_and_is_on_record(auditor: Client, town: str, as_web: None) -> None:
    files_in_a_row(town)
    first = auditor.get("/audit/?account=li").content.decode()
    assert "查看人员 #7059。" in first and Role.TOWN_CLERK.label in first and "下一页" in first
    assert "查看人员 #7005。" not in first
    assert JournalEntry.objects.count() == 0  # between two requests the login sees nothing
    with access.acting_as(AUDITOR):
        looked = JournalEntry.objects.filter(event="JOURNAL_SEARCHED").get()
        number = JournalEntry.objects.filter(target_id="7001").get().pk
    assert (looked.account, looked.terminal) == ("shenji", "10.9.8.7") and looked.request
    drawer = auditor.get(f"/audit/entries/{number}/", headers={"HX-Request": "true", "HX-Target": "drawer-body"})
    assert "人员 #7001" in drawer.content.decode() and "<html" not in drawer.content.decode()
    assert auditor.get("/audit/?after=nonsense").status_code == 404
    wrong = auditor.get("/audit/?person=500999198001010012&first=2026-11-02&until=2026-11-01")
    assert wrong.status_code == 200 and "止日不能早于起日" in wrong.content.decode()


def test_an_alarm_is_raised_seen_and_settled_with_a_word(auditor: Client, town: str, as_web: None) -> None:
    files_in_a_row(town)
    assert auditor.post("/audit/alarms/scan/").status_code == 302
    raised = Alarm.objects.order_by("pk").first()
    assert raised and "按编号顺序打开" in auditor.get("/audit/alarms/").content.decode()
    assert auditor.post(f"/audit/alarms/{raised.pk}/settle/", {"note": ""}).status_code == 422
    assert auditor.post(f"/audit/alarms/{raised.pk}/settle/", {"note": "集中年审"}).status_code == 302
    assert "集中年审" in auditor.get("/audit/alarms/?state=settled").content.decode()
    opened = auditor.get(f"/audit/alarms/{raised.pk}/settle/")
    assert opened.status_code == 405 and opened.headers["Allow"] == "POST"
    assert "什么也没有改动" in opened.content.decode()


def test_the_button_verifies_and_an_anchor_can_be_printed(auditor: Client, town: str) -> None:
    files_in_a_row(town)
    audit.seal()
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
        assert auditor.post("/audit/anchors/new/").headers["Location"] == "/audit/anchors/"
        cursor.execute("select task_name, status::text, args->>'timestamp' is not null from procrastinate_jobs")
        assert cursor.fetchall() == [("anchor_journal", "todo", True)]
    _anchored()
    with access.acting_as(AUDITOR):
        told = tell(JournalEntry.objects.filter(event="JOURNAL_ANCHORED"))
    assert [(line.who, line.role) for line in told] == [("（定时任务）", "")]  # nobody's act, and no auditor's
    last = audit.last_seal()
    assert last and last.digest in auditor.get("/audit/anchors/1/").content.decode()
    text = auditor.get("/audit/anchors/1/text/")
    assert read_line(text.content.decode()).digest == last.digest and "attachment" in text["Content-Disposition"]
    assert auditor.post("/audit/seals/verify/").status_code == 302
    page = auditor.get("/audit/seals/").content.decode()
    assert "日志完好。没有机外存证，只能证明封存之后没有被零星改动" in page and "没有设置机外存证" in page
    assert auditor.get("/audit/anchors/2/").status_code == auditor.get("/audit/anchors/2/text/").status_code == 404


def _anchored() -> None:
    """As the worker does it, beside the web."""
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
        timetable.anchor_journal(timestamp=0)
        cursor.execute("set local role canbao_web")


def test_an_anchor_of_the_whole_city_is_the_citys(town: str, as_web: None) -> None:
    district = at_work("quxian", Role.AUDIT_ADMINISTRATOR, office=town[:6])
    answer = district.post("/audit/anchors/new/", follow=True)
    assert "请由市级审计管理员生成" in answer.content.decode()
    assert audit.latest(1) == []


def test_auditor_and_administrator_see_how_long_nothing_has_got_outside(
    auditor: Client, system: Client, as_web: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.CANBAO_TSA_URL", "http://127.0.0.1:1/")
    _anchored()
    assert "还没有成功过" in auditor.get("/audit/seals/").content.decode()
    assert audit.deliver(at=timezone.now())[audit.Way.STAMP].error
    health = system.get("/health/").content.decode()
    assert "机外存证：时间戳" in health and "凭证没有存到机外" in health
    for hours, words in ((0, "第 1 号，"), (1, "已经中断")):
        at = timezone.now() - timedelta(hours=hours)
        remember({audit.Way.STAMP: audit.Delivered(1, at, "x")})
        assert words in auditor.get("/audit/seals/").content.decode()
    assert "时间戳" in auditor.get("/audit/anchors/").content.decode()


def test_each_administrator_is_refused_the_others_room(auditor: Client, system: Client, as_web: None) -> None:
    for address in ("/audit/", "/audit/alarms/", "/audit/seals/", "/audit/anchors/", "/audit/sample/"):
        assert (auditor.get(address).status_code, system.get(address).status_code) == (200, 403), address
    assert (auditor.get("/health/").status_code, system.get("/health/").status_code) == (403, 200)
    assert "外来文件隔离" in system.get("/health/").content.decode()
    with access.acting_as(AUDITOR):
        refused = set(JournalEntry.objects.filter(event="ACCESS_REFUSED").values_list("account", "target_id"))
    assert {("shenji", "/health/"), ("xitong", "/audit/")} < refused


def test_the_health_page_says_what_to_do(system: Client, as_web: None) -> None:
    page = system.get("/health/").content.decode()
    assert "后台进程没有运行" in page and "还没有生成过" in page and "从未报送" in page


def test_a_watch_over_the_journal_that_does_not_run_is_said_wherever_alarms_are_shown(auditor: Client) -> None:
    def said() -> tuple[Grade, list[bool]]:
        pages = [auditor.get(page).content.decode() for page in ("/", "/audit/alarms/", "/audit/")]
        found = next(item for item in safeguards.look() if item.name == "告警检查")
        return found.grade, ["没有按时" in page or "只检查到" in page for page in pages]

    audit.scan(at=timezone.now())
    assert said() == (Grade.GOOD, [False] * 3)
    AlarmPosition.objects.update(scanned_to=timezone.now() - timedelta(minutes=20))
    assert said() == (Grade.BAD, [True] * 3)
    looks = [audit.Line(audit.Event.PERSON_VIEWED, "person", str(number)) for number in range(200)]
    journal_entries(looks, actor=Actor("li", Role.TOWN_CLERK, "50"), at=timezone.now())
    with (
        connection.cursor() as cursor
    ):  # the web's login raises what is to be raised, and does not stand for the worker's scan
        cursor.execute("set local role canbao_web")
        auditor.post("/audit/alarms/scan/")
        cursor.execute("set local role canbao_worker")
    assert Alarm.objects.filter(subject="li").exists() and said() == (Grade.BAD, [True] * 3)
    timetable.scan_journal(timestamp=0)
    assert said() == (Grade.GOOD, [False] * 3)
