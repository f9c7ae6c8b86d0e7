"""What the explaining lists say of the people of a round: a conclusion for the visitor to confirm, with the line that says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db import connection

from canbao.bulk.engine import DuckEngine, quoted
from canbao.bulk.matching.entries import check_char
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
_IN_TIME = "(from_on is null or from_on <= $1) and (until_on is null or until_on >= $1)"


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
    with DuckEngine(folder, memory_limit=settings.CANBAO_MEMORY) as engine:
        for source, state in states.items():
            _view(engine, source, state, on)
            copy_in(engine, _BOTH_SPELLINGS, table="explained", columns=_COLUMNS)
    _ask("analyze explained")
    _ask(_MATCHED)
    return True


def _ask(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _view(engine: DuckEngine, source: str, state: SourceState, on: date) -> None:
    """View said: who stands in the list on the day, in words."""
    path = quoted(Path(settings.CANBAO_HOME) / state.path)
    suggestion = EXPLAINED_BY[source]
    head = f"{SOURCES[source]}名单（{state.as_of:%Y-%m-%d}）："
    engine.run(f"create or replace view listed as select * from read_parquet('{path}')")
    _name_keys(engine)
    day = f"date '{on.isoformat()}'"
    engine.run(f"""
        create or replace table said as
        select l.doc_number, k.key, '{suggestion}' as suggestion, {_PLACES[suggestion]} as place,
            left('{head}' || {_words(source)}, {_MOST}) as words
        from listed l join name_of k on k.name = l.name
        where l.doc_number is not null and {_still(source).replace("$1", day)}""")


def _name_keys(engine: DuckEngine) -> None:
    names = [name for (name,) in engine.rows("select distinct name from listed where name is not null")]
    keys = [name_key(name) for name in names]
    engine.register("name_arrow", pa.table({"name": pa.array(names, pa.string()), "key": pa.array(keys, pa.string())}))
    engine.run("create or replace table name_of as select * from name_arrow")
    engine.unregister("name_arrow")


def _still(source: str) -> str:
    return "(death_on is null or death_on <= $1)" if source == "deaths" else _IN_TIME


def _words(source: str) -> str:
    """What the list says of somebody, as an expression."""
    if source == "deaths":
        return "coalesce('死亡日期 ' || death_on::varchar, '已死亡')"
    if (
        source == "elsewhere"
    ):  # "schemes place", as the source map joins them; the place alone where no schemes were sent
        place, schemes = "split_part(extra, ' ', -1)", "array_to_string(string_split(extra, ' ')[:-2], ' ')"
        return f"coalesce({_province(place)}, '') || coalesce('，' || nullif({_in_labels(schemes)}, ''), '')"
    spell = f"'{_SPELLS[source]} ' || coalesce(from_on::varchar, '') || ' 至 ' || coalesce(until_on::varchar, '今')"
    return f"coalesce(extra || '，', '') || {spell}" if source == "students" else spell


def _province(place: str) -> str:
    """A place that was sent as a code, by the name of its province; anything below it keeps its code beside."""
    names = " ".join(f"when '{code}' then '{name}'" for code, name in PROVINCES.items())
    named = f"(case {place}[1:2] {names} end)"
    code = f"case when {place}[3:] = '0000' then '' else '（' || {place} || '）' end"
    return f"case when regexp_full_match({place}, '[1-9][0-9]{{5}}') then coalesce({named} || {code}, {place}) else {place} end"


def _in_labels(text: str) -> str:
    for raw, scheme in dict.fromkeys((raw, code) for _, _, raw, code in mappings("scheme") if raw.isdigit()):
        text = f"replace({text}, '{raw}', '{label('scheme', scheme)}')"
    return text


_BOTH_SPELLINGS = f"""
select * exclude (n17) from (
    select doc_number as number, key as name_key, suggestion, place, words, null as n17 from said
    union all
    select doc_number[1:6] || doc_number[9:17], key, suggestion, place, words, null from said
    where regexp_full_match(doc_number, '[1-9][0-9]{{5}}19[0-9]{{9}}[0-9X]')
    union all
    select n17::varchar || {check_char("n17")}, key, suggestion, place, words, n17 from (
        select *, (doc_number[1:6] || '19' || doc_number[7:15])::bigint as n17 from said
        where regexp_full_match(doc_number, '[1-9][0-9]{{14}}'))
)
"""
_TOLD = "create temp table told (person_id bigint primary key, suggestion text, words text) on commit drop"
_EXPLAINED = """create temp table explained (number text, name_key text, suggestion text, place int, words text)
    on commit drop"""
_MATCHED = """insert into told
    select distinct on (d.person_id) d.person_id, e.suggestion, e.words
    from explained e join person_document d on d.number = e.number join picked k on k.id = d.person_id
    join person p on p.id = d.person_id and p.name_key = e.name_key collate "C"
    order by d.person_id, e.place, e.words"""
