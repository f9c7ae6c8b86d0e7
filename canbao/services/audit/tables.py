"""The tables of the journal themselves: is everything still there that keeps the logins from bending it?"""

from __future__ import annotations

from collections.abc import Iterator

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


def schema_deviations() -> Iterator[Finding]:
    """What could swallow, rewrite or let somebody change what is appended."""
    with connection.cursor() as cursor:
        cursor.execute(_DEVIATIONS)
        said = [what for (what,) in cursor.fetchall()]
    for what in [*said, *definitions.differences()]:
        yield Finding(Harm.OBSTRUCTED, 0, says=what)
