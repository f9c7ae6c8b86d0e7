"""Command line of the invented city."""

import argparse
import sys
from datetime import date
from pathlib import Path

from synth import addresses, city, delta, exact, programs, score, shape


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synth", description="虚构城市：生成各部门数据")
    parser.add_argument("--people", type=int, required=True, help="人数，1000 至 34000000")
    parser.add_argument("--seed", type=int, default=1, help="随机种子，同种子同结果")
    parser.add_argument("--out", type=Path, required=True, help="输出目录")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 10, 31), help="数据日期")
    parser.add_argument("--errors", type=float, default=1.0, help="差错率倍数，0 为无差错")
    parser.add_argument("--sources", nargs="+", choices=shape.SOURCES, default=shape.SOURCES, help="只生成这些来源")
    parser.add_argument(
        "--damage",
        nargs="+",
        choices=("all", addresses.KIND, *programs.KINDS),
        default=[],
        help="另加程序造成的损坏，addresses 为不规范的地址，随 --errors 增减",
    )
    _writing(parser)
    return parser


def _writing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", dest="form", choices=("csv", "csv.gz", "parquet", "xlsx"), default="csv", help="文件格式"
    )
    parser.add_argument("--encoding", choices=("utf-8", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"), default="utf-8",
        help="CSV 编码；utf-16-le、utf-16-be 不带字节序标记",
    )  # fmt: skip


def _full(arguments: list[str]) -> None:
    got = _parser().parse_args(arguments)
    kinds = (*programs.KINDS, addresses.KIND)
    damage = kinds if "all" in got.damage else tuple(kind for kind in kinds if kind in got.damage)
    plan = city.Plan(got.people, got.seed, got.as_of, got.errors, got.form, got.encoding, damage)
    for source, rows in city.generate(plan, out=got.out, sources=got.sources).items():
        _say(f"{source}\t{rows}")


def _show(result: dict[str, object]) -> None:
    for name, value in result.items():
        _say(f"{name}\t{value:.6f}" if isinstance(value, float) else f"{name}\t{value}")


def _exact_join(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m synth exact-join", description="只按清洗后的号码比对六个主要来源")
    parser.add_argument("folder", type=Path, help="生成的目录")
    folder = parser.parse_args(arguments).folder
    for title, lengthen in (("15 位号码不转换", False), ("15 位号码转为 18 位", True)):
        _say(f"# {title}")
        _show(exact.exact_join(folder, lengthen=lengthen))


def _score(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m synth score", description="用真值评价比对结果")
    parser.add_argument("--links", type=Path, required=True, help="source, record_key, person_id, rule, band")
    parser.add_argument("--truth", type=Path, required=True, help="truth.parquet")
    got = parser.parse_args(arguments)
    _show(score.score(got.links, got.truth))


def _delta(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m synth delta", description="在全量之后生成一次增量")
    parser.add_argument("--from", dest="first", type=Path, required=True, help="全量所在目录")
    parser.add_argument("--out", type=Path, required=True, help="输出目录")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 30), help="数据日期")
    parser.add_argument("--people", type=int, default=1000, help="涉及人数")
    parser.add_argument("--seed", type=int, default=1, help="随机种子；四个连续种子的新号码互不相同")
    parser.add_argument("--sources", nargs="+", choices=shape.SOURCES, default=shape.SOURCES, help="只生成这些来源")
    _writing(parser)
    got = parser.parse_args(arguments)
    plan = city.load_plan(got.first, form=got.form, encoding=got.encoding)
    change = delta.Change(plan, got.as_of, got.people, got.seed)
    for source, rows in delta.write(change, first=got.first, out=got.out, sources=got.sources).items():
        _say(f"{source}\t{rows}")


COMMANDS = {"delta": _delta, "exact-join": _exact_join, "score": _score, "full": _full}


def main(arguments: list[str]) -> None:
    """Dispatch to the sub-command; without one a whole city is made."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command:
        command(arguments[1:])
    else:
        _full(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
