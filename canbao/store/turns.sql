-- When papers of an account were too heavy to be opened, for services.evidence.turns. Run as canbao_owner after every migration;
-- repeatable. Past row security: a page reads the lines of the office whose post was chosen, and the account may choose another.
-- Times only, the newest first, and of no more than an hour.

create or replace function papers_too_heavy(of_account text, seconds integer) returns timestamptz[]
language sql stable security definer set search_path = public, pg_temp as $$
    select coalesce(array_agg(at order by at desc), '{}') from journal
    where account = of_account and event = 'EVIDENCE_TOO_HEAVY'
    and at > statement_timestamp() - make_interval(secs => least(seconds, 3600))
$$;
revoke all on function papers_too_heavy(text, integer) from public;
grant execute on function papers_too_heavy(text, integer) to canbao_worker, canbao_web;
