"""Command line of the invented city."""

import argparse
import sys
from datetime import date
from pathlib import Path

from synth import city, shape


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synth", description="虚构城市：生成各部门数据")
    parser.add_argument("--people", type=int, required=True, help="人数，1000 至 34000000")
    parser.add_argument("--seed", type=int, default=1, help="随机种子，同种子同结果")
    parser.add_argument("--out", type=Path, required=True, help="输出目录")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 10, 31), help="数据日期")
    parser.add_argument("--errors", type=float, default=1.0, help="差错率倍数，0 为无差错")
    parser.add_argument("--sources", nargs="+", choices=shape.SOURCES, default=shape.SOURCES, help="只生成这些来源")
    _writing(parser)
    return parser


def _writing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", dest="form", choices=("csv", "csv.gz", "parquet", "xlsx"), default="csv", help="文件格式")
    parser.add_argument("--encoding", choices=("utf-8", "gb18030", "gbk"), default="utf-8", help="CSV 编码")


def _full(arguments: list[str]) -> None:
    got = _parser().parse_args(arguments)
    plan = city.Plan(got.people, got.seed, got.as_of, got.errors, got.form, got.encoding)
    for source, rows in city.generate(plan, out=got.out, sources=got.sources).items():
        print(f"{source}\t{rows}")


def main(arguments: list[str]) -> None:
    """Dispatch to the sub-command; without one a whole city is made."""
    _full(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
