-- What no login may do with an alarm, whatever the program says: it grows by lines that are there, it is settled once, and it is never
-- about anything else. Run as canbao_owner after every migration; repeatable. Past row security: the newest line may be anybody's.

create or replace function alarm_lawful() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'INSERT' and (new.state <> 'OPEN' or new.note <> '') or tg_op = 'UPDATE' and old.state <> 'OPEN' then
        raise exception 'an alarm is open when it is raised, and settled once'
            using errcode = 'check_violation', constraint = 'alarm_settled_once';
    end if;
    if tg_op = 'UPDATE' and (new.count < old.count or new.last_id < old.last_id or new.to_at < old.to_at)
        or new.last_id > coalesce((select max(id) from journal), 0) then
        raise exception 'an alarm grows, by lines of the journal that are there'
            using errcode = 'check_violation', constraint = 'alarm_grows';
    end if;
    return new;
end $$;
revoke all on function alarm_lawful() from public;
create or replace trigger alarm_lawful before insert or update on alarm for each row execute function alarm_lawful();

-- Nor can anybody say that the journal was looked through up to a time that has not come: nothing would be looked for until then.
-- The five minutes are for clocks that differ. The pages have no right on it at all (grants.sql).
create or replace function alarm_position_lawful() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    if new.scanned_to > clock_timestamp() + interval '5 minutes' then
        raise exception 'the journal is not looked through yet'
            using errcode = 'check_violation', constraint = 'alarm_position_past';
    end if;
    return new;
end $$;
create or replace trigger alarm_position_lawful before insert or update on alarm_position
    for each row execute function alarm_position_lawful();
