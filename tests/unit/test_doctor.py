"""What a system cannot isolate is said, and without the essential nothing of others is opened."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from canbao.cli.doctor import doctor
from canbao.cli.output import Stop
from canbao.outside import papers
from canbao.outside.reader import client, report
from canbao.outside.reader.failures import ReaderUnavailableError
from canbao.outside.reader.limits import Group, Operation
from canbao.outside.reader.lock import Protection, Trial
from canbao.outside.reader.protections import Protections
from canbao.outside.reader.report import ProtectionGrade
from canbao.outside.reader.requests import UNAVAILABLE
from tests.integration.evidence.files import picture

WHOLE = Protections(frozenset(Protection), frozenset(Protection), frozenset(Trial), frozenset(), True, 7)
LESS: dict[str, tuple[Protections, ProtectionGrade]] = {
    "文件隔离（Landlock）": (replace(WHOLE, held=WHOLE.held - {Protection.LANDLOCK}, used=WHOLE.used - {Protection.LANDLOCK}), ProtectionGrade.WEAKER),
    "系统调用过滤（seccomp）": (replace(WHOLE, used=WHOLE.used - {Protection.SECCOMP}), ProtectionGrade.WEAKER),
    "不能启动其他程序": (replace(WHOLE, refused=WHOLE.refused - {Trial.PROGRAMS}), ProtectionGrade.WEAKER),
    "内存监视": (replace(WHOLE, watched=False), ProtectionGrade.WEAKER),
    "能读的格式": (replace(WHOLE, unreadable=frozenset({Operation.PARQUET})), ProtectionGrade.REFUSED),
    "内存和处理器时间限度": (replace(WHOLE, refused=WHOLE.refused - {Trial.MEMORY}), ProtectionGrade.REFUSED),
    "打不开其他文件": (replace(WHOLE, refused=WHOLE.refused - {Trial.FILES}), ProtectionGrade.REFUSED),
    "连不上网络和数据库": (replace(WHOLE, refused=WHOLE.refused - {Trial.NETWORK}), ProtectionGrade.REFUSED),
}  # fmt: skip


def test_this_machine_is_found_whole_without_a_database(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "canbao.config.entry", "doctor", "--json"]
    run = subprocess.run(
        command, env=os.environ | {"CANBAO_HOME": str(tmp_path / "home")}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert {finding["grade"] for finding in json.loads(run.stdout)} == {"HOLDS"}
    assert not (tmp_path / "home" / "postgres").exists()


@pytest.mark.parametrize("name", LESS)
def test_what_is_missing_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    found, grade = LESS[name]
    monkeypatch.setattr(report, "protections", lambda group: found if group is Group.TABLES else WHOLE)
    (other,) = [finding for finding in report.findings() if finding.grade is not ProtectionGrade.HOLDS]
    assert (other.name, other.grade) == (name, grade) and other.todo
    answer = CliRunner().invoke(doctor, standalone_mode=False)
    stop = answer.exception
    assert (stop.code if isinstance(stop, Stop) else 0) == (4 if grade is ProtectionGrade.REFUSED else 0)
    assert name in answer.output and name in (str(stop) if stop else answer.stderr)
    assert found.essential == (name not in ("内存和处理器时间限度", "打不开其他文件", "连不上网络和数据库"))


def test_protections_survive_their_way_through_json() -> None:
    for found, _ in LESS.values():
        assert Protections.from_json(json.loads(json.dumps(found.as_json()))) == found


class Refusing:
    """A server that found out that it cannot limit its readers."""

    def __init__(self, group: Group) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        Thread(target=self._refuse, args=(theirs,), daemon=True).start()

    @staticmethod
    def _refuse(control: socket.socket) -> None:
        while True:
            message, handles, _, _ = socket.recv_fds(control, 4096, 3)
            if not message:
                return
            os.write(handles[-1], UNAVAILABLE)
            for handle in handles:
                os.close(handle)


class Dying(Refusing):
    """A server that does not come up."""

    @staticmethod
    def _refuse(control: socket.socket) -> None:
        control.close()


@pytest.fixture
def no_servers() -> Iterator[None]:
    client._readers.begin()
    yield
    client._readers.begin()


@pytest.mark.parametrize("server", [Refusing, Dying])
def test_without_the_essential_nothing_is_opened(
    server: type[Refusing], monkeypatch: pytest.MonkeyPatch, no_servers: None
) -> None:
    monkeypatch.setattr(client, "RunningServer", server)
    with pytest.raises(papers.NoReaderError):
        papers.look(picture())


def test_a_server_that_does_not_come_up_is_said(monkeypatch: pytest.MonkeyPatch, no_servers: None) -> None:
    monkeypatch.setattr(client, "RunningServer", Dying)
    with pytest.raises(ReaderUnavailableError):
        client.protections(Group.PAPERS)
    (finding,) = report.findings()
    assert finding.grade is ProtectionGrade.REFUSED and finding.todo
