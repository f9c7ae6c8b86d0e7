"""The sound of every name by set: characters joined to their readings, never a call per row (`rules.sounds` says how)."""

from __future__ import annotations

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.registry.tables import NAME_SOUND_MOST
from canbao.bulk.sqltext import SQL, sql
from canbao.rules.names import name_key
from canbao.rules.sounds import DOUBLE_SURNAMES, SURNAMES, readings, sound_of

# Names of more characters are few and go through the rule itself, each spelling once.
_JOINED = 4


def build(engine: DuckEngine, names: SQL, extra: list[str]) -> None:
    """Tables for `with_sounds`; names: a query of one column with every name as it was sent, extra: some more."""
    table = readings()
    _table(
        engine,
        "char_sound",
        {"sign": list(table), "given": list(table.values()), "first": [SURNAMES.get(c, r) for c, r in table.items()]},
    )
    pairs = DOUBLE_SURNAMES
    _table(
        engine,
        "double_surname",
        {"sign": list(pairs), "one": [p[0] for p in pairs.values()], "two": [p[1] for p in pairs.values()]},
    )
    query = sql("select distinct n from ({names}) x(n) where length(n) > {joined}", names=names, joined=_JOINED)
    found = engine.arrow(query)["n"].to_pylist()
    keys = sorted({key for name in (*found, *extra) if len(key := name_key(name)) > _JOINED and sound_of(key)})
    _table(engine, "long_sound", {"spelt": keys, "sound": [sound_of(key) or "" for key in keys]})


def _table(engine: DuckEngine, name: str, columns: dict[str, list[str]]) -> None:
    engine.load(name, pa.table({n: pa.array(values, pa.string()) for n, values in columns.items()}))


def with_sounds(query: SQL) -> SQL:
    """The query with name_sound beside name_key."""
    return sql(
        """
    select y.* replace (case when length(name_sound) <= {most} then name_sound end as name_sound) from (select x.*, case
        when length(x.name_key) > {joined} then z.sound
        when a.sign is null or (length(x.name_key) > 1 and b.sign is null) or (length(x.name_key) > 2 and c.sign is null)
            or (length(x.name_key) > 3 and d.sign is null) then null
        else concat(coalesce(s.one, a.first)[1], coalesce(s.two, b.given)[1], c.given[1], d.given[1], ' ',
            concat_ws(' ', coalesce(s.one, a.first), coalesce(s.two, b.given), c.given, d.given)) end as name_sound
    from ({query}) x
    left join char_sound a on a.sign = x.name_key[1] left join char_sound b on b.sign = x.name_key[2]
    left join char_sound c on c.sign = x.name_key[3] left join char_sound d on d.sign = x.name_key[4]
    left join double_surname s on s.sign = x.name_key[1:2] and length(x.name_key) > 2
    left join long_sound z on z.spelt = x.name_key) y""",
        most=NAME_SOUND_MOST,
        joined=_JOINED,
        query=query,
    )
