"""What the explaining lists say of the people of a round: a conclusion for the visitor to confirm, with the line that says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db import connection

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.entries import check_char
from canbao.bulk.sqltext import SQL, cases, checked, literal, parquet, sql
from canbao.rules.codes import label, mappings
from canbao.rules.labels import SOURCES
from canbao.rules.names import name_key
from canbao.rules.provinces import PROVINCES
from canbao.rules.survey import Suggestion
from canbao.rules.visiting import EXPLAINED_BY
from canbao.services.registry.copying import copy_in
from canbao.store.models import SourceState

_COLUMNS = ("number", "name_key", "suggestion", "place", "words")
_PLACES = {suggestion: place for place, suggestion in enumerate(Suggestion)}
_MOST = 200  # characters of the words
_SPELLS = {"soldiers": "服役", "prison": "服刑", "students": "在校"}


def tell(*, on: date, folder: Path) -> bool:
    """Make temporary table told(person_id, suggestion, words) about the people in table picked; False where no list is loaded.

    A number counts in both its spellings, and only with the same name; of several lists the first in the order of Suggestion speaks.
    """
    states = {
        state.source: state
        for state in SourceState.objects.filter(source__in=list(EXPLAINED_BY), batch__isnull=False).exclude(path="")
    }
    _ask(_TOLD)
    if not states:
        return False
    _ask(_EXPLAINED)
    reads = [Path(settings.CANBAO_HOME) / state.path for state in states.values()]
    with DuckEngine(folder, reads=reads, memory_limit=settings.CANBAO_MEMORY) as engine:
        for source, state in states.items():
            _view(engine, source, state, on)
            copy_in(engine, _BOTH_SPELLINGS, table="explained", names=_COLUMNS)
    _ask(sql("analyze explained"))
    _ask(_MATCHED)
    return True


def _ask(statement: SQL) -> None:
    with connection.cursor() as cursor:
        cursor.execute(checked(statement))


def _view(engine: DuckEngine, source: str, state: SourceState, on: date) -> None:
    """View said: who stands in the list on the day, in words."""
    suggestion = EXPLAINED_BY[source]
    head = f"{SOURCES[source]}名单（{state.as_of:%Y-%m-%d}）："
    listed = parquet(Path(settings.CANBAO_HOME) / state.path)
    engine.run(sql("create or replace view listed as select * from {listed}", listed=listed))
    _name_keys(engine)
    engine.run(
        sql(
            """
        create or replace table said as
        select l.doc_number, k.key, {suggestion} as suggestion, {place} as place, left({head} || {words}, {most}) as words
        from listed l join name_of k on k.name = l.name
        where l.doc_number is not null and {still}""",
            suggestion=literal(suggestion), place=_PLACES[suggestion], head=literal(head), words=_words(source),
            most=_MOST, still=_still(source, on),
        )
    )  # fmt: skip


def _name_keys(engine: DuckEngine) -> None:
    names = [name for (name,) in engine.rows(sql("select distinct name from listed where name is not null"))]
    keys = [name_key(name) for name in names]
    engine.load("name_of", pa.table({"name": pa.array(names, pa.string()), "key": pa.array(keys, pa.string())}))


def _still(source: str, on: date) -> SQL:
    if source == "deaths":
        return sql("(death_on is null or death_on <= {day})", day=literal(on))
    return sql("(from_on is null or from_on <= {day}) and (until_on is null or until_on >= {day})", day=literal(on))


def _words(source: str) -> SQL:
    """What the list says of somebody, as an expression."""
    if source == "deaths":
        return sql("coalesce('死亡日期 ' || death_on::varchar, '已死亡')")
    if source == "elsewhere":
        # "schemes place", as the source map joins them; the place alone where no schemes were sent
        return sql(
            "coalesce({province}, '') || coalesce('，' || nullif({schemes}, ''), '')",
            province=_province(sql("split_part(extra, ' ', -1)")),
            schemes=_in_labels(sql("array_to_string(string_split(extra, ' ')[:-2], ' ')")),
        )
    spell = sql(
        "{what} || coalesce(from_on::varchar, '') || ' 至 ' || coalesce(until_on::varchar, '今')",
        what=literal(f"{_SPELLS[source]} "),
    )
    return sql("coalesce(extra || '，', '') || {spell}", spell=spell) if source == "students" else spell


def _province(place: SQL) -> SQL:
    """A place that was sent as a code, by the name of its province; anything below it keeps its code beside."""
    named = cases(sql("{place}[1:2]", place=place), {code: literal(name) for code, name in PROVINCES.items()})
    return sql(
        "case when regexp_full_match({place}, '[1-9][0-9]{{5}}') then coalesce(({named})"
        " || case when {place}[3:] = '0000' then '' else '（' || {place} || '）' end, {place}) else {place} end",
        place=place,
        named=named,
    )


def _in_labels(text: SQL) -> SQL:
    for raw, scheme in dict.fromkeys((raw, code) for _, _, raw, code in mappings("scheme") if raw.isdigit()):
        text = sql(
            "replace({text}, {raw}, {label})", text=text, raw=literal(raw), label=literal(label("scheme", scheme))
        )
    return text


_BOTH_SPELLINGS = sql(
    """
select * exclude (n17) from (
    select doc_number as number, key as name_key, suggestion, place, words, null as n17 from said
    union all
    select doc_number[1:6] || doc_number[9:17], key, suggestion, place, words, null from said
    where regexp_full_match(doc_number, '[1-9][0-9]{{5}}19[0-9]{{9}}[0-9X]')
    union all
    select n17::varchar || {check_of_n17}, key, suggestion, place, words, n17 from (
        select *, (doc_number[1:6] || '19' || doc_number[7:15])::bigint as n17 from said
        where regexp_full_match(doc_number, '[1-9][0-9]{{14}}'))
)
""",
    check_of_n17=check_char(sql("n17")),
)
_TOLD = sql("create temp table told (person_id bigint primary key, suggestion text, words text) on commit drop")
_EXPLAINED = sql("""create temp table explained (number text, name_key text, suggestion text, place int, words text)
    on commit drop""")
_MATCHED = sql("""insert into told
    select distinct on (d.person_id) d.person_id, e.suggestion, e.words
    from explained e join person_document d on d.number = e.number join picked k on k.id = d.person_id
    join person p on p.id = d.person_id and p.name_key = e.name_key collate "C"
    order by d.person_id, e.place, e.words""")
