-- What a new seal of the journal has to be, whatever login writes it. Run as canbao_owner after every migration; repeatable.
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

-- An upgrade is a good moment to look whether the journal has its months.
select journal_months_ahead();
