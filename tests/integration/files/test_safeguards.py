"""What protects a register is looked at every day: the page of the system administrator and `canbao status` say when it is not so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from canbao.services import overview, safeguards
from canbao.services.safeguards import Grade, Safeguard
from canbao.store.models import KeyCheck
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


def test_a_wait_without_an_end_is_said() -> None:
    with connection.cursor() as cursor:
        for name in LIMITS:
            cursor.execute(f"set local {name} = '30s'")
        assert found("数据库等待时限").grade is Grade.GOOD
        cursor.execute("set local lock_timeout = 0")
    said = found("数据库等待时限")
    assert said.grade is Grade.BAD and "等锁 0" in said.says


def test_the_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: (100 * 2**30, 0, 2 * 2**30))
    assert found("磁盘空间").grade is Grade.BAD
