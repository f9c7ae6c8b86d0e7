"""The remainder of the matching, weighed twice: by the declared weights and by Splink, on the same pairs and the same truth.

python -m bench.splink_remainder CITY HOME [CITY HOME ...]     thresholds are chosen on the first, figures are of the others

CITY: a folder of `python -m synth --people 100000 --errors 3`; HOME: the CANBAO_HOME that received and committed it.
Each method is a process of its own; its peak memory is that of the process, reading included.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from pypinyin import lazy_pinyin

from bench import splink_model
from bench.statements import statement
from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching import candidates, entries, resolving, units, weighing
from canbao.bulk.matching.units import WEAK_FROM
from canbao.rules.matching import LINK_BITS, MARGIN_BITS
from canbao.rules.names import is_placeholder

LISTS = {"towns": "T", "districts": "D", "phones": "P", "homes": "A", "person_nos": "N", "cards": "C",
         "certificates": "B", "mothers": "M", "lists": "L", "sources": "S"}  # fmt: skip
_DECISION = "create table decision (a_source varchar, a_key varchar, b_source varchar, b_key varchar, same boolean)"
_PEOPLE = "(select count(*) from (select n17 from strong union all select unit from weak))"
_OWN = """select n17 as id, e.* exclude (n17) from entry e join strong s using (n17)
    anti join weak_entry k on k.source = e.source and k.record_key = e.record_key"""
_STRONG_EVIDENCE = f"""create table strong_evidence as with own as ({_OWN}) select distinct id, kind, value from (
    select id, 'T' kind, town value from own union all select id, 'D', district from own union all select id, 'P', phone from own
    union all select id, 'A', home_of(address, district) from own union all select id, 'N', person_no from own
    union all select id, 'C', card_no from own union all select id, 'B', birth_certificate from own
    union all select id, 'M', 'm' || mother_number from own
    union all select id, 'M', 'h' || household_no from own where source = 'police'
    union all select id, 'S', source from own
    union all select id, 'L', source from own where source in ('police', 'health')) where value is not null"""


def _for_splink(weak: bool) -> str:
    """SQL: one row per unit with all that the declared weights may look at."""
    lists = ", ".join(f"list(value order by value) filter (kind = '{kind}') as {name}" for name, kind in LISTS.items())
    facts, evidence, names, block = (
        ("select unit as id, key, birth, sex, case when citizen_like then number end number from weak",
         "select unit as id, kind, value from weak_evidence", "select unit as id, key from weak_name",
         "select unit as id, [unit] blk, coalesce(list(n17 order by n17), []) slips from weak left join slip using (unit) group by unit")
        if weak else
        (f"select n17 as id, key, birth, sex, n17::varchar || {entries.check_char(statement('n17'))} number from strong",
         "select * from strong_evidence", "select n17 as id, key from strong_name",
         "select n17 as id, coalesce(list(unit order by unit) filter (unit is not null), []) blk, [n17] slips"
         " from strong left join pair on other = n17 group by n17")
    )  # fmt: skip
    return (
        f"select id as unique_id, u.*, s.sound, s.placeholder, names, blk, slips, e.* exclude (id) from ({facts}) u"
        f" join ({block}) using (id) join sounds s using (key)"
        f" left join (select id, list(distinct key order by key) names from ({names}) group by id) using (id)"
        f" left join (select id, {lists} from ({evidence}) group by id) e using (id)"
    )


def house(city: Path, home: Path, out: Path, declared: float, trained: float) -> None:
    """The built way and the tables that Splink gets; where Splink has answered, both weights with the thresholds given."""
    seconds = {}
    states = sorted(home.glob("states/*/*.parquet"))
    with DuckEngine(out, reads=[*states, city / "truth.parquet"], memory_limit="2GB") as engine:
        engine.run(statement(_DECISION))
        entries.build(engine, states, out / "entry.parquet")
        for phase in (units, candidates, weighing, resolving):
            begun = time.perf_counter()
            phase.build(engine)
            seconds[phase.__name__.rpartition(".")[2]] = round(time.perf_counter() - begun, 2)
        seconds["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        (out / "house.json").write_text(json.dumps(seconds))
        weights = f"select unit, other as n17, bits - log2({_PEOPLE}) as bits, may_link from weighed where other < {WEAK_FROM}"
        engine.to_parquet(statement(weights), out / "house.parquet")
        found = statement(f"select unit, cluster as n17 from cluster where cluster < {WEAK_FROM}")
        engine.to_parquet(found, out / "built.parquet")
        if (out / "splink.parquet").exists():
            engine.run(statement(f"update weighed set bits = bits + {LINK_BITS - declared} where other < {WEAK_FROM}"))
            resolving.build(engine)
            engine.to_parquet(found, out / "lower.parquet")
            engine.run(statement(f"update weighed set bits = -99 where other < {WEAK_FROM}"))
            engine.run(
                statement(f"""update weighed set bits = s.bits + {LINK_BITS - trained} + log2({_PEOPLE})
                from (from '{out}/splink.parquet') s where weighed.unit = s.unit and weighed.other = s.n17""")
            )
            resolving.build(engine)
            engine.to_parquet(found, out / "both.parquet")
            return
        engine.run(statement(_STRONG_EVIDENCE))
        keys = [key for (key,) in engine.rows(statement("select key from strong union select key from weak"))]
        heard, unnamed = [" ".join(lazy_pinyin(k)) for k in keys], [is_placeholder(k) for k in keys]
        engine.register("sounds", pa.table({"key": keys, "sound": heard, "placeholder": unnamed}))
        for weak in (True, False):
            engine.to_parquet(statement(_for_splink(weak)), out / ("weak.parquet" if weak else "strong.parquet"))
        engine.to_parquet(statement(_truth(city)), out / "truth.parquet")


def _truth(city: Path) -> str:
    """SQL: whose each unit is, by most of its records; `twin` and `alike` name groups of people easily taken for each other."""
    return f"""with known as (
        select source, record_key, any_value(true_person_id) person, min(twin) twin, min(alike) alike from '{city}/truth.parquet'
        group by all having not bool_or(broken) and count(distinct true_person_id) = 1)
    select id, mode(person order by person) person, min(twin) twin, min(alike) alike from (
        select coalesce(k.unit, e.n17) id, source, record_key from entry e left join weak_entry k using (source, record_key))
    join known using (source, record_key) group by id"""


_ANSWER = """select unit, n17 from (
    select *, row_number() over (partition by unit order by bits desc, n17) as place,
        lead(bits) over (partition by unit order by bits desc, n17) as second
    from {pairs}) where place = 1 and bits >= {least} and (second is null or bits - second >= {margin}) and may_link"""
_COUNTS = """select count(*) filter (w.person = s.person), count(*) filter (w.person <> s.person),
    count(*) filter (w.person <> s.person and w.twin = s.twin), count(*) filter (w.person <> s.person and w.alike = s.alike),
    (select count(*) from truth t semi join (select person from truth where id < {weak}) k using (person) where id >= {weak})
    from ({answer}) a join truth w on w.id = a.unit join truth s on s.id = a.n17"""
ROWS = {  # method: (weights, margin in bits, the built ban on what people of one home share)
    "declared, as built": ("built", 0.0, True),
    "declared, best of all": ("house", 0.0, False),
    "declared, margin": ("house", MARGIN_BITS, False),
    "declared, margin, ban": ("house", MARGIN_BITS, True),
    "Splink, best of all": ("splink", 0.0, False),
    "Splink, margin": ("splink", MARGIN_BITS, False),
    "Splink, margin, ban": ("splink", MARGIN_BITS, True),
    "declared, as built, lower": ("lower", 0.0, True),
    "Splink's weights, as built": ("both", 0.0, True),
}  # fmt: skip

AS_BUILT = ("built", "lower", "both")


def counts(out: Path, method: str, least: float) -> tuple[int, ...]:
    """Right, wrong, wrong between twins, wrong between look-alikes, and how many weak units have a strong one to find."""
    weights, margin, ban = ROWS[method]
    with DuckEngine(out) as engine:
        engine.run(statement(f"create view truth as from '{out}/truth.parquet'"))
        pairs = (
            f"(select p.unit, p.n17, p.bits, {'h.may_link' if ban else 'true'} as may_link from '{out}/{weights}.parquet' p"
            f" left join '{out}/house.parquet' h using (unit, n17))"
        )
        answer = (
            f"from '{out}/{weights}.parquet'"
            if weights in AS_BUILT
            else _ANSWER.format(pairs=pairs, least=least, margin=margin)
        )
        return tuple(engine.rows(statement(_COUNTS.format(answer=answer, weak=WEAK_FROM)))[0])


def chosen(out: Path, method: str) -> float:
    """The threshold at which right links, less a hundred for each wrong one, are most; of equals the lowest."""
    if ROWS[method][0] in AS_BUILT:
        return 0.0
    seen = {step / 2: counts(out, method, step / 2) for step in range(49)}
    return max(seen, key=lambda least: (seen[least][0] - 100 * seen[least][1], -least))


def apart(method: str, *words: str | Path | float) -> None:
    subprocess.run([sys.executable, "-m", "bench.splink_remainder", method, *map(str, words)], check=True)


def main(cities: list[tuple[Path, Path]], work: Path) -> None:
    outs = [work / str(i) for i in range(len(cities))]
    for (city, home), out in zip(cities, outs, strict=True):
        out.mkdir()
        apart("house", city, home, out, 0, 0)
        apart("splink", out)
    least = {method: chosen(outs[0], method) for method in ROWS}
    for (city, home), out in zip(cities[1:], outs[1:], strict=True):
        apart("house", city, home, out, least["declared, margin, ban"], least["Splink, margin, ban"])
        for name in ("house", "splink"):
            print(city.name, name, (out / f"{name}.json").read_text())
        print(
            f"{'method':<28}{'least':>6}{'right':>8}{'wrong':>7}{'twins':>7}{'alike':>7}{'precision':>11}{'recall':>9}"
        )
        for method in ROWS:
            right, wrong, twins, alike, all_ = counts(out, method, least[method])
            print(f"{method:<28}{least[method]:>6.1f}{right:>8,}{wrong:>7}{twins:>7}{alike:>7}"
                  f"{right / (right + wrong):>11.5f}{right / all_:>9.5f}")  # fmt: skip
    models = [splink_model.levels(out) for out in outs]
    print("\nSplink's bits for a level, by city:")
    for level in models[0]:
        print(f"{level:<70}" + "".join(f"{model.get(level, float('nan')):>8.1f}" for model in models))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["house", city, home, out, declared, trained]:
            house(Path(city), Path(home), Path(out), float(declared), float(trained))
        case ["splink", out]:
            splink_model.splink(Path(out))
        case [*paths] if len(paths) >= 4 and len(paths) % 2 == 0:
            with tempfile.TemporaryDirectory() as name:
                main([(Path(c), Path(h)) for c, h in zip(paths[::2], paths[1::2], strict=True)], Path(name))
        case _:
            raise SystemExit(__doc__)
