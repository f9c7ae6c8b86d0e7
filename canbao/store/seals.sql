-- What a new seal of the journal has to be, whatever login writes it, and that no login keeps seals from being made. Run as
-- canbao_owner after every migration; repeatable.
--
-- Whether the leaves say what the entries say can only be told by who computes SM3 (canbao audit verify); everything else is
-- looked at here: it follows the last seal, covers every entry from there to its end and none besides, and is made now.

create or replace function journal_seal_follows() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
    last_id bigint;
    last_digest text;
    entries record;
begin
    select to_id, digest into last_id, last_digest from journal_seal order by to_id desc limit 1;
    select count(distinct id) as number, min(id) as lowest, max(id) as highest into entries
        from journal where id > coalesce(last_id, 0) and id <= new.to_id;
    if new.prev_digest <> coalesce(last_digest, repeat('0', 64)) then
        raise check_violation using message = 'a seal has to follow the last one';
    elsif (new.from_id, new.to_id, new.count) is distinct from (entries.lowest, entries.highest, entries.number) then
        raise check_violation using message = 'a seal has to cover every entry up to its end';
    elsif new.to_id > (select last_value from journal_id_seq) then
        raise check_violation using message = 'a seal has to end at a number that was given out';
    elsif octet_length(new.leaves) <> new.count * 24 or new.digest !~ '^[0-9a-f]{64}$' then
        raise check_violation using message = 'a seal has to hold a leaf of 24 bytes for each entry and a digest';
    elsif new.sealed_at not between clock_timestamp() - interval '5 minutes' and clock_timestamp() + interval '5 minutes' then
        raise check_violation using message = 'a seal has to be made now';
    end if;
    return new;
end $$;
drop trigger if exists journal_seal_follows on journal_seal;
create trigger journal_seal_follows before insert on journal_seal for each row execute function journal_seal_follows();
alter table journal_seal enable always trigger journal_seal_follows;

-- Who seals is alone by a lock on this table, on which no login has a right: an advisory lock could be taken by anybody.
create table if not exists journal_sealing (only_row boolean primary key);
revoke all on journal_sealing from public, canbao_worker, canbao_web;

-- Waits for as long as lock_timeout says; gives the instant. The lock goes with the transaction.
create or replace function journal_seal_alone() returns timestamptz
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    lock table journal_sealing in exclusive mode;
    return clock_timestamp();
end $$;

-- Ends the sessions that keep the journal from being sealed and says how many: those of the given transactions that append, and
-- those that seal or are the web's and do not come to an end. A page ends within minutes, a job within hours; a time-out that a
-- login may set away ends nothing. A server that was given to us may not let the owner do this (config.database_roles).
drop function if exists journal_let_go(text[]);  -- its former name
create or replace function journal_end_blockers(waited_for text[]) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    session integer;
    ended integer := 0;
begin
    for session in
        select distinct a.pid from pg_stat_activity a left join pg_locks l on l.pid = a.pid and l.granted
            and l.locktype = 'relation' and l.database = a.datid
            and l.relation in ('journal'::regclass, 'journal_sealing'::regclass)
        where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
        and (a.xact_start < clock_timestamp() - interval '10 minutes'
                and (a.usename = 'canbao_web' or l.relation = 'journal_sealing'::regclass)
            or a.xact_start < clock_timestamp() - interval '1 hour'
                and l.relation = 'journal'::regclass and l.mode = 'RowExclusiveLock' and l.virtualtransaction = any (waited_for))
    loop
        begin
            ended := ended + pg_terminate_backend(session)::integer;
        exception when insufficient_privilege then
            null;  -- a superuser's
        end;
    end loop;
    return ended;
end $$;

-- What waits to be sealed: numbers and times only, so that the health page tells it to who reads no line of the journal.
create or replace function journal_unsealed(
    out number bigint, out first_id bigint, out last_id bigint, out since timestamptz, out age interval)
language sql security definer set search_path = public, pg_temp as $$
    select count(*), min(id), max(id), min(at), clock_timestamp() - min(at) from journal
    where id > coalesce((select max(to_id) from journal_seal), 0) and id <= (select last_value from journal_id_seq)
    and at between '1900-01-01' and '9000-01-01'
$$;
revoke all on function journal_seal_alone(), journal_end_blockers(text[]), journal_unsealed() from public;
grant execute on function journal_seal_alone(), journal_end_blockers(text[]) to canbao_worker;
grant execute on function journal_unsealed() to canbao_worker, canbao_web;

-- An upgrade is a good moment to look whether the journal has its months.
select journal_months_ahead();
