-- What the roles may do beside grants.sql. Run by migration 0002 as canbao_owner.

create schema if not exists staging;
grant usage, create on schema staging to canbao_worker;
grant usage on schema public to canbao_worker, canbao_web;

-- Loading into an empty table is several times faster without its indexes. Only the owner may drop and build them, so
-- the worker asks, in the transaction of the load: select indexes_aside(array['person']); COPY ...; select indexes_back(array['person']);
-- A load that fails or is killed rolls back to the indexes it found. A table that has rows keeps its indexes.
create table index_aside (position serial primary key, relation text not null, definition text not null);

create function indexes_aside(relations text[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    relation text;
    entry record;
begin
    foreach relation in array relations loop
        if relation like 'journal%' then
            raise insufficient_privilege using message = 'the journal keeps its indexes';
        end if;
        -- not "exists (select ...)": row security is forced on the owner, who would see no row
        continue when pg_relation_size(format('public.%I', relation)::regclass) > 0;
        for entry in
            select i.indexrelid::regclass::text as name, c.conname,
                case when c.oid is null then pg_get_indexdef(i.indexrelid)
                else format('alter table %I add constraint %I %s', relation, c.conname, pg_get_constraintdef(c.oid)) end
                as definition
            from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid
            where i.indrelid = format('public.%I', relation)::regclass
            order by c.conname is null, i.indexrelid
        loop
            insert into index_aside (relation, definition) values (relation, entry.definition);
            if entry.conname is not null then
                execute format('alter table %I drop constraint %I', relation, entry.conname);
            else
                execute format('drop index %s', entry.name);
            end if;
        end loop;
    end loop;
end $$;

-- Builds what was set aside and brings the planner's statistics of the given tables up to date.
create function indexes_back(relations text[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    entry record;
begin
    for entry in select definition from index_aside order by position loop
        execute entry.definition;
    end loop;
    delete from index_aside;
    for entry in select unnest(relations) as name loop
        execute format('analyze %I', entry.name);
    end loop;
end $$;
revoke all on function indexes_aside(text[]), indexes_back(text[]) from public;
grant execute on function indexes_aside(text[]), indexes_back(text[]) to canbao_worker;
