"""What shows only when all rows of a delivery lie side by side: doubles, conflicts, how often each warning came."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, identifier, literal, sql
from canbao.rules.name_checks import OF_ONE_ROW, Names, NoName, double_surnames, first_characters
from canbao.rules.names import PLACEHOLDER
from canbao.rules.text_tables import LOST_MARKS, MIDDLE_DOTS, OPENING, PRIVATE_USE


def find_doubles(engine: DuckEngine, *, mapped: SQL, doubles: Path, held: SQL) -> int:
    """Rows whose key came more than once: later equal ones are rejected, different ones are all held back.

    A row that is held by itself is compared by its operation, name and number alone: what else it says was not understood.
    mapped: the mapped rows, as `comparison.Folder` names them. held: other rows (file, row, verdict, reasons) that are held back for what
    they say of a record, written with them.
    """
    return engine.to_parquet(
        sql(
            """
        with keyed as (
            select file, row, record_key, content, op, name, doc_number, verdict = 'sound' as sound
            from {mapped} where record_key is not null),
        twice as (
            select record_key, min(op) is distinct from max(op) or min(name) <> max(name) or min(doc_number) <> max(doc_number)
                or min(content) filter (sound) <> max(content) filter (sound) as differ
            from keyed group by record_key having count(*) > 1),
        numbered as (
            select file, row, coalesce(differ, false) as differ,
                case when sound then row_number() over (partition by record_key, sound order by file, row) else 1 end as nth
            from keyed join twice using (record_key)),
        double as (
            select file, row, case when differ then 'quarantined' else 'rejected' end as verdict,
                case when differ then 'KEY:KEY_TWICE' else 'ROW:DUPLICATE' end as reasons
            from numbered where differ or nth > 1)
        select * from double union all select file, row, verdict, reasons from ({held}) anti join double using (file, row)
        """,
            mapped=mapped,
            held=held,
        ),
        doubles,
    )


def conflict_counts(engine: DuckEngine, mapped: SQL) -> dict[str, int]:
    """Within the delivery: numbers used under several names, persons with several numbers."""
    shared, several = (
        engine.value(
            sql(
                "select count(*) from (select {key} from {mapped} where verdict = 'sound' and doc_number is not null"
                " group by {key} having min({other}) <> max({other}))",
                key=identifier(key),
                other=identifier(other),
                mapped=mapped,
            )
        )
        for key, other in (("doc_number", "name"), ("person_no", "doc_number"))
    )
    found = {"NUMBER_SHARED": int(shared), "PERSON_TWO_NUMBERS": int(several)}
    return {conflict: count for conflict, count in found.items() if count}


def name_counts(engine: DuckEngine, mapped: SQL) -> Names:
    """What the names of a delivery look like (`name_checks.are_names`); surnames are found as by `name_checks.has_surname`."""
    rows, none, other = engine.rows(
        sql(
            "select count(*) filter (name is not null or no_name), count(*) filter (no_name),"
            # The cheap tests first: nearly all names begin with a surname.
            " count(*) filter (name is not null and not regexp_matches(name, {surname}) and upper(name[1]) > 'Z'"
            " and not regexp_matches(name, {no_surname}))"
            " from (select name, reasons <> '' and regexp_matches(reasons, {kinds}) as no_name from {mapped})",
            surname=literal(f"^([{''.join(sorted(first_characters()))}]|{'|'.join(sorted(double_surnames()))})"),
            no_surname=literal(f"[{LOST_MARKS}{PRIVATE_USE}{MIDDLE_DOTS}]|^[（［｛＜{OPENING}]|{PLACEHOLDER}"),
            kinds=literal(":(" + "|".join(kind for kind in NoName if kind not in OF_ONE_ROW) + ")(;|$)"),
            mapped=mapped,
        )
    )[0]
    return Names(rows, none, other)


def warning_counts(engine: DuckEngine, mapped: SQL) -> dict[str, int]:
    """How many rows carry each warning."""
    counts: Counter[str] = Counter()
    for text, rows in engine.rows(
        sql("select warnings, count(*) from {mapped} where warnings <> '' group by 1", mapped=mapped)
    ):
        for warning in text.split(";"):
            counts[warning] += rows
    return dict(sorted(counts.items()))
