"""One row of every kind that an address can name, for an office."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import URLPattern

from canbao.rules.alarms import AlarmKind
from canbao.rules.roles import Role
from canbao.store.models import (
    Account,
    Alarm,
    ApiClient,
    Batch,
    Delivery,
    MatchBulk,
    MatchCase,
    MatchCaseRecord,
    MatchRun,
    Post,
    PostRequest,
)
from tests.worlds import AT, ON, account, person


class Rows(dict[str, Any]):
    """By the name of the parameter in the address; an address with another name fails until it has a line here."""

    # Parameters that name something inside an area: a foreign one must look as if it were not there.
    AREA: ClassVar = frozenset({"person_id", "case_id", "bulk_id"})

    @classmethod
    def scoped(cls, pattern: URLPattern) -> bool:
        return bool(cls.AREA & set(pattern.pattern.converters))


def rows_of(town: str, *, first: int) -> Rows:
    """Made as the worker makes them."""
    one, other = person(first, town), person(first + 1, town, name="张叁")
    somebody = account(f"somebody-{first}", Role.TOWN_CLERK, town)
    return Rows(
        person_id=one.pk,
        case_id=_case(town, (one.pk, other.pk)).pk,
        bulk_id=_bulk(town).pk,
        account_id=somebody.pk,
        post_id=Post.objects.get(account=somebody).pk,
        request_id=_request(somebody, town).pk,
        client_id=_client(town).pk,
        number=_alarm(town).pk,
        batch_id=_batch(first).pk,
        file_name="police.csv",
        run_id=_run().pk,
        job_id=1,
        tree="offices",
        code=town,
    )


def _case(town: str, people: tuple[int, int]) -> MatchCase:
    case = MatchCase.objects.create(
        kind="POSSIBLE_SAME", subject=f"subject-{people[0]}", person_ids=list(people),
        record_keys=[f"police:{n}" for n in people], reason="支持：姓名相近；反对：无", office_path=town,
        first_run_id=1, last_run_id=1,
    )  # fmt: skip
    for place, person_id in enumerate(people):
        MatchCaseRecord.objects.create(
            case_id=case.pk, place=place, person_id=person_id, source="police", record_key=f"{person_id}",
            facts={"name": "张三"}, office_path=town,
        )  # fmt: skip
    return case


def _bulk(town: str) -> MatchBulk:
    return MatchBulk.objects.create(
        kind="POSSIBLE_SAME", pattern="无", same=False, reason="r", last_case_id=0, found=0, office_path=town,
        asked_by="somebody-else", asked_at=AT,
    )  # fmt: skip


def _request(somebody: Account, town: str) -> PostRequest:
    return PostRequest.objects.create(
        kind="GRANT", account=somebody, role=Role.TOWN_REVIEWER.value, office=town, valid_from=ON, reason="r",
        state="SUBMITTED", asked_by="sys", asked_at=AT,
        steps=[{"decision": "SUBMIT", "state": "SUBMITTED", "by": "sys", "at": AT.isoformat(), "stage": "", "reason": ""}],
    )  # fmt: skip


def _client(town: str) -> ApiClient:
    return ApiClient.objects.create(
        name=f"client-{town}", department="某局", basis="文号", purposes=["PERSON_ASKED"], fields=["name"], office=town,
        quota=10, registered_by="sys", registered_at=AT,
    )  # fmt: skip


def _alarm(town: str) -> Alarm:
    return Alarm.objects.create(
        kind=AlarmKind.MANY_PEOPLE.value, subject=f"somebody-{town}", office=town, count=1, first_id=1, last_id=1,
        from_at=AT, to_at=AT, raised_at=AT,
    )  # fmt: skip


def _batch(first: int) -> Batch:
    delivery = Delivery.objects.create(
        source="police",
        kind="full",
        as_of=ON,
        digest=f"{first:064d}",
        state="RECEIVED",
        received_by="op",
        received_at=AT,
    )
    return Batch.objects.create(delivery=delivery, status="PREPARED", prepared_by="op", prepared_at=AT)


def _run() -> MatchRun:
    return MatchRun.objects.create(state="FAILED", rule_version="1", engine="duckdb", started_by="op", started_at=AT)
