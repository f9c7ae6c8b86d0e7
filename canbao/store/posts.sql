-- What no login may do with posts, whatever the program says (规程第十八条). Run as canbao_owner after every migration; repeatable.

-- The same pairs as rules.roles.EXCLUDED_PAIRS; a test compares them role by role.
create or replace function roles_exclude(one text, other text) returns boolean
language sql immutable set search_path = public, pg_temp as $$
    select one <> other and (
        -- administrators administer only, and guides only read
        array[one, other] && array['SYSTEM_ADMINISTRATOR', 'SECURITY_ADMINISTRATOR', 'AUDIT_ADMINISTRATOR', 'GUIDE']
        -- whoever prepares does not approve
        or (least(one, other), greatest(one, other)) in (
            ('MUNICIPAL_APPROVER', 'MUNICIPAL_OPERATOR'), ('DISTRICT_APPROVER', 'DISTRICT_CLERK'),
            ('DISTRICT_APPROVER', 'TOWN_REVIEWER'), ('DISTRICT_APPROVER', 'TOWN_CLERK')))
$$;

-- Whether the statement comes from the pages: by a login of its own in the embedded server, by SET ROLE in a given one.
create or replace function is_web_login() returns boolean
language sql stable set search_path = public, pg_temp as $$
    select coalesce(nullif(current_setting('role', true), 'none'), session_user) = 'canbao_web'
$$;

-- Whether these accounts are as many people, all of them in use (the holder may be disabled): by staff number, not by name.
create or replace function are_different_people(holder bigint, others text[]) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
    select count(distinct staff_number) = 1 + cardinality(others)
    from account where id = holder or name = any(others) and is_active
$$;
revoke all on function are_different_people(bigint, text[]) from public;

-- Posts that nobody could ask for: the first administrators, while there are no others, and the staff of a practice city. Both
-- are made by commands at the machine, never by the pages.
create or replace function is_made_at_the_machine(asked_by text, granted_by text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
    select not is_web_login() and granted_by like '（命令行）%' and (asked_by = '（演示）' or asked_by = '（首次建立）'
        and not exists (select from post p where p.asked_by <> '（首次建立）' and p.role like '%\_ADMINISTRATOR'))
$$;
revoke all on function is_made_at_the_machine(text, text) from public;

-- The account's row is written, not only locked: of two transactions that give one account a post, the second waits, then sees
-- what the first did (read committed) or fails (stricter levels). A mere lock would let two "repeatable read" ones pass.
create or replace function post_lawful() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    holder text;
    other text;
begin
    update account set name = name where id = new.account_id returning name into holder;
    if holder in (new.asked_by, new.granted_by) then
        raise exception 'nobody asks for or grants his own post' using errcode = 'check_violation', constraint = 'post_not_own';
    end if;
    if tg_op = 'INSERT' and not are_different_people(new.account_id, array[new.asked_by, new.granted_by])
        and not is_made_at_the_machine(new.asked_by, new.granted_by) then
        raise exception 'a post is asked for and granted by two other people whose accounts are in use'
            using errcode = 'check_violation', constraint = 'post_three_people';
    end if;
    if tg_op = 'UPDATE' and (new.account_id, new.role, new.office, new.valid_from, new.asked_by, new.granted_by)
        is distinct from (old.account_id, old.role, old.office, old.valid_from, old.asked_by, old.granted_by) then
        raise exception 'a post is ended, never rewritten' using errcode = 'check_violation', constraint = 'post_kept';
    end if;
    if tg_op = 'UPDATE' and coalesce(new.valid_to, 'infinity') > coalesce(old.valid_to, 'infinity') then
        raise exception 'a post is prolonged by a new grant' using errcode = 'check_violation', constraint = 'post_not_prolonged';
    end if;
    select p.role into other from post p
    where p.account_id = new.account_id and p.id <> new.id and roles_exclude(p.role, new.role)
    and daterange(p.valid_from, p.valid_to) && daterange(new.valid_from, new.valid_to) limit 1;
    if found then
        raise exception '% and % exclude each other', new.role, other
            using errcode = 'exclusion_violation', constraint = 'post_excluded_pair';
    end if;
    return new;
end $$;
revoke all on function post_lawful() from public;
create or replace trigger post_lawful before insert or update on post for each row execute function post_lawful();

create or replace function post_request_lawful() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (select from account where id = new.account_id and name in (new.asked_by, new.settled_by)) then
        raise exception 'nobody asks or settles for himself' using errcode = 'check_violation', constraint = 'post_request_not_own';
    end if;
    if tg_op = 'INSERT' and not are_different_people(new.account_id, array[new.asked_by]) then
        raise exception 'a request is made by somebody else whose account is in use'
            using errcode = 'check_violation', constraint = 'post_request_by_another';
    end if;
    if tg_op = 'UPDATE' and new.settled_at is not null and not are_different_people(new.account_id,
        case when new.state = 'APPROVED' then array[new.asked_by, new.settled_by] else array[new.settled_by] end) then
        raise exception 'a request is settled by a third person, and who asked still has an account in use'
            using errcode = 'check_violation', constraint = 'post_request_three_people';
    end if;
    if tg_op = 'UPDATE' and old.settled_at is not null then
        raise exception 'a settled request stays as it is' using errcode = 'check_violation', constraint = 'post_request_kept';
    end if;
    return new;
end $$;
revoke all on function post_request_lawful() from public;
create or replace trigger post_request_lawful before insert or update on post_request
    for each row execute function post_request_lawful();
