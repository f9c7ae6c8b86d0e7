"""What `canbao demo` builds: an invented city from the departments' files to the register, and how well it was put together."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
import subprocess
import sys
from ast import literal_eval
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from canbao.cli.context import actor, now
from canbao.cli.demo_accounts import make_demo_accounts, show_demo_accounts
from canbao.cli.demo_round import open_demo_round
from canbao.cli.figures import show_run
from canbao.cli.labels import SOURCES
from canbao.cli.match import run_with_progress
from canbao.cli.output import BUG, REFUSED_BY_RULE, Stop, print_table, progress, say
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.roles import Role
from canbao.services import intake, matching, overview

RECEIVER, COMMITTER = "演示接收员", "演示复核员"
VERDICTS = {"accepted": "接受", "unchanged": "未变", "quarantined": "暂存", "rejected": "退回"}
TELLING = ("DAMAGED_NUMBER", "SAME_TRAITS", "OLD_NUMBER", "SAME_NUMBER")


def build(home: Path, people: int, seed: int) -> None:
    """From nothing to a register with a round and an account per post; repeated, it changes nothing but the passwords.

    home: a practice home whose database is up.
    """
    city, links = home / "city", home / "links.csv"
    _refuse_other_registers(city, people, seed)
    seconds: dict[str, float] = {}
    with _stage("虚构城市,写出各部门数据(GB 18030)", seconds):
        _invent(city, people, seed)
    with _stage("接收", seconds):
        receipts = _receive(city)
    with _stage("由另一人提交", seconds):
        committed = _commit()
    with _stage("比对并写入登记库", seconds):
        report = run_with_progress(actor(RECEIVER, role=Role.MUNICIPAL_OPERATOR))
    with _stage("导出对应关系,与真值比较", seconds):
        matching.export_links(links, form="csv", actor=actor(RECEIVER, role=Role.MUNICIPAL_ANALYST), at=now())
        scored = _score(links, city / "truth.parquet")
    _show_rows()
    show_run(report.run.counts)
    _show_score(scored)
    _show_seconds(seconds)
    if report.repeated and not committed and all(receipt.known for receipt in receipts):
        click.echo("各部门数据此前均已接收、提交,没有新的数据、判定或规则:登记库没有任何变化。\n")
    _show_next(home, _telling(links))
    _open_to_staff()


def _open_to_staff() -> None:
    village = overview.busiest_village()
    given = make_demo_accounts(town=village[:15], village=village)
    if said := open_demo_round(village):
        say(said)
    click.echo()
    show_demo_accounts(given)


def _show_seconds(seconds: dict[str, float]) -> None:
    spent = [{"stage": name, "seconds": f"{passed:.1f}"} for name, passed in seconds.items()]
    print_table(spent, columns={"stage": "阶段", "seconds": "秒"}, title=f"用时 {sum(seconds.values()):.0f} 秒")


def _refuse_other_registers(city: Path, people: int, seed: int) -> None:
    """Another practice home keeps its people; one city to a home."""
    receivers = {row["received_by"] for row in intake.batch_list()}
    if receivers and RECEIVER not in receivers:
        raise Stop(
            f"{city.parent} 里已有别的练习数据,演示不会动它。请用 CANBAO_HOME 另指定一个目录。", code=REFUSED_BY_RULE
        )
    made = _plan(city)
    if made and (made["people"], made["seed"]) != (people, seed):
        raise Stop(
            f"{city.parent} 里已有一座城市({made['people']:,} 人,种子 {made['seed']})。"
            "另建一座请删除该目录,或用 CANBAO_HOME 另指定一个目录。",
            code=REFUSED_BY_RULE,
        )


def _plan(city: Path) -> dict[str, Any] | None:
    """What the generator notes when it is done; nothing when it was interrupted."""
    path = city / "city.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else None


@contextmanager
def _stage(name: str, seconds: dict[str, float]) -> Iterator[None]:
    say(f"{name}…")
    started = perf_counter()
    yield
    seconds[name] = perf_counter() - started


def _invent(city: Path, people: int, seed: int) -> None:
    """In a process of its own: doors do not import the city, and its memory is given back."""
    if _plan(city):
        return
    shutil.rmtree(city, ignore_errors=True)
    with progress("虚构城市"):
        given = ("--people", str(people), "--seed", str(seed), "--damage", "addresses", "--encoding", "gb18030")
        _synth(*given, "--out", str(city))


def _synth(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "synth", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"虚构城市的程序没有做完:\n{done.stderr[-2000:]}", code=BUG)
    return done.stdout


def _receive(city: Path) -> list[intake.Receipt]:
    clerk = actor(RECEIVER, role=Role.MUNICIPAL_OPERATOR)
    receipts = []
    for path in intake.delivery_paths(city):
        try:
            receipts.append(intake.receive(intake.announced(path), actor=clerk, at=now(), watch=progress))
        except DeliveryRefused as refusal:
            raise Stop(f"拒收 {path}:{refusal.sentence}", code=BUG) from refusal
        say(f"  {SOURCES[receipts[-1].delivery.source]} {receipts[-1].delivery.rows:,} 行")
    return receipts


def _commit() -> int:
    """The demo's own batches only."""
    other = actor(COMMITTER, role=Role.MUNICIPAL_APPROVER)
    batches = [batch for batch in intake.waiting() if batch.prepared_by == RECEIVER]
    with progress("提交", total=len(batches)) as advance:
        for batch in batches:
            intake.commit(batch.pk, actor=other, at=now())
            advance(1)
    return len(batches)


