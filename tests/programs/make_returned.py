"""Receive the list of `returned.py` in a practice home and put its error files into a folder.

python -m tests.programs.make_returned FOLDER
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.programs.returned import deliver, rows


def main(target: Path) -> None:
    """Leave the workbook and the CSV in `target`."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        sent = deliver(Path(folder) / "sent", rows(right=False), as_of="2026-02-28")
        _canbao(folder, "init", "--practice")
        _canbao(folder, "intake", "receive", str(sent), "--as", "张工", right=(0, 4))
        for path in _canbao(folder, "intake", "errors", "1", "--as", "张工").split():
            shutil.copy(path, target)


def _canbao(folder: str, *words: str, right: tuple[int, ...] = (0,)) -> str:
    environment = os.environ | {"CANBAO_HOME": f"{folder}/home"}
    command = [sys.executable, "-m", "canbao.config.entry", *words]
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode not in right:
        raise SystemExit(f"{' '.join(words)}: {done.returncode}")
    return done.stdout


main(Path(sys.argv[1]))
