-- The journal of acts and looks. Run by migration 0002 as canbao_owner; who may do what with it stands in grants.sql.

-- One partition per month; the key of a partitioned table must contain the partition's column. Number, time, login and backend of
-- a line are set by the database: no login of the application has a right on these columns. Everything else, where it came from
-- included, is what the program says that has the login. The checks hold whatever login inserts, so that every reader may rely on
-- them; tests/spec/security holds them to services.audit.
create table journal (
    id          bigint generated always as identity,
    at          timestamptz not null default clock_timestamp(),
    event       text not null,
    account     text not null,
    role        text not null,
    office      text collate "C" not null,
    area        text collate "C" not null default '',
    target_kind text not null,
    target_id   text not null,
    basis       text not null,
    detail      jsonb not null,
    -- where the act came from, as the statement told in two settings (services.audit.origin); whoever has the login can tell anything
    terminal    text not null default left(coalesce(current_setting('canbao.terminal', true), ''), 45),
    request     text not null default left(coalesce(current_setting('canbao.request', true), ''), 40),
    -- whose connection wrote the line: a web process with a line of a backend that it never had, or one of another login, shows a forger
    login       text not null default current_user,
    backend     integer not null default pg_backend_pid(),
    primary key (id, at),
    constraint journal_at check (isfinite(at)),
    constraint journal_event check (event ~ '^[A-Z][A-Z_]{2,39}$'),
    constraint journal_lengths check (
        length(account) between 1 and 150 and length(role) <= 40 and length(target_kind) <= 40
        and length(target_id) <= 100 and length(basis) <= 2000 and length(terminal) <= 45 and length(request) <= 40),
    constraint journal_offices check (office ~ '^[0-9]{0,18}$' and area ~ '^[0-9]{0,18}$'),
    constraint journal_detail check (jsonb_typeof(detail) = 'object' and length(detail::text) <= 100000),
    -- no control characters, line separators or marks that turn the reading direction: a line reads as it was written
    constraint journal_printable check (
        (account || role || target_kind || target_id || basis || terminal || request)
        !~ '[\u0001-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]')
) partition by range (at);
create index journal_target on journal (target_kind, target_id, at);
create index journal_account on journal (account, at);
create index journal_at on journal (at, id);
create index journal_event on journal (event, at);

-- Takes what belongs to no month that was made: a line is never refused because the clock of the machine is wrong.
create table journal_other (like journal including defaults including constraints);
alter table journal attach partition journal_other default;

-- Makes the missing partitions from last month to half a year ahead and says how many it made. The calendar is its only argument,
-- so a login that may call it can make these tables and no others. ATTACH lets writers and readers of the other partitions go
-- on, but it wants journal_other for itself: where that is in use it gives up after two seconds, and the next night tries again.
create function journal_months_ahead() returns integer
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
    first timestamptz;
    part text;
    made integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('canbao.journal_months_ahead'));
    for n in -1..6 loop
        first := date_trunc('month', now()) + make_interval(months => n);
        part := 'journal_' || to_char(first, 'YYYY_MM');
        continue when to_regclass('public.' || part) is not null
            or exists (select from journal_other where at >= first and at < first + interval '1 month');
        execute format('create table %I (like journal including defaults including constraints)', part);
        execute format('revoke all on %I from public', part);
        execute format('alter table journal attach partition %I for values from (%L) to (%L)',
            part, first, first + interval '1 month');
        made := made + 1;
    end loop;
    return made;
exception when lock_not_available then
    return 0;
end $$;
revoke all on function journal_months_ahead() from public;
grant execute on function journal_months_ahead() to canbao_worker;

select journal_months_ahead();
