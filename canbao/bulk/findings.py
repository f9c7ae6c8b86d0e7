"""What shows only when all rows of a delivery lie side by side: doubles, conflicts, how often each warning came."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from canbao.bulk.engine import DuckEngine, quoted


def find_doubles(engine: DuckEngine, *, mapped: str, doubles: Path) -> int:
    """Rows whose key came more than once: later equal ones are rejected, different ones are all held back."""
    return engine.to_parquet(
        f"""
        with keyed as (select file, row, record_key, content, op from '{quoted(mapped)}' where record_key is not null),
        twice as (
            select record_key, min(content) is distinct from max(content) or min(op) is distinct from max(op) as differ
            from keyed group by record_key having count(*) > 1),
        numbered as (
            select file, row, differ, row_number() over (partition by record_key order by file, row) as nth
            from keyed join twice using (record_key))
        select file, row, case when differ then 'quarantined' else 'rejected' end as verdict,
            case when differ then 'KEY:KEY_TWICE' else 'ROW:DUPLICATE' end as reasons
        from numbered where differ or nth > 1
        """,
        doubles,
    )


def conflict_counts(engine: DuckEngine, mapped: str) -> dict[str, int]:
    """Within the delivery: numbers used under several names, persons with several numbers."""
    shared, several = (
        engine.value(
            f"select count(*) from (select {key} from '{quoted(mapped)}' where verdict = 'sound' and doc_number is not null"
            f" group by {key} having min({other}) <> max({other}))"
        )
        for key, other in (("doc_number", "name"), ("person_no", "doc_number"))
    )
    found = {"NUMBER_SHARED": int(shared), "PERSON_TWO_NUMBERS": int(several)}
    return {conflict: count for conflict, count in found.items() if count}


def warning_counts(engine: DuckEngine, mapped: str) -> dict[str, int]:
    """How many rows carry each warning."""
    counts: Counter[str] = Counter()
    for text, rows in engine.rows(f"select warnings, count(*) from '{quoted(mapped)}' where warnings <> '' group by 1"):
        for warning in text.split(";"):
            counts[warning] += rows
    return dict(sorted(counts.items()))
