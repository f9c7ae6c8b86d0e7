"""`rules.village_address` for the set engine: the same patterns, over all addresses at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, joined, literal, literals, sql
from canbao.rules import village_address as rules
from canbao.rules.division import DivisionTree
from canbao.rules.village_address import Sign


def load_names(engine: DuckEngine, tree: DivisionTree, towns: Iterable[str]) -> None:
    """Table town_names(town, agency, districts, towns, short): lists, longest first; agency: the district it belongs to today."""
    found = [(town, rules.above(tree, town)) for town in sorted(set(towns))]
    texts = pa.list_(pa.string())
    engine.load(
        "town_names",
        pa.table(
            {
                "town": pa.array([town for town, _ in found], pa.string()),
                "agency": pa.array([_last_parent(tree, town) for town, _ in found], pa.string()),
                "districts": pa.array([list(names.districts) for _, names in found], texts),
                "towns": pa.array([list(names.towns) for _, names in found], texts),
                "short": pa.array([list(names.short) for _, names in found], texts),
            }
        ),
    )


def _last_parent(tree: DivisionTree, town: str) -> str:
    return tree.parent(town, date.max) if tree.known(town) else town[:6]


def written_alike(address: SQL) -> SQL:
    """`rules.village_address.written_alike`."""
    text = sql(
        "translate(coalesce({address}, ''), {wide}, {narrow})",
        address=address,
        wide=literal(rules.WIDE),
        narrow=literal(rules.NARROW),
    )
    for pattern, replacement in rules.STEPS:
        text = _replaced(text, pattern, replacement)
    return sql("left({text}, {most})", text=text, most=rules.MOST)


def _replaced(text: SQL, pattern: str, replacement: str) -> SQL:
    return sql(
        "regexp_replace({text}, {pattern}, {replacement}, 'g')",
        text=text,
        pattern=literal(pattern),
        replacement=literal(replacement),
    )


def below_town(rows: SQL, columns: SQL) -> SQL:
    """The rows (with town and address) with `rest`: `rules.village_address.below_town`. columns: those of the rows to keep."""
    return sql(
        """
        select {columns}, {brackets} as rest from (
            select *, case when length(no_town) < length(no_district) or not {shortened} then no_town
                else substr(no_district, length(short_name) + 1) end as cut
            from (
                select *, {no_town} as no_town, coalesce({first_short}, '') as short_name from (
                    select *, {no_district} as no_district from (
                        select r.*, n.districts, n.towns, n.short, {alike} as alike
                        from ({rows}) r join town_names n using (town)))))""",
        columns=columns,
        brackets=_replaced(sql("cut"), *rules.BRACKETS),
        shortened=sql(
            "(short_name <> '' and not ({village}))",
            village=joined(
                " or ",
                [
                    sql("starts_with(substr(no_district, length(short_name) + 1), {end})", end=literal(end))
                    for end in rules.IS_VILLAGE
                ],
            ),
        ),
        no_town=_without(sql("no_district"), sql("towns")),
        first_short=_first(sql("no_district"), sql("short")),
        no_district=_without(sql("alike"), sql("districts")),
        alike=written_alike(sql("r.address")),
        rows=rows,
    )


def _first(text: SQL, names: SQL) -> SQL:
    return sql("list_filter({names}, lambda x: starts_with({text}, x))[1]", names=names, text=text)


def _without(text: SQL, names: SQL) -> SQL:
    return sql("substr({text}, coalesce(length({first}), 0) + 1)", text=text, first=_first(text, names))


def parts(rows: SQL) -> SQL:
    """The rows (rid, town, rest) with what the patterns find, `door` as `rules.village_address.door_of`."""
    return sql(
        """
        select *, array_to_string(regexp_extract_all(tail, '[0-9]+'), '-') as door, right(found_estate, {estate}) as estate
        from (
            select *, {road} as road, {number} as number, {built} as built, {building} as building, {group} as grp, {yard} as yard,
                coalesce(nullif({built}, ''), nullif({after}, ''), {alone}) as found_estate
            from (
                select *, case when named <> '' then {behind} else rest end as tail
                from (select *, {named} as named, {head} as head from ({rows}))))""",
        estate=rules.ESTATE_LENGTH,
        road=_get(rules.ROAD, sql("tail")),
        number=_get(rules.NUMBER, sql("tail")),
        built=_get(rules.BUILT, sql("tail")),
        building=_get(rules.BUILDING, sql("tail")),
        group=_get(rules.GROUP, sql("tail")),
        yard=_get(rules.YARD, sql("tail")),
        after=_get(rules.AFTER_NUMBER, sql("tail")),
        alone=_get(rules.ALONE, sql("tail")),
        behind=_get(rules.BEHIND_NAME, sql("rest")),
        named=_get(rules.NAMED, sql("rest")),
        head=_get(rules.HEAD, sql("rest")),
        rows=rows,
    )


def _get(pattern: str, text: SQL) -> SQL:
    return sql("regexp_extract({text}, {pattern}, 1)", text=text, pattern=literal(pattern))


_NO = sql("number::int")
_OF_ROAD = sql("case when road <> '' then [{signs}] else [] end", signs=joined(", ", [
    sql("{{'sign': {kind}, 'text': road}}", kind=literal(Sign.ROAD)),
    sql("{{'sign': {kind}, 'text': road || ({no})}}", kind=literal(Sign.DOOR), no=_NO),
    sql("{{'sign': {kind}, 'text': road || ({no} // 10 * 10) || case when {no} % 2 = 1 then '单' else '双' end}}", kind=literal(Sign.SECTION), no=_NO),
]))  # fmt: skip
_SIGNS = joined(
    ", ",
    [
        sql("case when named <> '' then [{{'sign': {kind}, 'text': named}}] else [] end", kind=literal(Sign.NAME)),
        *(
            sql(
                "case when named = '' and length(head) >= {n} then [{{'sign': {kind}, 'text': left(head, {n})}}] else [] end",
                n=length, kind=literal(Sign.PHRASE),
            )
            for length in rules.PHRASES
        ),
        _OF_ROAD,
        sql("case when estate <> '' then [{{'sign': {kind}, 'text': estate}}] else [] end", kind=literal(Sign.ESTATE)),
        sql(
            "case when estate <> '' and built <> '' then [{{'sign': {kind}, 'text': estate || (building::int)}}] else [] end",
            kind=literal(Sign.BUILDING),
        ),
        sql("case when yard <> '' then [{{'sign': {kind}, 'text': (grp::int) || '组' || yard}}] else [] end", kind=literal(Sign.YARD)),
    ],
)  # fmt: skip


def signs(parsed: SQL) -> SQL:
    """One row (rid, town, sign, text) for each sign of the rows of `parts`."""
    return sql(
        "select rid, town, s.sign as sign, s.text as text from (select rid, town, unnest(flatten([{signs}])) as s from {parsed})",
        signs=_SIGNS,
        parsed=parsed,
    )


SIGNS = literals(Sign)
