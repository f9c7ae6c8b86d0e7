"""Small lists received by two checkouts in turn: processor seconds of the whole process, and their ratio.

python -m bench.small CITY OTHER [PAIRS]    CITY: of `python -m synth --people 6000`; OTHER: a folder with the code to compare with
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent.parent


def received(code: Path, city: Path) -> float:
    """Processor seconds of one reception into a new home."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"CANBAO_HOME": f"{home}/home", "PYTHONPATH": str(code)}
        canbao = [sys.executable, "-m", "canbao.config.entry"]
        subprocess.run([*canbao, "init", "--practice"], cwd=code, env=environment, check=True, capture_output=True)
        words = ["intake", "receive", str(city), "--as", "bench-a"]
        process = subprocess.Popen(
            [*canbao, *words], cwd=code, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        return usage.ru_utime + usage.ru_stime


def main(city: Path, other: Path, pairs: int) -> None:
    found = [(received(HERE, city), received(other, city)) for _ in range(pairs)]
    for ours, theirs in found:
        print(f"{ours:.2f} s / {theirs:.2f} s = {ours / theirs:.2f}")
    print(f"median ratio {statistics.median(ours / theirs for ours, theirs in found):.2f}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int(sys.argv[3]) if len(sys.argv) > 3 else 5)
