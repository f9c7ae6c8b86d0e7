-- What no login may do with the reset of a password or second factor, whatever the program says. Run as canbao_owner after every
-- migration; repeatable. Uses are_different_people and is_web_login of posts.sql.

create or replace function credential_reset_lawful() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'INSERT' and new.state <> 'DRAFT' then
        raise exception 'a reset is begun by the holder' using errcode = 'check_violation', constraint = 'credential_reset_begun';
    end if;
    if tg_op = 'UPDATE' and (new.number, new.secret_digest, new.account_id, new.lost, new.started_at, new.expires_at, new.address)
        is distinct from (old.number, old.secret_digest, old.account_id, old.lost, old.started_at, old.expires_at, old.address)
        or tg_op = 'UPDATE' and old.asked_at is not null
        and (new.asked_by, new.asked_at, new.reason) is distinct from (old.asked_by, old.asked_at, old.reason)
        or tg_op = 'UPDATE' and old.settled_at is not null
        and (new.state, new.settled_by, new.settled_at) is distinct from (old.state, old.settled_by, old.settled_at)
        or tg_op = 'UPDATE' and old.done_at is not null and new.done_at is distinct from old.done_at then
        raise exception 'a reset is not rewritten' using errcode = 'check_violation', constraint = 'credential_reset_kept';
    end if;
    if tg_op = 'UPDATE' and new.state <> old.state and not are_different_people(new.account_id,
        case when new.state = 'SUBMITTED' then array[new.asked_by]
             when new.state = 'APPROVED' then array[new.asked_by, new.settled_by]
             else array[new.settled_by] end)
        -- at the machine, where no two administrators can sign in: on record as such, never through the pages
        and not (not is_web_login() and (new.state = 'SUBMITTED' and new.asked_by like '（命令行）%'
                 or new.state = 'APPROVED' and new.settled_by like '（应急）%')) then
        raise exception 'holder, asker and granter of a reset are three people whose accounts are in use'
            using errcode = 'check_violation', constraint = 'credential_reset_three_people';
    end if;
    return new;
end $$;
revoke all on function credential_reset_lawful() from public;
create or replace trigger credential_reset_lawful before insert or update on credential_reset
    for each row execute function credential_reset_lawful();
