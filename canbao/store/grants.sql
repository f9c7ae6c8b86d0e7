-- Who may touch which table, and whose rows. Run as canbao_owner after every migration (canbao.store.securing); repeatable.
--
-- The worker (commands, jobs) writes the register. The web may do what is named here and nothing else: a new table is closed to
-- it until somebody writes a line. Rows of people are narrowed to the area of whoever is signed in: a range on two settings, the
-- only form that stays an index scan for one small office among millions of rows. With nothing set the web sees nobody.

-- Ids of people that are recorded one by one, above those that the runs give (bulk.matching.homes.BY_HAND).
create sequence if not exists person_by_hand start 10000000000;

create or replace procedure secure_tables() language plpgsql set search_path = public, pg_temp as $$
declare
    name text;
    may record;
    rights text;
begin
    grant select, insert, update, delete on all tables in schema public to canbao_worker;
    grant usage, select on all sequences in schema public to canbao_worker, canbao_web;
    revoke all on all tables in schema public from canbao_web;
    -- Of the journal the logins may append what they know; number, time, login and backend of a line, and the number of a seal, are
    -- set by the database. Nobody draws a number but by appending, and nobody reaches a partition but through the journal.
    for name in
        select 'journal' union all select 'journal_seal' union all
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'journal'::regclass
    loop
        execute format('revoke all on %I from public, canbao_worker, canbao_web', name);
    end loop;
    revoke all on sequence journal_id_seq, journal_seal_id_seq from public, canbao_worker, canbao_web;
    grant select on sequence journal_id_seq to canbao_worker, canbao_web;
    grant select, insert (event, account, role, office, area, target_kind, target_id, basis, detail)
        on journal to canbao_worker, canbao_web;
    grant select on journal_seal to canbao_worker, canbao_web;
    grant insert (from_id, to_id, count, leaves, prev_digest, digest, sealed_at) on journal_seal to canbao_worker;
    revoke all on django_migrations, index_aside from canbao_worker;
    grant select on django_migrations to canbao_worker;
    revoke update, delete, truncate on key_check from canbao_worker;
    if to_regclass('journal_sealing') is not null then
        revoke all on journal_sealing from canbao_worker;
    end if;
    if to_regclass('register_kind') is not null then
        revoke insert, update, delete on register_kind from canbao_worker;
    end if;
    -- Temporary tables are made by acts of both logins, by nobody else; the database itself is ours to grant.
    execute format('revoke temporary on database %I from public', current_database());
    execute format('grant temporary on database %I to canbao_worker, canbao_web', current_database());

    for may in select * from (values
        -- people: within the area only
        ('person', 'select, insert, update, delete'),
        ('person_history', 'select, insert, update (recorded, closed_basis)'),
        ('office_record', 'select, insert, update (ended_by, ended_at)'),
        ('person_document', 'select, insert, update, delete'),
        ('person_document_history', 'select, insert, update (recorded, closed_basis)'),
        ('business_number', 'select, insert, update, delete'),
        ('business_number_history', 'select, insert, update (recorded, closed_basis)'),
        ('enrolment', 'select, insert, update, delete'),
        ('enrolment_history', 'select, insert, update (recorded, closed_basis)'),
        ('listed_spell', 'select, insert, update, delete'),
        ('listed_spell_history', 'select, insert, update (recorded, closed_basis)'),
        ('card', 'select'),
        ('household', 'select'),
        ('match_case', 'select, update'),
        ('match_case_record', 'select'),
        ('match_case_opinion', 'select, insert, update, delete'),
        ('match_bulk', 'select, insert, update'),
        ('match_decision', 'select, insert, delete'),
        ('fact_decision', 'select, insert, delete'),
        ('person_merge', 'select, insert, update (unmerged_by, unmerged_at)'),
        ('unmasking', 'select, insert'),
        ('registration_form', 'select, insert'),
        ('declaration', 'select, insert, update, delete'),
        ('declaration_history', 'select, insert, update (recorded, closed_basis)'),
        -- the survey: lists are made by the worker; what came from a door or a form is never rewritten
        ('survey_task', 'select, insert, update'),
        ('survey_visit', 'select, insert'),
        ('survey_task_left', 'select, insert'),
        ('form_return', 'select, insert, update (signer, has_mandate, note), delete'),
        ('form_entry', 'select, insert, update'),
        ('found_person', 'select, insert, update (state, person_id, settled_by, settled_at, settled_reason)'),
        ('survey_call', 'select, insert, update (reached, differs, note, called_by, called_at)'),
        ('evidence', 'select, insert, update (person_id, items, removed_by, removed_at, removed_reason)'),
        ('evidence_file', 'select, insert'),
        ('change_request', 'select, insert, update (state, steps, others)'),
        -- villages: what was learnt is read, a clerk's word is written
        ('village_assignment', 'select, update (town, village, village_path, rule, people, in_village, state, rule_version, reason, act,'
            ' decided_by, decided_at, office_path)'),
        ('village_act', 'select, insert, update (undone_by, undone_at)'),
        ('village_act_before', 'select, insert'),
        -- not about people
        ('survey_round', 'select, insert, update (state, due_on, note, closed_by, closed_at)'),
        ('match_run', 'select'),
        ('employer', 'select'),
        ('delivery', 'select'),
        ('batch', 'select, update (status, released_first_by, released_first_at, released_second_by, released_second_at,'
            ' release_reasons)'),
        ('source_state', 'select'),
        ('division', 'select'), ('division_successor', 'select'), ('office', 'select'), ('office_coverage', 'select'),
        ('code_entry', 'select'), ('code_mapping', 'select'),
        ('key_check', 'select'),
        ('alarm', 'select, insert, update (count, last_id, to_at, state, note, settled_by, settled_at)'),  -- never about whom
        ('alarm_position', 'select'),  -- whoever moves it decides what is not looked for: the worker
        ('look_count', 'select, insert, update (day, in_day, hour, in_hour)'),  -- never whose, never deleted
        ('budget_lift', 'select, insert, update (state, steps, settled_by, settled_at, valid_until)'),
        -- accounts and their sessions
        ('account', 'select, insert, update (office, password, last_login, is_active, active_since, disabled_by,'
            ' disabled_at, disabled_reason, must_change_password, password_set_at)'),  -- never the name
        ('post', 'select, insert, update (valid_to)'),
        ('post_request', 'select, insert, update (state, steps, settled_by, settled_at)'),
        ('credential_reset', 'select, insert, update (state, steps, reason, asked_by, asked_at, settled_by, settled_at, done_at,'
            ' done_address, told_at)'),  -- never whose
        ('password_used', 'select, insert, delete'),
        ('policy_setting', 'select, insert, update'),
        ('upload_use', 'select, insert, update'),
        ('submission', 'select, insert, update (status, location), delete'),
        ('session', 'select, insert, update, delete'),
        ('api_client', 'select, insert, update (granted_by, granted_at, token_digest, stopped_by, stopped_at,'
            ' stop_reason)'),  -- never what was granted
        ('api_use', 'select, insert, update'),
        ('otp_totp_totpdevice', 'select, insert, update, delete'),
        ('otp_static_staticdevice', 'select, insert, update, delete'),
        ('otp_static_statictoken', 'select, insert, update, delete'),
        ('axes_accessattempt', 'select, insert, update, delete'),
        ('axes_accessattemptexpiration', 'select, insert, update, delete'),
        ('django_content_type', 'select'),
        -- the queue
        ('job', 'select, insert, update (queue_number, cancel_asked_at, state, finished_at)'),  -- never what is to be done
        ('procrastinate_jobs', 'select, insert, update'),
        ('procrastinate_events', 'select, insert'),
        ('procrastinate_workers', 'select'),
        ('procrastinate_periodic_defers', 'select, insert')
    ) as v(relation, rights)
    loop
        if to_regclass(may.relation) is not null then
            rights := may.rights;
            if rights !~ 'delete' then
                -- column by column it is the same right, but it does not let the login lock the table against everybody
                rights := regexp_replace(rights, 'update(?! \()', (select format('update (%s)', string_agg(quote_ident(attname), ', '
                    order by attnum)) from pg_attribute where attrelid = may.relation::regclass and attnum > 0 and not attisdropped));
            end if;
            execute format('grant %s on %I to canbao_web', rights, may.relation);
        end if;
    end loop;

    for name in
        select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid
        where a.attname = 'office_path' and not a.attisdropped
        and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('drop policy if exists area on %I', name);
        execute format(
            'create policy area on %I to canbao_web using (office_path collate "C" between '
            'current_setting(''canbao.lo'', true) and current_setting(''canbao.hi'', true))', name);
        execute format('drop policy if exists register on %I', name);
        execute format('create policy register on %I to canbao_worker using (true) with check (true)', name);
    end loop;

    -- The journal is read by whoever answers for the actor's office or for the person concerned; anybody may be written down.
    alter table journal enable row level security;
    alter table journal force row level security;
    drop policy if exists journal_read on journal;
    create policy journal_read on journal for select to canbao_web using (
        office between current_setting('canbao.journal_lo', true) and current_setting('canbao.journal_hi', true)
        or area <> '' and area between current_setting('canbao.journal_lo', true) and current_setting('canbao.journal_hi', true));
    drop policy if exists journal_write on journal;
    create policy journal_write on journal for insert to canbao_web with check (true);
    drop policy if exists journal_owner on journal;
    create policy journal_owner on journal for select to canbao_owner using (true);  -- for journal_unsealed()
    drop policy if exists register on journal;
    create policy register on journal to canbao_worker using (true) with check (true);
end $$;

call secure_tables();
