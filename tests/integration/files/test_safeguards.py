"""What protects a register is looked at every day: the page of the system administrator and `canbao status` say when it is not so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.utils import timezone

from canbao.cli.doctor import doctor
from canbao.cli.output import Stop
from canbao.outside import serving
from canbao.services import overview, safeguards
from canbao.services.safeguards import Grade, Safeguard
from canbao.store.models import AlarmPosition, KeyCheck
from canbao.store.sealed import PURPOSES, check_value

pytestmark = pytest.mark.django_db
LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.CANBAO_HOME = tmp_path
    return tmp_path


def found(name: str, **more: bool) -> Safeguard:
    return next(one for one in safeguards.look(**more) if one.name == name)


def test_a_file_that_others_may_read_is_said(folder: Path) -> None:
    assert found("目录权限").grade is Grade.GOOD
    (folder / "exports").mkdir(mode=0o755)
    (folder / "exports").chmod(0o755)
    said = found("目录权限")
    assert said.grade is Grade.BAD and "exports" in said.says and "chmod -R go=" in said.todo


def test_a_paper_that_others_may_read_is_said_by_the_command(folder: Path) -> None:
    paper = folder / "evidence" / "ab" / "abcd"
    paper.parent.mkdir(parents=True)
    paper.touch()
    paper.chmod(0o644)
    assert found("目录权限").grade is Grade.GOOD
    assert found("目录权限", every_file=True).grade is Grade.BAD
    assert next(one for one in overview.look().safeguards if one.name == "目录权限").grade is Grade.BAD


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_key_that_is_not_the_registers_is_said(settings: Any) -> None:
    assert found("密钥").grade is Grade.WATCH
    KeyCheck.objects.bulk_create(
        KeyCheck(name=f"secret_key/{purpose}", value=check_value(settings.SECRET_KEY, purpose)) for purpose in PURPOSES
    )
    assert found("密钥").grade is Grade.GOOD
    settings.SECRET_KEY = "another"
    assert found("密钥").grade is Grade.BAD


def end_every_wait() -> None:
    for name in LIMITS:
        connection.cursor().execute(f"set local {name} = '30s'")


def test_a_wait_without_an_end_is_said() -> None:
    end_every_wait()
    assert found("数据库等待时限").grade is Grade.GOOD
    connection.cursor().execute("set local lock_timeout = 0")
    said = found("数据库等待时限")
    assert said.grade is Grade.BAD and "等锁 0" in said.says


def test_the_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: (100 * 2**30, 0, 2 * 2**30))
    assert found("磁盘空间").grade is Grade.BAD


@pytest.mark.parametrize(
    ("host", "behind_proxy", "practice", "grade"),
    [
        ("127.0.0.1", False, True, Grade.GOOD),
        ("127.0.0.1", False, False, Grade.WATCH),
        ("::1", True, False, Grade.GOOD),
        ("0.0.0.0", True, False, Grade.WATCH),
        ("::", False, True, Grade.BAD),
    ],
)
def test_a_server_that_others_reach_without_the_proxy_is_said(
    folder: Path, settings: Any, host: str, behind_proxy: bool, practice: bool, grade: Grade
) -> None:
    settings.CANBAO_PRACTICE = practice
    with serving.noted(folder, serving.Listening(host, 8000, behind_proxy)):
        said = found("网页监听地址")
        assert said.grade is grade and "8000" in said.says and bool(said.todo) == (grade is not Grade.GOOD)
    assert "网页监听地址" not in {item.name for item in safeguards.look()}


def test_a_note_of_a_server_that_was_killed_counts_for_nothing(folder: Path) -> None:
    with serving.noted(folder, serving.Listening("0.0.0.0", 8000, False)):
        left = (folder / "serving" / "8000.json").read_text()
    (folder / "serving" / "8000.json").write_text(left)
    (folder / "serving" / "8001.json").write_text("[")
    assert serving.listening(folder) == []


class MadeHouse:
    """A register whose database runs already. fault: why it cannot be looked at."""

    def __init__(self, home: Path, fault: Stop | None = None) -> None:
        self.home, self.fault = home, fault

    def is_made(self) -> bool:
        return True

    def load_django(self) -> None:
        if self.fault:
            raise self.fault

    def start_database(self) -> None: ...

    def is_initialised(self) -> bool:
        return True


def asked_doctor(house: MadeHouse) -> tuple[int, str]:
    answer = CliRunner().invoke(doctor, obj=house, standalone_mode=False, env={"COLUMNS": "200"})
    stop = answer.exception
    return (stop.code if isinstance(stop, Stop) else answer.exit_code), answer.output + str(stop or "")


def test_the_doctor_looks_at_the_register_too(folder: Path, settings: Any) -> None:
    end_every_wait()
    AlarmPosition.objects.create(scanned_to=timezone.now())
    code, said = asked_doctor(MadeHouse(folder))
    assert code == 0 and "没有设置" in said and "须留意:" in said and "机外存证" in said
    AlarmPosition.objects.update(scanned_to=timezone.now() - timedelta(minutes=16))
    settings.CANBAO_TSA_URL = "http://127.0.0.1:1/"
    code, said = asked_doctor(MadeHouse(folder))
    assert code == 4 and "登记库有异常:告警检查、机外存证：时间戳" in said and "还没有成功过" in said


def test_a_register_that_cannot_be_looked_at_is_said_and_the_machine_all_the_same(folder: Path) -> None:
    code, said = asked_doctor(MadeHouse(folder, Stop("目录不是只有本账户可以读写", code=4)))
    assert code == 4 and "目录不是只有本账户可以读写" in said and "能读的格式" in said
