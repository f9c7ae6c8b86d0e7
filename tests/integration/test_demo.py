"""`canbao demo` as a process: it ends with a page that adds up, changes nothing again, and leaves other registers alone."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.cli import demo_city
from canbao.cli.output import Stop
from canbao.outside import home_permissions

PEOPLE = "2000"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="canbao-demo-") as top:
        yield Path(top) / "demo"


@pytest.fixture(scope="module")
def page(home: Path) -> str:
    return finished(canbao(home, "demo", "--no-serve", "--people", PEOPLE))


def canbao(home: Path | None, *args: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "CANBAO_HOME")}
    if home:
        env["CANBAO_HOME"] = str(home)
    command = [sys.executable, "-m", "canbao.config.entry", *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=200)


def finished(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_adds_up_and_scores_the_links(page: str) -> None:
    assert "每一行都有着落" in page
    total = [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", page.split("合计")[1].split("\n")[0])]
    assert total[0] == sum(total[1:]) > 0
    precision, recall = (float(re.search(rf"{name}.*?([01]\.\d{{6}})", page)[1]) for name in ("准确率", "召回率"))
    assert precision >= 0.9995 and recall >= 0.995
    assert all(word in page for word in ("本地户籍", "未参齐险种", "可靠归并", "用时"))


def test_the_commands_it_offers_work(home: Path, page: str) -> None:
    offered = [line.split("#")[0].split() for line in page.splitlines() if re.match(r"  \S*canbao ", line)]
    assert len(offered) == 5
    for _, *command in offered:
        finished(canbao(home, *command))


def test_a_second_run_says_that_nothing_changes(home: Path, page: str) -> None:
    assert "登记库没有任何变化" not in page
    assert "登记库没有任何变化" in finished(canbao(home, "demo", "--no-serve", "--people", PEOPLE))


def test_another_city_needs_another_folder(home: Path, page: str) -> None:
    done = canbao(home, "demo", "--no-serve", "--people", PEOPLE, "--seed", "2")
    assert (done.returncode, "已有一座城市" in done.stderr) == (4, True)


def test_it_keeps_away_from_other_practice_data_and_needs_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_city.intake, "batch_list", lambda: [{"received_by": "张工"}])
    with pytest.raises(Stop, match="别的练习数据"):
        demo_city._refuse_other_registers(tmp_path / "city", 1000, 1)
    done = canbao(None, "demo", "--no-serve")
    assert (done.returncode, "make demo" in done.stderr) == (4, True)


def test_whatever_a_run_makes_is_for_its_account_only(home: Path, page: str) -> None:
    """Files 0600, folders 0700, programs of the embedded server's data included; nothing is a link or somebody else's."""
    made = [home, *home.rglob("*")]
    assert len(made) > 1000
    modes = {(path.is_dir(), stat.S_IMODE(path.lstat().st_mode)) for path in made}
    assert modes <= {(True, 0o700), (False, 0o600)}
    assert list(home_permissions.find(home, every_file=True)) == []
