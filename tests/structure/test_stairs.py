"""The code about itself: floors, migrations, lock file, width."""

from __future__ import annotations

import subprocess
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]


def test_calls_go_down_never_up() -> None:
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == EXIT_STATUS_SUCCESS


def test_migrations_are_one_line() -> None:
    names = sorted(path.stem for path in (ROOT / "canbao/store/migrations").glob("0*.py"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_the_lock_file_names_no_host_and_hashes_everything() -> None:
    text = (ROOT / "requirements.txt").read_text()
    assert "://" not in text
    pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert all("==" in line and line.endswith("\\") for line in pinned)


def test_the_lock_file_holds_every_declared_package() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = (ROOT / "requirements.txt").read_text().lower()
    for requirement in declared:
        name = requirement.lower().replace("[binary]", "")
        for mark in "<>=":
            name = name.split(mark)[0]
        assert f"\n{name}==" in f"\n{locked}" or f"\n{name}[binary]==" in f"\n{locked}", name


def test_no_line_is_wider_than_a_screen() -> None:
    generated = ROOT / "canbao/store/migrations/0001_initial.py"
    files = [ROOT / name for name in tracked("*.py") if ROOT / name != generated]
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        if path.exists()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > 150
    ]
    assert long == []


def tracked(*patterns: str) -> list[str]:
    """Files under version control."""
    found = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.splitlines()
