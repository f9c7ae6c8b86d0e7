-- Journal, grants and row security. Run by migration 0002 as canbao_owner.

create schema if not exists staging;
grant usage, create on schema staging to canbao_worker;
grant usage on schema public to canbao_worker, canbao_web;

-- The journal: one partition per month. Its key must contain the month's column.
create sequence journal_id_seq;
create table journal (
    id          bigint not null default nextval('journal_id_seq'),
    at          timestamptz not null,
    event       text not null check (event <> ''),
    account     text not null check (account <> ''),
    role        text not null,
    office      text collate "C" not null,
    area        text collate "C" not null default '',
    target_kind text not null,
    target_id   text not null,
    basis       text not null,
    detail      jsonb not null,
    -- where the act came from, as the door told the database for this transaction (audit.came_from)
    terminal    text not null default coalesce(current_setting('canbao.terminal', true), ''),
    request     text not null default coalesce(current_setting('canbao.request', true), ''),
    primary key (id, at)
) partition by range (at);
alter sequence journal_id_seq owned by journal.id;
create index journal_target on journal (target_kind, target_id, at);
create index journal_account on journal (account, at);
create index journal_at on journal (at, id);
create index journal_event on journal (event, at);

-- Makes the partition of a month where it is missing. ATTACH needs a weaker lock than CREATE ... PARTITION OF:
-- other writers of the journal go on.
create function journal_month(moment timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    first timestamptz := date_trunc('month', moment, 'UTC');
    next timestamptz := date_trunc('month', moment, 'UTC') + interval '1 month';
    part text := 'journal_' || to_char(date_trunc('month', moment, 'UTC') at time zone 'UTC', 'YYYY_MM');
begin
    if to_regclass(part) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('canbao.journal_month'));
    if to_regclass(part) is not null then
        return;
    end if;
    execute format('create table %I (like journal including defaults including constraints)', part);
    execute format('revoke all on %I from public, canbao_worker, canbao_web', part);
    execute format('alter table journal attach partition %I for values from (%L) to (%L)', part, first, next);
end $$;
revoke all on function journal_month(timestamptz) from public;
grant execute on function journal_month(timestamptz) to canbao_worker, canbao_web;

-- Waits until no transaction is appending and keeps new ones out until the caller's commit. Entries take their id
-- under a lock that this one conflicts with, so every id given out so far is then committed or gone for good.
create function journal_quiet() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    lock table journal in share mode;
end $$;
revoke all on function journal_quiet() from public;
grant execute on function journal_quiet() to canbao_worker;

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

select journal_month(now() + make_interval(months => n)) from generate_series(-1, 3) n;
