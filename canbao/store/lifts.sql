-- What no login may do with a request for more looks than the budgets allow, whatever the program says. Run as canbao_owner after
-- every migration; repeatable. Uses are_different_people and is_web_login of posts.sql.

create or replace function budget_lift_lawful() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    holder bigint;
begin
    select id into holder from account where name = new.asked_by and is_active;
    if tg_op = 'INSERT' and (new.state <> 'SUBMITTED' or holder is null) then
        raise exception 'more looks are asked for by the holder of an account in use'
            using errcode = 'check_violation', constraint = 'budget_lift_asked';
    end if;
    -- the longest that the program offers (rules.budgets.LIFT_HOURS)
    if tg_op = 'INSERT' and new.hours > 24 then
        raise exception 'more looks are asked for a day at most' using errcode = 'check_violation', constraint = 'budget_lift_hours';
    end if;
    if tg_op = 'UPDATE' and (old.settled_at is not null
        or (new.budget, new.amount, new.hours, new.reason, new.role, new.office, new.asked_by, new.asked_at)
        is distinct from (old.budget, old.amount, old.hours, old.reason, old.role, old.office, old.asked_by, old.asked_at)) then
        raise exception 'a request is not rewritten' using errcode = 'check_violation', constraint = 'budget_lift_kept';
    end if;
    if tg_op = 'UPDATE' and (case new.state when 'WITHDRAWN' then new.settled_by <> new.asked_by
        when 'SUBMITTED' then false
        else holder is null or not are_different_people(holder, array[new.settled_by]) end) then
        raise exception 'a request is granted or refused by a second person whose account is in use'
            using errcode = 'check_violation', constraint = 'budget_lift_two_people';
    end if;
    if tg_op = 'UPDATE' and (new.valid_until > new.settled_at + make_interval(hours => new.hours)
        or is_web_login() and new.settled_at > clock_timestamp() + interval '5 minutes') then
        raise exception 'what is granted holds from now on for the hours that were asked for'
            using errcode = 'check_violation', constraint = 'budget_lift_until';
    end if;
    return new;
end $$;
revoke all on function budget_lift_lawful() from public;
create or replace trigger budget_lift_lawful before insert or update on budget_lift for each row execute function budget_lift_lawful();
