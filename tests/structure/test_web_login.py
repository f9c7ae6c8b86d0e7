"""What SQL under the web's login can do, whatever the program says: a new table or right is looked at before it is listed here."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from canbao.rules.budgets import LIFT_HOURS
from canbao.rules.roles import Actor, Role
from canbao.services.audit import Event, Line
from canbao.store.models import JournalEntry
from tests.worlds import AT, bare_account, journal_entries

# Readable without row security, because nothing of a registered person stands in them.
ABOUT_STAFF = {"account", "alarm", "alarm_position", "axes_accessattempt", "axes_accessattemptexpiration", "password_used",
               "post", "post_request", "credential_reset", "session", "look_count", "budget_lift", "upload_use", "submission",
               "otp_totp_totpdevice", "otp_static_staticdevice", "otp_static_statictoken"}  # fmt: skip
ABOUT_WORK = {"survey_round", "api_client", "api_use", "batch", "delivery", "employer", "job", "journal_seal", "key_check", "match_run",
              "policy_setting", "source_state", "procrastinate_jobs", "procrastinate_events", "procrastinate_workers",
              "procrastinate_periodic_defers"}  # fmt: skip
REFERENCE = {
    "code_entry",
    "code_mapping",
    "division",
    "division_successor",
    "office",
    "office_coverage",
    "django_content_type",
}

MAY_NOT = (
    "update account set name = 'x'",
    "update account set created_by = 'x'",
    "delete from account",
    "update post set role = 'SECURITY_ADMINISTRATOR'",
    "update post set granted_by = 'x'",
    "delete from post",
    "update post_request set role = 'MUNICIPAL_APPROVER'",
    "delete from post_request",
    "update credential_reset set secret_digest = 'x'",
    "update credential_reset set account_id = 1",
    "delete from credential_reset",
    "update account set staff_number = 'X1'",
    "update journal set account = 'x'",
    "delete from journal",
    "truncate journal",
    "insert into journal_seal select * from journal_seal",
    "update api_client set fields = array['phone']",
    "update api_client set quota = 1000000",
    "update job set arguments = '{}'",
    "update job set requested_by = 'x'",
    "update batch set counts = '{}'",
    "update batch set prepared_by = 'x'",
    "delete from unmasking",
    "update unmasking set until = 'infinity'",
    "delete from alarm",
    "insert into alarm_position values (1, now())",
    "update alarm_position set scanned_to = now() + interval '4 minutes'",
    "delete from alarm_position",
    "update alarm set subject = 'x'",
    "update alarm set first_id = 1",
    "update alarm set raised_at = now()",
    "delete from look_count",
    "update look_count set account = 'x'",
    "update budget_lift set amount = 1000000",
    "update budget_lift set asked_by = 'x'",
    "delete from budget_lift",
    "delete from person_history",
    "update person_history set person_id = 1",
    "update enrolment_history set valid = 'empty'",
    "update person_merge set into_person_id = 1",
    "update key_check set value = 'x'",
    "insert into key_check values ('x', 'x', now())",
    "delete from upload_use",
    "select 1 from django_migrations",
    "select 1 from axes_accesslog",
    "create table public.mine (x int)",
    "create table staging.mine (x int)",
)


@pytest.mark.usefixtures("as_web")
def test_whatever_the_web_reads_without_row_security_is_known() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
            " and not relispartition and not relrowsecurity and has_any_column_privilege(oid, 'select')"
        )
        assert {row[0] for row in cursor.fetchall()} <= ABOUT_STAFF | ABOUT_WORK | REFERENCE


@pytest.mark.usefixtures("as_web")
def test_no_partition_of_the_journal_is_a_way_round_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relispartition and has_any_column_privilege(oid, 'select, insert, update')"
        )
        assert cursor.fetchall() == []


@pytest.mark.usefixtures("as_web")
@pytest.mark.parametrize("statement", MAY_NOT)
def test_sql_under_the_webs_login_cannot(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be"), transaction.atomic():
        connection.cursor().execute(statement)


LIFT = (
    "insert into budget_lift (budget, amount, hours, reason, role, office, state, steps, asked_by, asked_at, settled_by)"
    " values ('FILES', 5, {hours}, 'r', 'TOWN_CLERK', '50', 'SUBMITTED', '[]', '{by}', now(), '')"
)
GRANTED = "update budget_lift set state = 'APPROVED', settled_by = '{by}', settled_at = now(), valid_until = now() + interval '{until}'"
# The constraint that refuses the last statement of each.
LIFTS = (
    (
        "budget_lift_asked",
        "insert into budget_lift (budget, amount, hours, reason, role, office, state, steps, asked_by, asked_at, settled_by,"
        " settled_at, valid_until) values ('FILES', 99, 1, 'r', 'TOWN_CLERK', '50', 'APPROVED', '[]', 'li', now(), 'guo', now(), now())",
    ),
    ("budget_lift_asked", LIFT.format(by="nobody", hours=1)),
    ("budget_lift_asked", LIFT.format(by="gone", hours=1)),
    ("budget_lift_hours", LIFT.format(by="li", hours=max(LIFT_HOURS) + 1)),
    ("budget_lift_two_people", LIFT.format(by="li", hours=1), GRANTED.format(by="li", until="1 hour")),
    ("budget_lift_two_people", LIFT.format(by="li", hours=1), GRANTED.format(by="nobody", until="1 hour")),
    ("budget_lift_two_people", LIFT.format(by="li", hours=1), GRANTED.format(by="gone", until="1 hour")),
    ("budget_lift_until", LIFT.format(by="li", hours=1), GRANTED.format(by="guo", until="61 minutes")),
    (
        "budget_lift_until",
        LIFT.format(by="li", hours=1),
        GRANTED.format(by="guo", until="1 hour").replace("now()", "now() + interval '1 year'"),
    ),
    (
        "budget_lift_kept",
        LIFT.format(by="li", hours=1),
        GRANTED.format(by="guo", until="1 hour"),
        "update budget_lift set valid_until = valid_until - interval '1 minute'",
    ),
)


@pytest.fixture
def three_accounts(db: None) -> None:
    for name in ("li", "guo"):
        bare_account(name)
    bare_account("gone", is_active=False, disabled_by="sys", disabled_at=AT, disabled_reason="r")


@pytest.mark.usefixtures("three_accounts", "as_web")
@pytest.mark.parametrize("lift", LIFTS, ids=lambda lift: f"{lift[0]}-{LIFTS.index(lift)}")
def test_a_budget_is_lifted_by_a_second_person_whatever_sql_says(lift: tuple[str, ...]) -> None:
    constraint, *before, refused = lift
    for statement in before:
        connection.cursor().execute(statement)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        connection.cursor().execute(refused)
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error) and cause.diag.constraint_name == constraint


@pytest.mark.usefixtures("three_accounts", "as_web")
def test_what_two_people_do_about_a_budget_is_taken() -> None:
    with connection.cursor() as cursor:
        for hours in LIFT_HOURS:
            cursor.execute(LIFT.format(by="li", hours=hours))
            cursor.execute(GRANTED.format(by="guo", until=f"{hours} hours") + " where state = 'SUBMITTED'")
        cursor.execute(LIFT.format(by="li", hours=1))
        cursor.execute(
            "update budget_lift set state = 'WITHDRAWN', settled_by = 'li', settled_at = now() where state = 'SUBMITTED'"
        )
        assert cursor.rowcount == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["update key_check set value = 'x'", "delete from key_check", "truncate key_check"]
)
def test_what_the_keys_were_is_noted_once_by_the_worker_too(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be"), transaction.atomic():
        connection.cursor().execute(statement)


ALARM = (
    "insert into alarm (kind, subject, office, count, first_id, last_id, from_at, to_at, raised_at, state, note)"
    " values ('MANY_PEOPLE', 'li', '50', 2, {line}, {line}, now(), now(), now(), 'OPEN', '')"
)
SETTLED = "update alarm set state = 'SETTLED', note = 'x', settled_by = 'x', settled_at = now()"
# The constraint that refuses the last statement of each.
ALARMS = (
    ("alarm_grows", ALARM.format(line="1000000000")),
    ("alarm_grows", ALARM.format(line="{line}"), "update alarm set last_id = 1000000000"),
    ("alarm_grows", ALARM.format(line="{line}"), "update alarm set count = 1"),
    ("alarm_settled_once", ALARM.format(line="{line}"), SETTLED, "update alarm set note = 'y'"),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("constraint", "statements"), [(alarm[0], alarm[1:]) for alarm in ALARMS])
def test_an_alarm_grows_by_what_is_there_and_is_settled_once(
    constraint: str, statements: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    journal_entries([Line(Event.SIGNED_OUT, "account", "li")], actor=Actor("li", Role.TOWN_CLERK, "50"), at=AT)
    line = JournalEntry.objects.latest("pk").pk
    request.getfixturevalue("as_web")
    *before, last = [statement.format(line=line) for statement in statements]
    with connection.cursor() as cursor:
        for statement in before:
            cursor.execute(statement)
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            cursor.execute(last)
    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error) and cause.diag.constraint_name == constraint


@pytest.mark.django_db
def test_nobody_says_that_the_journal_was_looked_through_up_to_a_time_to_come() -> None:
    with pytest.raises(IntegrityError, match="not looked through yet"), transaction.atomic():
        connection.cursor().execute("insert into alarm_position values (1, now() + interval '6 minutes')")
