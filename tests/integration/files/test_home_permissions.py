"""A home that others may read or replace starts nothing; the command that is printed mends it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from canbao.outside.home_permissions import Finding, HomeNotPrivateError, Problem, check, find

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.fixture
def home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="canbao-test-") as top:
        made = Path(top) / "a home"
        (made / "deliveries" / "1").mkdir(parents=True)
        (made / "deliveries" / "1" / "spill.csv").write_text("x")
        (made / "secret_key").write_text("x")
        yield made


def commands(error: HomeNotPrivateError) -> list[str]:
    return [line.strip() for line in error.sentence().partition("再试:")[2].splitlines() if line.strip()]


def refusal(home: Path) -> HomeNotPrivateError:
    with pytest.raises(HomeNotPrivateError) as refused:
        check(home)
    return refused.value


def mended(home: Path) -> None:
    for command in commands(refusal(home)):
        subprocess.run(["/bin/sh", "-c", command], check=True)
    check(home)


def test_a_private_home_and_one_that_is_not_there_yet_pass(home: Path) -> None:
    check(home)
    check(home / "not" / "there")


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o770])
@pytest.mark.parametrize("place", ["", "deliveries", "deliveries/1"])
def test_a_folder_that_others_may_enter_is_refused_and_mended(home: Path, place: str, mode: int) -> None:
    (home / place).chmod(mode)
    assert refusal(home).findings == [Finding(home / place, Problem.OPEN)]
    mended(home)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
@pytest.mark.parametrize("place", ["secret_key", "deliveries/1/spill.csv"])
def test_a_file_that_others_may_read_is_refused_and_mended(home: Path, place: str, mode: int) -> None:
    (home / place).chmod(mode)
    assert refusal(home).findings == [Finding(home / place, Problem.OPEN)]
    mended(home)


@pytest.mark.parametrize("target", ["/etc", "/nowhere"])
def test_a_link_inside_is_refused_and_only_the_link_is_removed(home: Path, tmp_path: Path, target: str) -> None:
    (home / "exports").symlink_to(target)
    assert refusal(home).findings == [Finding(home / "exports", Problem.LINK)]
    mended(home)
    assert Path("/etc/passwd").exists()


def test_a_home_that_is_named_by_a_link_is_looked_at_where_it_lies(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from canbao.config.home import home_path

    (tmp_path / "link").symlink_to(home)
    monkeypatch.setenv("CANBAO_HOME", str(tmp_path / "link"))
    assert home_path() == home.resolve()
    check(home_path())


@as_root
@pytest.mark.parametrize("place", ["secret_key", "deliveries", "deliveries/1/spill.csv"])
def test_what_belongs_to_somebody_else_is_refused_and_mended(home: Path, place: str) -> None:
    os.chown(home / place, NOBODY, NOBODY)
    assert refusal(home).findings == [Finding(home / place, Problem.OWNER)]
    mended(home)


@as_root
def test_the_home_of_an_account_is_not_used_by_another(home: Path) -> None:
    os.chown(home, NOBODY, NOBODY)
    assert any("su " in command for command in commands(refusal(home)))


def test_what_a_sender_lays_into_the_inbox_does_not_stop_the_register(home: Path) -> None:
    sent = home / "inbox" / "police"
    sent.mkdir(parents=True)
    (sent / "list.csv").write_text("x")
    (sent / "list.csv").chmod(0o666)
    (sent / "link.csv").symlink_to("/etc/passwd")
    check(home)
    (home / "inbox").chmod(0o755)
    assert refusal(home).findings == [Finding(home / "inbox", Problem.OPEN)]


def test_every_paper_is_looked_at_only_when_asked(home: Path) -> None:
    paper = home / "evidence" / "ab" / "abcd"
    paper.parent.mkdir(parents=True)
    paper.write_text("x")
    paper.chmod(0o644)
    check(home)
    assert list(find(home, every_file=True)) == [Finding(paper, Problem.OPEN)]
    paper.parent.chmod(0o755)
    assert refusal(home).findings == [Finding(paper.parent, Problem.OPEN)]


def test_no_command_runs_over_an_open_home(home: Path) -> None:
    (home / "secret_key").chmod(0o640)
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"CANBAO_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "canbao.config.entry", "status"], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "chmod -R go=" in done.stderr) == (4, True), done.stderr
    assert not (home / "postgres").exists()
