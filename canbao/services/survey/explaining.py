"""What the explaining lists say of the people of a round: a conclusion for the visitor to confirm, with the line that says so."""

from __future__ import annotations

from datetime import date

from django.db import connection

from canbao.bulk.profiling import AFTER_NAME, BETWEEN
from canbao.bulk.sources import Column, source_map
from canbao.bulk.sqltext import SQL, cases, checked, joined, literal, sql
from canbao.rules.codes import label, mappings
from canbao.rules.labels import SOURCES
from canbao.rules.provinces import PROVINCES
from canbao.rules.survey import Suggestion
from canbao.rules.visiting import EXPLAINED_BY
from canbao.store.models import SourceState

_PLACES = {suggestion: place for place, suggestion in enumerate(Suggestion)}
_MOST = 200  # characters of the words
_SPELLS = {"soldiers": "服役", "prison": "服刑", "students": "在校"}


def tell(*, on: date) -> bool:
    """Make temporary table told(person_id, suggestion, words) about the people in table picked; False where no list is loaded.

    The rows that count are those the matching has applied to the person; of several lists the first in the order of Suggestion
    speaks, as long as its spell holds on the day.
    """
    days = SourceState.objects.filter(source__in=list(EXPLAINED_BY), batch__isnull=False).values_list("source", "as_of")
    _ask(_TOLD)
    if not days:
        return False
    said = [_said(source, as_of or on, on) for source, as_of in days]
    _ask(_insert(joined(" union all ", said)))
    return True


def _insert(said: SQL) -> SQL:
    return sql(
        "insert into told select distinct on (person_id) person_id, suggestion, left(words, {most}) from ({said}) s"
        " order by person_id, place, words",
        said=said, most=_MOST,
    )  # fmt: skip


def _ask(statement: SQL) -> None:
    with connection.cursor() as cursor:
        cursor.execute(checked(statement))


def _said(source: str, as_of: date, on: date) -> SQL:
    """Who of the people stands in the list on the day, in words."""
    suggestion = EXPLAINED_BY[source]
    return sql(
        "select l.person_id, {suggestion} as suggestion, {place} as place, {head} || {words} as words"
        " from listed_spell l join picked k on k.id = l.person_id where l.source = {source} and {still}",
        suggestion=literal(suggestion), place=_PLACES[suggestion], source=literal(source),
        head=literal(f"{SOURCES[source]}名单（{as_of:%Y-%m-%d}）："), words=_words(source), still=_still(source, on),
    )  # fmt: skip


def _still(source: str, on: date) -> SQL:
    begun = sql("(l.from_on is null or l.from_on <= {day})", day=literal(on))
    if source == "deaths":
        return begun
    return sql("{begun} and (l.until_on is null or l.until_on >= {day})", begun=begun, day=literal(on))


def _words(source: str) -> SQL:
    """What the list says of somebody, as an expression."""
    if source == "deaths":
        return sql("coalesce('死亡日期 ' || l.from_on, '已死亡')")
    if source == "elsewhere":
        schemes, place = source_map(source).extras
        return sql(
            "concat_ws('，', {province}, {schemes})",
            province=_province(_part(place)), schemes=_in_labels(_part(schemes)),
        )  # fmt: skip
    spell = sql(
        "{what} || coalesce(l.from_on::text, '') || ' 至 ' || coalesce(l.until_on::text, '今')",
        what=literal(f"{_SPELLS[source]} "),
    )
    return sql("coalesce(l.remark || '，', '') || {spell}", spell=spell) if source == "students" else spell


def _part(column: Column) -> SQL:
    """One of the columns that a remark is made of (`bulk.profiling`)."""
    pattern = f"(?:^|{BETWEEN}){column.label}{AFTER_NAME}([^{BETWEEN}]*)"
    return sql("substring(l.remark from {pattern})", pattern=literal(pattern))


def _province(place: SQL) -> SQL:
    """A place that was sent as a code, by the name of its province; anything below it keeps its code beside."""
    named = cases(sql("left({place}, 2)", place=place), {code: literal(name) for code, name in PROVINCES.items()})
    return sql(
        "case when {place} ~ '^[1-9][0-9]{{5}}$' then coalesce(({named})"
        " || case when substr({place}, 3) = '0000' then '' else '（' || {place} || '）' end, {place}) else {place} end",
        place=place,
        named=named,
    )


def _in_labels(text: SQL) -> SQL:
    for raw, scheme in dict.fromkeys((raw, code) for _, _, raw, code in mappings("scheme") if raw.isdigit()):
        text = sql(
            "replace({text}, {raw}, {label})", text=text, raw=literal(raw), label=literal(label("scheme", scheme))
        )
    return text


_TOLD = sql("create temp table told (person_id bigint primary key, suggestion text, words text) on commit drop")
