"""How good a set of links is, against the truth; pairs are counted, never listed."""

import tempfile
from pathlib import Path

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, joined, literal, parquet, path_literal, sql
from synth.errors import NUMBER_KINDS, Kind

# The error that most likely kept a record apart, strongest first.
BLAME = (
    Kind.NO_NUMBER,
    Kind.OTHER_DOCUMENT,
    Kind.MOTHERS_NUMBER,
    Kind.ANOTHERS_NUMBER,
    Kind.PLACEHOLDER,
    Kind.ROUNDED_NUMBER,
    Kind.ROUNDED_TWIN,
    Kind.LOOKALIKE_X,
    Kind.LOST_DIGIT,
    Kind.DOUBLED_DIGIT,
    Kind.WRONG_DIGIT,
    Kind.SWAPPED,
    Kind.OLD15,
    Kind.INNER_BLANK,
    Kind.FULL_WIDTH,
    Kind.APOSTROPHE,
    Kind.LOWER_X,
    Kind.MOJIBAKE,
    Kind.UNNAMED_CHILD,
    Kind.FORMER_NAME,
    Kind.WRONG_CHARACTER,
    Kind.HOMOPHONE,
    Kind.LOST_CHARACTER,
    Kind.TRADITIONAL,
    Kind.FOREIGN_PRIVATE_USE,
    Kind.DATE_SERIAL,
    Kind.FILLER_BIRTH,
    Kind.WRONG_BIRTH,
    Kind.WRONG_SEX,
    Kind.SHARED_NUMBER,
    Kind.SHARED_PERSON_NO,
    Kind.SECOND_PERSON_NO,
    Kind.TWICE_AFTER_MOVE,
    Kind.EXCEL_TEXT,
    Kind.INVISIBLE,
    Kind.ROUNDED_HOUSEHOLD,
    Kind.FILLER_PHONE,
)
LARGEST_EXPLAINED = 50  # true people in one cluster; beyond that false pairs are only counted


def _known(truth: SQL) -> SQL:
    return sql(
        """
create temp table known as
  select source, record_key, any_value(true_person_id) as person, any_value(errors) as errors,
         min(twin) as twin, min(alike) as alike, min(shared) as shared
  from {truth} group by source, record_key having not bool_or(broken) and count(distinct true_person_id) = 1
""",
        truth=truth,
    )


def _joined(links: SQL) -> SQL:
    return sql(
        """
create temp table linked as
select known.*, links.person_id as cluster, links.rule, links.band
from known join {links} as links using (source, record_key)
""",
        links=links,
    )


# Held back, or under another key than the department's: of the sources that have links at all.
UNLINKED = sql("""
select count(*) from known anti join linked using (source, record_key) where source in (select source from linked)
""")
CELLS = sql(
    """
create temp table cell as
select person, cluster, count(*) as n, min(twin) as twin, min(alike) as alike, min(shared) as shared,
       bool_or(errors like '%anothers_number%') as borrowed, bool_or(errors like '%mothers_number%') as under_mother,
       bool_or(errors like '%shared_person_no%') as same_person_no,
       bool_or(errors like '%placeholder%') as placeholder, bool_or(errors like '%rounded_number%') as rounded,
       bool_or(errors like '%rounded_household%') as household,
       bool_and(not regexp_matches(errors, {number_kinds})) as sound
from linked group by person, cluster
""",
    number_kinds=literal("|".join(Kind(kind).name.lower() for kind in NUMBER_KINDS)),
)

TOTALS = sql("""
select (select sum(n * (n - 1) / 2) from cell),
       (select sum(n * (n - 1) / 2) from (select sum(n) as n from cell group by cluster)),
       (select sum(n * (n - 1) / 2) from (select sum(n) as n from cell group by person)),
       (select count(*) from linked), (select count(distinct person) from cell),
       (select count(distinct cluster) from cell),
       (select max(people) from (select count(*) as people from cell group by cluster))
""")

BLAMED = [
    sql("when errors like {like} then {name}", like=literal(f"%{kind.name.lower()}%"), name=literal(kind.name.lower()))
    for kind in BLAME
]
# Groups with a sound number stand first, then large ones; a record is blamed for what it misses of those before it.
MISSED = sql(
    """
with ranked as (
  select person, cluster,
    sum(n) over (partition by person order by sound desc, n desc, cluster rows unbounded preceding) - n as larger
  from cell
), lost as (select person, cluster, larger from ranked where larger > 0)
select case {blamed} else 'none' end as kind, sum(lost.larger)::bigint as pairs
from linked join lost using (person, cluster) group by 1 order by 2 desc
""",
    blamed=joined(" ", BLAMED),
)

FALSE = sql(
    """
with wide as (select cluster from cell group by cluster having count(*) between 2 and {limit}),
pairs as (
  select a.n * b.n as n, a.person as left_person, b.person as right_person,
    case when a.shared = b.shared then 'shared_number' when a.twin = b.twin then 'twin'
         when a.alike = b.alike then 'lookalike' when a.under_mother or b.under_mother then 'mothers_number'
         when a.borrowed or b.borrowed then 'anothers_number'
         when a.same_person_no and b.same_person_no then 'shared_person_no'
         when a.placeholder and b.placeholder then 'placeholder' when a.rounded and b.rounded then 'rounded_number'
         when a.household or b.household then 'rounded_household' else 'other' end as kind
  from wide join cell as a using (cluster) join cell as b on a.cluster = b.cluster and a.person < b.person
)
select kind, sum(n)::bigint, count(*) from pairs group by kind order by 2 desc
""",
    limit=LARGEST_EXPLAINED,
)


def _table(path: Path) -> SQL:
    if path.suffix == ".parquet":
        return parquet(path)
    return sql("read_csv({path}, all_varchar = true)", path=path_literal(path))


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 1.0


def score(links: Path | str, truth: Path | str, *, memory: str = "4GB") -> dict[str, object]:
    """Pairwise precision and recall, and what the missed pairs and false merges have in common."""
    files = [Path(links), Path(truth)]
    with (
        tempfile.TemporaryDirectory() as work,
        DuckEngine(Path(work), reads=files, memory_limit=memory) as engine,
    ):
        return _score(engine, *map(_table, files))


def _score(engine: DuckEngine, links: SQL, truth: SQL) -> dict[str, object]:
    engine.run(_known(truth))
    engine.run(_joined(links))
    engine.run(CELLS)
    right, said, true, records, people, clusters, widest = (int(v or 0) for v in engine.rows(TOTALS)[0])
    missed = engine.rows(MISSED)
    merges = engine.rows(FALSE)
    unlinked = engine.value(UNLINKED)
    rules = engine.rows(sql("select rule, band, count(*) from linked group by all order by 3 desc"))
    return {
        "records": records,
        "records_without_link": int(unlinked),
        "true_people": people,
        "clusters": clusters,
        "people_in_widest_cluster": widest,
        "true_pairs": true,
        "linked_pairs": said,
        "correct_pairs": right,
        "precision": _ratio(right, said),
        "recall": _ratio(right, true),
        "missed_pairs": true - right,
        "missed_by_kind": {kind: int(pairs) for kind, pairs in missed},
        "false_pairs": said - right,
        "false_pairs_by_kind": {kind: int(pairs) for kind, pairs, _ in merges},
        "false_merges_by_kind": {kind: int(people) for kind, _, people in merges},
        "records_by_rule": {f"{rule}/{band}": int(count) for rule, band, count in rules},
    }
