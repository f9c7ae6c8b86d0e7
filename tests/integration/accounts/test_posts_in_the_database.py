"""What PostgreSQL itself refuses about posts, no matter who asks (规程第十八条)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from canbao.rules.roles import EXCLUDED_PAIRS, Role
from canbao.store.models import Account, Post
from tests.worlds import AT, bare_account

INSERT = (
    "insert into post (account_id, role, office, valid_from, valid_to, asked_by, asked_at, granted_by, granted_at)"
    " values (%s, %s, '50', %s, %s, %s, now(), %s, now()) returning id"
)


def _account(name: str) -> int:
    for administrator in ("sys", "sec"):
        bare_account(administrator)
    return int(bare_account(name).pk)


def _give(
    account: int,
    role: Role,
    start: str = "2026-01-01",
    end: str | None = None,
    asked: str = "sys",
    granted: str = "sec",
) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [account, role.value, start, end, asked, granted])
        row = cursor.fetchone()
        assert row
        return int(row[0])


def _refusal(act: Callable[[], Any]) -> str:
    """The name of what refused."""
    with pytest.raises((IntegrityError, ProgrammingError)) as caught, transaction.atomic():
        act()
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name or cause.diag.sqlstate or ""


def _update(post: int, assignment: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"update post set {assignment} where id = %s", [post])


@pytest.mark.django_db
def test_the_database_excludes_the_pairs_of_the_rules() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select one, other from unnest(%s::text[]) one, unnest(%s::text[]) other where roles_exclude(one, other)",
            [[role.value for role in Role]] * 2,
        )
        held = {(one, other) for one, other in cursor.fetchall()}
    assert held == {
        (one.value, other.value) for one in Role for other in Role if frozenset({one, other}) in EXCLUDED_PAIRS
    }


@pytest.mark.django_db
def test_the_web_login_cannot_give_one_account_two_excluded_posts_at_a_time() -> None:
    holder = _account("zhang")
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    first = _give(holder, Role.DISTRICT_CLERK, "2026-01-01", "2026-07-01")
    assert _refusal(lambda: _give(holder, Role.DISTRICT_APPROVER, "2026-06-30")) == "post_excluded_pair"
    _give(holder, Role.DISTRICT_APPROVER, "2026-07-01")  # the day the other has ended
    assert _refusal(lambda: _update(first, "valid_to = '2026-07-02'")) == "post_not_prolonged"
    assert _refusal(lambda: _update(first, "role = 'GUIDE'")) == "42501"  # no right to that column
    assert _refusal(lambda: _update(first, "account_id = 0")) == "42501"
    assert _refusal(lambda: _give(holder, Role.GUIDE, "2026-08-01")) == "post_excluded_pair"


@pytest.mark.django_db
def test_not_even_the_worker_rewrites_a_post() -> None:
    holder, other = _account("zhang"), _account("wang")
    post = _give(holder, Role.TOWN_CLERK, end="2026-12-01")
    for assignment in (
        "role = 'TOWN_REVIEWER'",
        f"account_id = {other}",
        "office = '500112'",
        "valid_from = '2025-01-01'",
    ):
        assert _refusal(lambda given=assignment: _update(post, given)) == "post_kept"  # type: ignore[misc]
    assert _refusal(lambda: _update(post, "valid_to = null")) == "post_not_prolonged"
    _update(post, "valid_to = '2026-11-30'")
    assert str(Post.objects.get(pk=post).valid_to) == "2026-11-30"


@pytest.mark.django_db
def test_nobody_has_a_part_in_his_own_post() -> None:
    holder = _account("zhang")
    assert _refusal(lambda: _give(holder, Role.TOWN_CLERK, asked="zhang")) == "post_not_own"
    assert _refusal(lambda: _give(holder, Role.TOWN_CLERK, granted="zhang")) == "post_not_own"
    assert _refusal(lambda: _give(holder, Role.TOWN_CLERK, asked="sec", granted="sec")) == "post_three_people"
    assert _refusal(lambda: _give(holder, Role.EXTERNAL_SYSTEM)) == "post_role"
    _give(holder, Role.TOWN_CLERK)


@pytest.mark.django_db
def test_asker_and_granter_are_people_with_accounts_in_use() -> None:
    holder = _account("zhang")
    bare_account("gone", is_active=False, disabled_by="sys", disabled_at=AT)
    for asked, granted in (("sys", "nobody"), ("nobody", "sec"), ("gone", "sec"), ("sys", "gone"), ("", "sec")):
        assert _refusal(lambda one=asked, two=granted: _give(holder, Role.TOWN_CLERK, asked=one, granted=two)) == (  # type: ignore[misc]
            "post_three_people"
        )
    post = _give(holder, Role.TOWN_CLERK)
    Account.objects.filter(name="sec").update(is_active=False, disabled_by="sys", disabled_at=AT)
    _update(post, "valid_to = '2026-12-31'")  # who granted it may have left when it ends


@pytest.mark.django_db
@pytest.mark.parametrize("mark", ["（首次建立）", "（演示）"])
def test_posts_that_nobody_granted_are_made_at_the_machine_only(mark: str) -> None:
    holder, other = _account("zhang"), _account("wang")
    _give(holder, Role.SYSTEM_ADMINISTRATOR, asked=mark, granted="（命令行）root")
    assert _refusal(lambda: _give(other, Role.GUIDE, asked=mark, granted="sec")) == "post_three_people"
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    refused = _refusal(lambda: _give(other, Role.AUDIT_ADMINISTRATOR, asked=mark, granted="（命令行）root"))
    assert refused == "post_three_people"


@pytest.mark.django_db
def test_the_first_administrators_are_made_while_there_are_no_others() -> None:
    _give(_account("zhang"), Role.SYSTEM_ADMINISTRATOR)
    holder = _account("wang")
    refused = _refusal(lambda: _give(holder, Role.AUDIT_ADMINISTRATOR, asked="（首次建立）", granted="（命令行）root"))
    assert refused == "post_three_people"


@pytest.mark.django_db
def test_one_person_has_one_account() -> None:
    bare_account("zhang", staff_number="A017")
    for number in ("A017", "a017", "A-017", "１７", ""):
        refused = _refusal(lambda given=number: bare_account("zhang2", staff_number=given))  # type: ignore[misc]
        assert refused in ("account_staff_number_key", "account_staff_number_45cfa77c_uniq", "account_staff_number"), (
            number
        )


@pytest.mark.django_db
def test_a_request_is_made_and_settled_by_people_with_accounts_in_use() -> None:
    holder = _account("zhang")
    insert = (
        "insert into post_request (kind, account_id, role, office, reason, state, steps, asked_by, asked_at, settled_by)"
        " values ('GRANT', %s, 'TOWN_CLERK', '50', 'x', 'SUBMITTED', '[]', %s, now(), '') returning id"
    )
    settle = "update post_request set state = %s, settled_by = %s, settled_at = now() where id = %s"

    def run(sql: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone() if "returning" in sql else None

    assert _refusal(lambda: run(insert, holder, "nobody")) == "post_request_by_another"
    (asked,) = run(insert, holder, "sys")
    assert _refusal(lambda: run(settle, "APPROVED", "nobody", asked)) == "post_request_three_people"
    Account.objects.filter(name="sys").update(is_active=False, disabled_by="sec", disabled_at=AT)
    assert _refusal(lambda: run(settle, "APPROVED", "sec", asked)) == "post_request_three_people"
    run(settle, "REFUSED", "sec", asked)


@pytest.mark.django_db
def test_the_web_login_cannot_rename_or_delete_accounts_and_posts(as_web: None) -> None:
    for sql in ("update account set name = 'x'", "delete from account", "delete from post", "delete from post_request"):
        with connection.cursor() as cursor:
            assert _refusal(lambda given=sql, to=cursor: to.execute(given)) == "42501"  # type: ignore[misc]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_two_transactions_at_once_cannot_give_an_excluded_pair_between_them(isolation: str) -> None:
    """The second waits for the first and is refused, also where its snapshot is too old to see the first's post."""
    holder = _account("zhang")
    parameters = connection.get_connection_params()
    known = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if key in parameters}
    outcome: list[psycopg.Error | None] = []
    with psycopg.connect(**known) as one, psycopg.connect(**known) as two:
        for each in (one, two):
            each.execute("set role canbao_web")
            each.commit()
            each.execute(f"set transaction isolation level {isolation}")
            each.execute("select count(*) from post")
        one.execute(INSERT, [holder, "DISTRICT_CLERK", "2026-01-01", None, "sys", "sec"])

        def second() -> None:
            try:
                two.execute(INSERT, [holder, "DISTRICT_APPROVER", "2026-01-01", None, "sys", "sec"])
                two.commit()
                outcome.append(None)
            except psycopg.Error as error:
                outcome.append(error)

        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive(), "the second did not wait for the first"
        one.commit()
        waiting.join(10)
    assert isinstance(outcome[0], psycopg.errors.ExclusionViolation | psycopg.errors.SerializationFailure)
    assert [post.role for post in Post.objects.filter(account_id=holder)] == ["DISTRICT_CLERK"]
