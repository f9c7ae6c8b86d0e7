"""How good a set of links is, against the truth; pairs are counted, never listed."""

import tempfile
from pathlib import Path

import duckdb

from synth.errors import NUMBER_KINDS, Kind

Row = tuple[object, ...]

# The error that most likely kept a record apart, strongest first.
BLAME = (
    Kind.NO_NUMBER,
    Kind.OTHER_DOCUMENT,
    Kind.MOTHERS_NUMBER,
    Kind.ANOTHERS_NUMBER,
    Kind.LOST_DIGIT,
    Kind.DOUBLED_DIGIT,
    Kind.WRONG_DIGIT,
    Kind.SWAPPED,
    Kind.OLD15,
    Kind.INNER_BLANK,
    Kind.FULL_WIDTH,
    Kind.APOSTROPHE,
    Kind.LOWER_X,
    Kind.UNNAMED_CHILD,
    Kind.FORMER_NAME,
    Kind.WRONG_CHARACTER,
    Kind.HOMOPHONE,
    Kind.LOST_CHARACTER,
    Kind.TRADITIONAL,
    Kind.WRONG_BIRTH,
    Kind.WRONG_SEX,
    Kind.SHARED_NUMBER,
    Kind.SHARED_PERSON_NO,
    Kind.SECOND_PERSON_NO,
    Kind.TWICE_AFTER_MOVE,
)
LARGEST_EXPLAINED = 50  # true people in one cluster; beyond that false pairs are only counted

JOINED = """
create temp table linked as
with known as (
  select source, record_key, any_value(true_person_id) as person, any_value(errors) as errors,
         min(twin) as twin, min(alike) as alike, min(shared) as shared
  from {truth} group by source, record_key having not bool_or(broken) and count(distinct true_person_id) = 1
)
select known.*, links.person_id as cluster, links.rule, links.band
from known join {links} as links using (source, record_key)
"""

CELLS = """
create temp table cell as
select person, cluster, count(*) as n, min(twin) as twin, min(alike) as alike, min(shared) as shared,
       bool_or(errors like '%anothers_number%') as borrowed, bool_or(errors like '%mothers_number%') as under_mother,
       bool_or(errors like '%shared_person_no%') as same_person_no,
       bool_and(not regexp_matches(errors, '{number_kinds}')) as sound
from linked group by person, cluster
"""

TOTALS = """
select (select sum(n * (n - 1) / 2) from cell),
       (select sum(n * (n - 1) / 2) from (select sum(n) as n from cell group by cluster)),
       (select sum(n * (n - 1) / 2) from (select sum(n) as n from cell group by person)),
       (select count(*) from linked), (select count(distinct person) from cell),
       (select count(distinct cluster) from cell),
       (select max(people) from (select count(*) as people from cell group by cluster))
"""

# Groups with a sound number stand first, then large ones; a record is blamed for what it misses of those before it.
MISSED = """
with ranked as (
  select person, cluster,
    sum(n) over (partition by person order by sound desc, n desc, cluster rows unbounded preceding) - n as larger
  from cell
), lost as (select person, cluster, larger from ranked where larger > 0)
select {blame} as kind, sum(lost.larger)::bigint as pairs
from linked join lost using (person, cluster) group by 1 order by 2 desc
"""

FALSE = """
with wide as (select cluster from cell group by cluster having count(*) between 2 and {limit}),
pairs as (
  select a.n * b.n as n, a.person as left_person, b.person as right_person,
    case when a.shared = b.shared then 'shared_number' when a.twin = b.twin then 'twin'
         when a.alike = b.alike then 'lookalike' when a.under_mother or b.under_mother then 'mothers_number'
         when a.borrowed or b.borrowed then 'anothers_number'
         when a.same_person_no and b.same_person_no then 'shared_person_no' else 'other' end as kind
  from wide join cell as a using (cluster) join cell as b on a.cluster = b.cluster and a.person < b.person
)
select kind, sum(n)::bigint, count(*) from pairs group by kind order by 2 desc
"""


def _table(path: Path | str) -> str:
    text = str(path).replace("'", "''")
    return f"read_parquet('{text}')" if text.endswith("parquet") else f"read_csv('{text}', all_varchar = true)"


def _blame() -> str:
    cases = " ".join(f"when errors like '%{kind.name.lower()}%' then '{kind.name.lower()}'" for kind in BLAME)
    return f"case {cases} else 'none' end"


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 1.0


def score(links: Path | str, truth: Path | str, *, memory: str = "4GB") -> dict[str, object]:
    """Pairwise precision and recall, and what the missed pairs and false merges have in common."""
    with (
        tempfile.TemporaryDirectory() as spill,
        duckdb.connect(config={"memory_limit": memory, "temp_directory": spill}) as base,
    ):
        return _score(base, _table(links), _table(truth))


def _score(base: duckdb.DuckDBPyConnection, links: str, truth: str) -> dict[str, object]:
    base.execute(JOINED.format(links=links, truth=truth)).fetchall()
    base.execute(CELLS.format(number_kinds="|".join(Kind(kind).name.lower() for kind in NUMBER_KINDS))).fetchall()
    right, said, true, records, people, clusters, widest = (int(v or 0) for v in _one(base, TOTALS))
    missed = base.execute(MISSED.format(blame=_blame())).fetchall()
    merges = base.execute(FALSE.format(limit=LARGEST_EXPLAINED)).fetchall()
    rules = base.execute("select rule, band, count(*) from linked group by all order by 3 desc").fetchall()
    return {
        "records": records,
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


def _one(base: duckdb.DuckDBPyConnection, sql: str) -> Row:
    row = base.execute(sql).fetchone()
    assert row is not None
    return row
