"""What an address says of its village: the set engine takes it apart as the rule does, whatever is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import sql
from canbao.bulk.villages import deciding
from canbao.bulk.villages import signs as sets
from canbao.bulk.villages.learning import band_sql
from canbao.rules import village_address as rules
from canbao.rules.division import load_tree
from canbao.rules.village_choice import Evidence, Piece, band, choose

TOWNS = ("500103009", "500111103", "500243104", "500112020")
PIECES = (
    "重庆市", "渝", "重庆", "渝中区", "渝中", "大足区", "彭水苗族土家族自治县", "彭水", "七星岗街道", "七星岗街", "中敖镇", "中敖", "桑柘镇",
    "豆家村", "豆家", "中敖社区", "新村路", "临江门社区居委会", "民生路", "龙山支路", "人民大道", "横街", "天骄花园", "阳光苑", "康居公租房",
    "3幢", "12栋", "5号楼", "2单元", "18号", "１８號", "#", "5-1", "5－1", "3组", "三组", "第三村民小组", "三社", "3社", "一社区", "王家湾",
    "（临江门社区）", "(平都)", " ", "　", "\u00a0", "附1号", "\n", "0007", "99999999999",
)  # fmt: skip
ADDRESSES = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    st.text(st.sampled_from("村社区组路街号幢()（）0123一二三湾湖 王"), max_size=14),
    st.text(max_size=20),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with TemporaryDirectory() as folder, DuckEngine(Path(folder)) as session:
        sets.load_names(session, load_tree(), TOWNS)
        yield session


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(TOWNS), ADDRESSES), min_size=1, max_size=12))
@example([("500103009", "重庆市渝中区七星岗街道民生路18号天骄花园3幢2单元5-1（临江门社区）")])
@example([("500111103", "大足区中敖社区第三村民小组王家湾７号"), ("500103009", "")])
def test_the_set_engine_finds_the_same_signs(engine: DuckEngine, rows: list[tuple[str, str]]) -> None:
    rows = [(town, text.replace("\0", "")) for town, text in rows]
    engine.load(
        "sent",
        pa.table(
            {
                "rid": pa.array(range(len(rows)), pa.int64()),
                "town": pa.array([town for town, _ in rows], pa.string()),
                "address": pa.array([text for _, text in rows], pa.string()),
            }
        ),
    )
    rest = sets.below_town(sql("select * from sent"), sql("rid, town"))
    engine.run(sql("create or replace table parsed as {parts}", parts=sets.parts(rest)))
    found = {rid: (text, door) for rid, text, door in engine.rows(sql("select rid, rest, door from parsed"))}
    said: dict[int, set[tuple[str, str]]] = {rid: set() for rid in found}
    for rid, kind, text in engine.rows(sql("select rid, sign, text from ({s})", s=sets.signs(sql("parsed")))):
        said[rid].add((kind, text))
    tree = load_tree()
    for rid, (town, address) in enumerate(rows):
        text = rules.below_town(rules.written_alike(address), rules.above(tree, town))
        assert found[rid] == (text, rules.door_of(text)), address
        assert said[rid] == {(str(kind), words) for kind, words in rules.signs(text)}, address


SHARES = st.sampled_from((0.05, 0.3, 0.5, 0.9, 0.95, 0.97, 0.995, 0.999))
PIECES_OF_ONE = st.lists(
    st.tuples(st.sampled_from(list(Evidence)), st.sampled_from(("A", "B", "C")), SHARES), min_size=1, max_size=8
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(PIECES_OF_ONE, min_size=1, max_size=6))
def test_the_set_engine_chooses_the_same_village(
    engine: DuckEngine, people: list[list[tuple[Evidence, str, float]]]
) -> None:
    """Each share is the worth of a band of its own."""
    rows = [(rid, kind, village, share) for rid, of_one in enumerate(people) for kind, village, share in of_one]
    worth = sorted({(kind, share) for _, kind, _, share in rows})
    engine.load("piece", _piece(rows))
    engine.load(
        "worth",
        pa.table(
            {
                "evidence": [kind.value for kind, _ in worth],
                "band": [str(share) for _, share in worth],
                "right_share": [share for _, share in worth],
            }
        ),
    )
    deciding.choose(engine)
    found = {rid: told for rid, *told in engine.rows(sql("select rid, village, ahead, evidence from chosen"))}
    for rid, of_one in enumerate(people):
        best = choose([Piece(*given_) for given_ in of_one])
        assert best and found[rid] == [best.village, best.ahead, best.by], of_one


def _piece(rows: list[tuple[int, Evidence, str, float]]) -> pa.Table:
    return pa.table(
        {
            "rid": pa.array([row[0] for row in rows], pa.int64()),
            "town": ["500103009"] * len(rows),
            "evidence": [row[1].value for row in rows],
            "village": [row[2] for row in rows],
            "in_village": pa.array([0] * len(rows), pa.int64()),
            "people": pa.array([0] * len(rows), pa.int64()),
            "band": [str(row[3]) for row in rows],
        }
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=10))
def test_the_bands_are_the_same(engine: DuckEngine, counts: list[tuple[int, int]]) -> None:
    pairs = [(max(pair), min(pair)) for pair in counts]
    engine.load("counted", pa.table({"n": [n for n, _ in pairs], "m": [m for _, m in pairs]}))
    told = engine.rows(sql("select n, m, {band} from counted", band=band_sql(sql("n"), sql("m"))))
    assert [(n, m, band(n, m)) for n, m in pairs] == told
