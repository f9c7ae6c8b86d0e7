"""Triggers, checks, policies, defaults and functions of the journal, word for word against what the package makes.

What it makes stands in `store/journal_schema.json`, which a test holds equal to a database that was just made.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.db import connection, transaction

import canbao.store

SNAPSHOT: Final = Path(canbao.store.__file__).parent / "journal_schema.json"
_PARTITION: Final = "分区"
Definitions = dict[str, dict[str, str]]

# Where (a table by its name, or 函数), what, its definition. Of a function the body is told by its digest.
_DEFINITIONS: Final = """
    with tables as (
        select 'public.journal'::regclass::oid as oid union all select 'public.journal_seal'::regclass
        union all select inhrelid from pg_inherits where inhparent = 'public.journal'::regclass)
    select relname, '触发器 ' || tgname, concat_ws(' ', tgenabled, tgfoid::regprocedure,
            replace(pg_get_triggerdef(t.oid), format(' ON public.%I ', relname), ' ON public.TABLE '))
        from tables join pg_class c using (oid) join pg_trigger t on tgrelid = c.oid where not tgisinternal
    union all
    select relname, '检查 ' || conname, pg_get_constraintdef(k.oid)
        from tables join pg_class c using (oid) join pg_constraint k on conrelid = c.oid where contype = 'c'
    union all
    select relname, '行级安全的规则 ' || polname, concat_ws(' ', case when polpermissive then 'permissive' else 'restrictive' end,
            polcmd, array(select coalesce(rolname, 'public') from unnest(polroles) r left join pg_roles on pg_roles.oid = r order by 1),
            'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid))
        from tables join pg_class c using (oid) join pg_policy on polrelid = c.oid
    union all
    select relname, '列 ' || attname, concat_ws(' ', format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
            nullif(attidentity, ''), nullif(attgenerated, ''), pg_get_expr(adbin, adrelid))
        from pg_attribute a join pg_class c on c.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attrelid = 'public.journal'::regclass and attnum > 0 and not attisdropped
    union all
    -- those that have to do with the journal, and every one that does with the rights of the owner what a login could not
    select '函数', p.oid::regprocedure::text, concat_ws(' ', rolname, array(
                select concat_ws(':', coalesce(g.rolname, 'public'), privilege_type, case when is_grantable then 'grantable' end)
                from aclexplode(coalesce(proacl, acldefault('f', proowner))) left join pg_roles g on g.oid = grantee order by 1),
            replace(pg_get_functiondef(p.oid), prosrc, encode(sha256(convert_to(prosrc, 'UTF8')), 'hex')))
        from pg_proc p join pg_roles r on r.oid = proowner
        where pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and prokind in ('f', 'p')
        and (prosecdef or proname in ('journal_line_lawful', 'journal_seal_follows', 'is_web_login'))"""


def snapshot() -> Definitions:
    """By table and 函数 the definition of each object as it is now; one partition stands for all of them."""
    found, parts = _read()
    kept = {place: objects for place, objects in found.items() if place not in parts}
    return kept | {_PARTITION: found["journal_other"]}


def differences() -> Iterator[str]:
    """A sentence about each object that is not what the package makes."""
    found, parts = _read()
    lawful: Definitions = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    for place in sorted({*found, *parts, *(lawful.keys() - {_PARTITION})}):
        here, there = found.get(place, {}), lawful[_PARTITION if place in parts else place]
        for name in sorted(here.keys() | there.keys()):
            if here.get(name) != there.get(name):
                yield f"{place}：{name} {_how(name in here, name in there)}"


def _how(is_here: bool, is_lawful: bool) -> str:
    if is_here and is_lawful:
        return "被改动"
    return "不属于本系统" if is_here else "缺失"


def _read() -> tuple[Definitions, set[str]]:
    """The definitions, and the names of the partitions.

    Names are resolved in pg_catalog only, so that each definition names the schema of what it uses.
    """
    found: Definitions = defaultdict(dict)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select current_setting('search_path'), set_config('search_path', 'pg_catalog', true)")
        (before, _) = cursor.fetchone()
        cursor.execute(
            "select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'public.journal'::regclass"
        )
        parts = {name for (name,) in cursor.fetchall()}
        cursor.execute(_DEFINITIONS)
        for place, name, definition in cursor.fetchall():
            found[place][name] = definition
        cursor.execute("select set_config('search_path', %s, true)", [before])
    return dict(found), parts