def _score(links: Path, truth: Path) -> dict[str, str]:
    lines = _synth("score", "--links", str(links), "--truth", str(truth)).splitlines()
    return dict(line.split("\t", 1) for line in lines)


def _show_rows() -> None:
    rows: list[dict[str, Any]] = [
        {"source": SOURCES[row["source"]], "rows": row["rows"]}
        | {verdict: row["counts"][verdict] for verdict in VERDICTS}
        for row in intake.batch_list()
        if row["received_by"] == RECEIVER and row["counts"]
    ]
    total = {name: sum(row[name] for row in rows) for name in ("rows", *VERDICTS)}
    added = sum(total[verdict] for verdict in VERDICTS)
    said = "每一行都有着落" if added == total["rows"] else f"相差 {total['rows'] - added:,} 行"
    columns = {"source": "来源", "rows": "行数"} | VERDICTS
    print_table([*rows, {"source": "合计", **total}], columns=columns, title=f"各来源收到的行({said})")


def _show_score(scored: dict[str, str]) -> None:
    def number(text: str) -> str:
        return f"{int(text):,}"

    merges = literal_eval(scored["false_merges_by_kind"])
    lines: list[tuple[str, str]] = [
        ("准确率(归为一人的两条记录,确属一人)", scored["precision"]),
        ("召回率(同一人的两条记录,已归为一人)", scored["recall"]),
        ("真实人数 / 归并后人数", f"{number(scored['true_people'])} / {number(scored['clusters'])}"),
        ("应归并的记录对 / 漏归并", f"{number(scored['true_pairs'])} / {number(scored['missed_pairs'])}"),
        ("错归并的记录对", number(scored["false_pairs"])),
        ("被并为一人的双胞胎", str(merges.get("twin", 0))),
        ("被并为一人的同村同名同生日者", str(merges.get("lookalike", 0))),
        ("被并为一人的重号者", str(merges.get("shared_number", 0))),
    ]
    print_table(
        [{"what": what, "value": value} for what, value in lines], columns={"what": "与真值比较", "value": "结果"}
    )


def _telling(links: Path) -> dict[str, str]:
    """A record whose link is worth explaining."""
    found: dict[str, dict[str, str]] = {}
    with links.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"] not in ("police", "deaths"):
                found.setdefault(row["rule"], row)
                if row["rule"] == TELLING[0]:
                    break
    return next((found[rule] for rule in TELLING if rule in found), next(iter(found.values())))


def _show_next(home: Path, row: dict[str, str]) -> None:
    program = sys.argv[0] if Path(sys.argv[0]).name == "canbao" else "canbao"
    record = shlex.quote(f"{row['source']}:{row['record_key']}")
    click.echo(f"登记库位于 {home}(数据库、收到的原件、各来源现状、比对结果都在其中;删除该目录即全部删除)。")
    click.echo(f"每条来源记录归到谁:{home / 'links.csv'}\n\n接着可以看:\n  export CANBAO_HOME={shlex.quote(str(home))}")
    for command, meaning in (
        (f"match explain {record}", "这条记录为何归到这个人"),
        (f"person show {row['person_id']}", "这个人的登记信息和历次版本"),
        ("cases --kind POSSIBLE_SAME", "疑似同一人、等人判定的疑点"),
        ("intake list", "收到的报送和批次"),
        ("status", "登记库现状和摘要"),
    ):
        click.echo(f"  {program} {command:<44} # {meaning}")
