"""The tables of the journal themselves: is everything still there that keeps the logins from bending it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

from django.db import connection

from canbao.services.audit import definitions
from canbao.services.audit.findings import Finding, Harm

# Sentences about rights, owners and kinds of tables that differ from what journal.sql and grants.sql make. The partitions are found
# by their place in the table, not by their name; `tables` are these, the journal and its seals.
_DEVIATIONS = """
    with parts as (select inhrelid as oid from pg_inherits where inhparent = 'public.journal'::regclass),
    tables as (select oid, relname, relowner, relpersistence, relacl, relrowsecurity, relforcerowsecurity from pg_class
        where oid in ('public.journal'::regclass, 'public.journal_seal'::regclass) or oid in (select oid from parts)),
    logins as (select oid, rolname from pg_roles where rolname in ('canbao_web', 'canbao_worker'))
    select relname || '：规则 ' || rulename from tables join pg_rewrite on ev_class = tables.oid
        union all
    select '事件触发器 ' || evtname from pg_event_trigger where evtenabled <> 'D'
        union all
    select relname || '：' || coalesce(rolname, '所有人') || ' 有 ' || privilege_type || ' 权限'
        from tables, lateral aclexplode(relacl) a left join pg_roles r on r.oid = a.grantee
        where a.grantee <> relowner and not (relname in ('journal', 'journal_seal')
            and privilege_type = 'SELECT' and a.grantee in (select oid from logins))
        union all
    select relname || '.' || attname || '：' || coalesce(rolname, '所有人') || ' 有 ' || privilege_type || ' 权限'
        from tables join pg_attribute on attrelid = tables.oid, lateral aclexplode(attacl) a
        left join pg_roles r on r.oid = a.grantee
        where privilege_type <> 'SELECT' and a.grantee <> relowner and not (privilege_type = 'INSERT' and (
            relname = 'journal' and rolname in ('canbao_web', 'canbao_worker') and attname in ('event', 'account', 'role',
                'office', 'area', 'target_kind', 'target_id', 'basis', 'detail')
            or relname = 'journal_seal' and rolname = 'canbao_worker' and attname in ('from_id', 'to_id', 'count', 'leaves',
                'prev_digest', 'digest', 'sealed_at')))
        union all
    select s || '：' || rolname || ' 可以取号或改号' from unnest(array['journal_id_seq', 'journal_seal_id_seq']) s, logins
        where has_sequence_privilege(rolname, 'public.' || s, 'usage,update')
        union all
    select relname || '：所有者不是 canbao_owner' from tables join pg_roles r on r.oid = relowner
        where rolname <> 'canbao_owner'
        union all
    select rolname || '：可以取得 canbao_owner 的权限' from logins where pg_has_role(oid, 'canbao_owner', 'member')
        union all
    select rolname || '：超级用户或可以建立角色' from pg_roles where rolname in ('canbao_web', 'canbao_worker', 'canbao_owner')
        and (rolsuper or rolcreaterole or rolreplication or rolbypassrls and rolname <> 'canbao_worker')
        union all
    select relname || '：断电后会丢失' from tables where relpersistence <> 'p'
        union all
    select 'journal：行级安全被关闭' from tables where relname = 'journal' and not (relrowsecurity and relforcerowsecurity)
    order by 1"""


def make_months() -> int:
    """Have the missing partitions of the coming half year made; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("select journal_months_ahead()")
        return int(cursor.fetchone()[0])


def schema_deviations() -> Iterator[Finding]:
    """What could swallow, rewrite or let somebody change what is appended."""
    with connection.cursor() as cursor:
        cursor.execute(_DEVIATIONS)
        said = [what for (what,) in cursor.fetchall()]
    for what in [*said, *definitions.differences()]:
        yield Finding(Harm.OBSTRUCTED, 0, says=what)


def months(findings: Iterable[Finding]) -> Iterator[Finding]:
    """A month whose table is no partition was detached; one that lost entries and has no table was dropped, or no rows, emptied."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""select substr(relname, 9), relispartition, pg_relation_size(oid) = 0 from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r' and relname ~ '^journal_\d{4}_\d\d$'"""
        )
        there = {month: (attached, empty) for month, attached, empty in cursor.fetchall()}
    lost = {found.at.astimezone(UTC).strftime("%Y_%m") for found in findings if found.harm is Harm.DELETED and found.at}
    missing = {*(lost - there.keys()), *(month for month, (attached, _) in there.items() if not attached)}
    emptied = {month for month in lost & there.keys() if there[month][1]} - missing
    for harm, found in ((Harm.MONTH_MISSING, missing), (Harm.MONTH_EMPTIED, emptied)):
        for month in sorted(found):
            yield Finding(harm, int(month.replace("_", "")), says=month.replace("_", "年") + "月")
