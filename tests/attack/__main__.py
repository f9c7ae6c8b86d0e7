"""python -m tests.attack [--only 1,2,held] [--people N] [--folder PATH] [--keep] [--json FILE]

Exit code 1 when an attack succeeded, went unrecorded or could not be carried out.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.attack.outcomes import ATTACKS, Attack, Outcome, Result, Verdict
from tests.attack.running import Product

MODULES = (
    "accounts",
    "bombs",
    "commands",
    "enumeration",
    "evidence",
    "fuzzed",
    "guessed",
    "guessing",
    "headers",
    "inbox",
    "injection",
    "journal",
    "killed",
    "logins",
    "permissions",
    "slow",
    "tampering",
    "unread",
    "uploads",
)
# Lines that signing in and the timetable leave, whatever is attacked.
ORDINARY = {"SIGNED_IN", "SECOND_FACTOR_SET", "RECOVERY_CODES_MADE", "SECOND_FACTOR_PASSED", "RECOVERY_CODE_USED"}


def main(words: list[str]) -> int:
    """Run the chosen attacks; returns the exit code."""
    asked = _asked(words)
    chosen = _chosen(asked.only)
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="canbao-attack-"))
    product = Product(folder, people=asked.people)
    began = time.monotonic()
    try:
        with product:
            print(f"{product.home} served on port {product.port} after {time.monotonic() - began:.0f} s", flush=True)
            results = [_carried_out(each, product) for each in chosen]
    finally:
        if not (asked.keep or asked.folder):
            product.remove()
    _sum_up(results, asked.json)
    return 1 if any(result.verdict.is_bad for result in results) else 0


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--only", default="", help="entries or names of attacks, with commas between")
    parser.add_argument("--people", type=int, default=3000, help="people of the invented city")
    parser.add_argument("--folder", default="", help="build the register here, or use the one that is here; it stays")
    parser.add_argument("--keep", action="store_true", help="leave the temporary folder")
    parser.add_argument("--json", default="", help="write the results to this file too")
    return parser.parse_args(words)


def _chosen(only: str) -> list[Attack]:
    for name in MODULES:
        importlib.import_module(f"tests.attack.{name}")
    wanted = {word for word in only.split(",") if word}
    found = [each for each in ATTACKS if not wanted or wanted & {each.entry, each.name}]
    return sorted(found, key=lambda each: each.order)


def _carried_out(attack: Attack, product: Product) -> Result:
    assert product.watch
    line, faults = product.database.last_line(), product.faults_mark()
    with product.watch.window() as window:
        outcome = _tried(attack, product)
    events = Counter(product.database.events(line))
    result = Result(
        attack, outcome, window.seconds, window.peak, window.peak_of, window.latency,
        {event: count for event, count in events.items() if event not in ORDINARY or event in attack.events},
        line + 1, product.faults(faults),
    )  # fmt: skip
    print(_line(result), flush=True)
    if attack.is_heavy and result.verdict.is_bad:
        product.renew()
    return result


def _tried(attack: Attack, product: Product) -> Outcome:
    """An attack that fails by itself says nothing about the product, and must not look as if it did."""
    try:
        return attack.run(product)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome(
            Verdict.BROKEN, f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"[:600]
        )


def _line(result: Result) -> str:
    median, high, longest = result.latency
    told = ", ".join(f"{event} {count}" for event, count in sorted(result.lines.items(), key=lambda item: -item[1])[:4])
    return (
        f"{result.attack.entry:>8}  {result.attack.name:<34} {result.verdict:<10} {result.seconds:6.1f} s"
        f" {result.peak:6.0f} MB {result.peak_of:<6} page {median:4.0f}/{high:5.0f}/{longest:6.0f} ms"
        f"  [{told}]\n{'':10}{result.says}"
    )


def _sum_up(results: list[Result], path: str) -> None:
    counts = Counter(result.verdict for result in results)
    print("\n" + ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]))
    for result in results:
        if result.verdict.is_bad:
            print(f"  {result.verdict}: entry {result.attack.entry}, {result.attack.name}: {result.attack.about}")
    if path:
        rows = [
            {
                "entry": result.attack.entry, "name": result.attack.name, "about": result.attack.about,
                "verdict": result.verdict, "says": result.says, "seconds": round(result.seconds, 1),
                "peak_mb": round(result.peak), "peak_of": result.peak_of, "latency_ms": [round(ms) for ms in result.latency],
                "journal": result.lines, "first_line": result.first_line,
            }
            for result in results
        ]  # fmt: skip
        Path(path).write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
