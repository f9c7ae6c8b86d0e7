"""What a part of the city brought, as files, until the whole is known; and the answers for its people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, identifier, literal, literals, parquet, sql
from canbao.bulk.villages import deciding
from canbao.rules.village_choice import SUGGEST_AT, AssignmentState, Missing

Tried = tuple[str, str, int, int]
"""Evidence, band, people, right."""


def keep(engine: DuckEngine, folder: Path, towns: Sequence[str]) -> None:
    """Write what `learn` made of these towns: learnt, tried, piece, judged, target."""
    of_towns = sql("town in ({towns})", towns=literals(towns))
    for name, query in {
        "learnt": sql("select * from learnt where {w}", w=of_towns),
        "tried": sql(
            "select p.town, p.evidence, p.band, count(*) people, count(*) filter (p.village = k.village) was_right"
            " from piece p join known k using (rid) where k.responsible and not k.is_target and p.{w} group by all",
            w=of_towns,
        ),
        "piece": sql("select * from piece where {w}", w=of_towns),
        "judged": sql("select rid, town, village from known where responsible and not is_target and {w}", w=of_towns),
        "target": sql(
            "select q.rid, q.id, q.town, r.office_path as base_path, coalesce(p.rest, '') = '' as is_bare"
            " from placed q join resident r on r.id = q.id left join parsed p using (rid)"
            " where q.is_target and (q.town is null or q.{w})",
            w=of_towns,
        ),
    }.items():
        engine.to_parquet(query, folder / f"{name}.parquet")


def sums(engine: DuckEngine, folders: Iterable[Path]) -> list[Tried]:
    """How often each kind of evidence was right, in all parts together."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for folder in folders:
        query = sql(
            "select evidence, band, sum(people)::bigint, sum(was_right)::bigint from {f} group by all",
            f=parquet(folder / "tried.parquet"),
        )
        for evidence, band, people, right in engine.rows(query):
            before = found.get((evidence, band), (0, 0))
            found[evidence, band] = (before[0] + people, before[1] + right)
    return [(*key, *counts) for key, counts in sorted(found.items())]


def choose(engine: DuckEngine, folder: Path, worth: Mapping[tuple[str, str], float]) -> list[tuple[str, int, int, int]]:
    """Make table chosen of a part; gives (town, lead, people, right) of those whose village is known."""
    rows = [(evidence, band, share) for (evidence, band), share in sorted(worth.items())]
    columns: list[tuple[object, ...]] = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    kinds = {"evidence": pa.string(), "band": pa.string(), "right_share": pa.float64()}
    engine.load("worth", pa.table({n: pa.array(c, k) for (n, k), c in zip(kinds.items(), columns, strict=True)}))
    for name in ("piece", "judged", "target"):
        engine.run(
            sql(
                "create or replace view {name} as select * from {file}",
                name=identifier(name),
                file=parquet(folder / f"{name}.parquet"),
            )
        )
    deciding.choose(engine)
    return [
        (str(town), int(ahead), int(people), int(right)) for town, ahead, people, right in engine.rows(deciding.PROVED)
    ]


def leads(engine: DuckEngine) -> list[tuple[str, int, int]]:
    """(town, lead, people) of those who have no village."""
    query = sql("select t.town, c.ahead, count(*) from target t join chosen c using (rid) group by all order by all")
    return [(str(town), int(ahead), int(people)) for town, ahead, people in engine.rows(query)]


def load_verdicts(engine: DuckEngine, rows: Iterable[tuple[str, int, float, bool]]) -> None:
    """Table verdict(town, ahead, share, sure): what an answer with this lead is worth in the town."""
    found = list(rows)
    columns: list[tuple[object, ...]] = list(zip(*found, strict=True)) if found else [(), (), (), ()]
    kinds = {"town": pa.string(), "ahead": pa.int32(), "share": pa.float64(), "sure": pa.bool_()}
    engine.load("verdict", pa.table({n: pa.array(c, k) for (n, k), c in zip(kinds.items(), columns, strict=True)}))


def answers(paths: SQL) -> SQL:
    """One row for each person without a village. paths: table (village, path) for those known no nearer than a district."""
    return sql(
        """
        select id, base_path, coalesce(town, '') as town, case when named then village else '' end as village,
            case when named then path else '' end as village_path,
            case when town is null then {no_town} when named then evidence when is_bare then {no_place} else {no_sign} end as rule,
            case when named then people else 0 end as people, case when named then in_village else 0 end as in_village,
            case when named then share else 0 end as share,
            case when named and sure then {assigned} when named then {suggested} else {none} end as state
        from (
            select t.*, c.village, c.evidence, c.people, c.in_village, v.share, v.sure,
                case when length(t.base_path) = 15 then t.base_path[1:6] || c.village else w.path end as path,
                coalesce(v.share >= {suggest} and path is not null, false) as named
            from target t left join chosen c using (rid) left join verdict v on v.town = t.town and v.ahead = c.ahead
            left join {paths} w on w.village = c.village and starts_with(w.path, t.base_path))""",
        no_town=literal(Missing.NO_TOWN), no_place=literal(Missing.NO_PLACE), no_sign=literal(Missing.NO_SIGN),
        assigned=literal(AssignmentState.ASSIGNED), suggested=literal(AssignmentState.SUGGESTED),
        none=literal(AssignmentState.NONE), suggest=SUGGEST_AT, paths=paths,
    )  # fmt: skip
