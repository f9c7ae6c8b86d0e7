-- Which login may write which line of the journal. Run as canbao_owner after every migration; repeatable.
--
-- The same events as services.audit.events.Event and AT_THE_MACHINE; a test compares them. What commands and jobs do, and nothing else
-- does, is refused to the web's login: a false delivery, match or anchor would mislead who reads the journal. Who acted, for whom and
-- from which terminal is what the program says, whatever login it has; the columns login and backend are set by the database.

create or replace function journal_line_lawful() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    if new.event = any (array[
        'BATCH_RELEASED', 'PERSON_RECORDED', 'PERSON_CORRECTED', 'PERSON_ENDED', 'PERSONS_MERGED', 'PERSONS_UNMERGED',
        'VILLAGES_CONFIRMED', 'VILLAGES_CORRECTED', 'VILLAGES_WITHDRAWN', 'VILLAGES_UNDONE', 'VILLAGES_LISTED',
        'CASE_DECIDED', 'CASE_SET_ASIDE', 'CASE_HANDED_ON', 'CASE_UNDONE', 'CASES_LISTED', 'LIST_ROWS_VIEWED', 'CASE_BULK_ASKED',
        'CASE_BULK_REFUSED', 'CASE_BULK_SETTLED', 'CASE_BULK_UNDONE', 'PERSON_VIEWED', 'UNMASKED', 'LOOKS_PRINTED',
        'FORM_PRINTED', 'FORMS_ASKED_IN_FULL', 'SEARCHED', 'ROUND_OPENED', 'ROUND_CLOSED', 'ROUND_CHANGED', 'TASKS_DISPATCHED',
        'TASKS_RECALLED', 'TASKS_REASSIGNED', 'TASKS_DROPPED', 'TASKS_LISTED', 'TASK_VIEWED', 'VISIT_REPORTED',
        'PERSON_FOUND', 'FOUND_SETTLED', 'LOOKED_FOR_TWIN', 'TASKS_HANDED_IN', 'FORM_RETURNED', 'FORM_RETURN_UNDONE',
        'FORM_SIGNATURE_NOTED', 'FORM_OF_ANOTHER', 'MISSING_FORMS_LISTED', 'ENTRY_OPENED', 'FORM_ENTERED',
        'FORM_ENTERED_AGAIN', 'SECOND_SETTLED', 'TASKS_SENT_BACK', 'TASKS_CLOSED', 'CHECK_UNDONE', 'CALLS_DRAWN',
        'CALL_NOTED', 'BULLETIN_EXPORTED', 'EVIDENCE_ADDED', 'EVIDENCE_VIEWED', 'EVIDENCE_REMOVED',
        'EVIDENCE_DAMAGED', 'EVIDENCE_TOO_HEAVY', 'EVIDENCE_REFUSED', 'DECLARATION_RECORDED', 'CHANGE_ASKED', 'CHANGE_VOIDED',
        'CHANGES_LISTED', 'LOOKED_OUTSIDE', 'CLIENT_REGISTERED', 'CLIENT_GRANTED', 'CLIENT_TOKEN_ISSUED', 'CLIENT_STOPPED',
        'CLIENT_LOOKED_UP', 'CLIENT_REFUSED', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'ACCOUNT_LOCKED',
        'ACCOUNT_UNLOCKED', 'ACCOUNT_DORMANT', 'ACCOUNT_CREATED', 'ACCOUNT_DISABLED', 'ACCOUNT_ENABLED', 'POST_ASKED',
        'POST_GRANTED', 'POST_REPLACED', 'POST_ENDED', 'POST_REFUSED', 'POST_WITHDRAWN', 'POST_CHOSEN',
        'PASSWORD_CHANGED', 'PASSWORD_WRONG', 'PASSWORD_RESET', 'SECOND_FACTOR_SET', 'SECOND_FACTOR_PASSED',
        'SECOND_FACTOR_FAILED', 'RESET_BEGUN', 'RESET_ASKED', 'RESET_GRANTED', 'RESET_REFUSED', 'RESET_WITHDRAWN',
        'RESET_DONE', 'RESET_SEEN', 'RESET_DISPUTED', 'RECOVERY_CODES_MADE', 'RECOVERY_CODE_USED', 'SESSION_ENDED',
        'POLICY_CHANGED', 'ACCESS_REFUSED', 'NOT_IN_AREA', 'OWN_ACT_REFUSED', 'JOB_ASKED', 'JOB_CANCELLED', 'DELIVERY_ERRORS_DOWNLOADED',
        'EXPORT_DOWNLOADED', 'UPLOAD_REFUSED', 'JOURNAL_VERIFIED', 'JOURNAL_SEARCHED', 'ALARM_SETTLED',
        'POSSIBLE_DUPLICATE_TOLD', 'BUDGET_SPENT', 'BUDGET_LIFT_ASKED', 'BUDGET_LIFT_GRANTED', 'BUDGET_LIFT_REFUSED',
        'BUDGET_LIFT_WITHDRAWN']) then
        return new;
    elsif new.event = any (array[
        'DELIVERY_RECEIVED', 'DELIVERY_REFUSED', 'BATCH_PREPARED', 'BATCH_COMMITTED', 'BATCH_REVERSED',
        'MATCH_RUN_STARTED', 'MATCH_RUN_APPLIED', 'VILLAGES_WORKED_OUT', 'ROUND_BUILT', 'LIST_PRINTED', 'FORMS_PRINTED', 'REFERENCE_LOADED',
        'LINKS_EXPORTED', 'CASES_EXPORTED', 'ADMINISTRATORS_MADE', 'RESET_EMERGENCY', 'JOURNAL_ANCHORED',
        'ANCHOR_SIGNED']) and not is_web_login() then
        return new;
    end if;
    raise insufficient_privilege using message = 'this login does not write such a line', constraint = 'journal_line_lawful';
end $$;
create or replace trigger journal_line_lawful before insert on journal for each row execute function journal_line_lawful();
