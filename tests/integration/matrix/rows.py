"""One row of every kind that an address can name, for an office."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.urls import URLPattern

from canbao.rules.alarms import AlarmKind
from canbao.rules.forms import form_number
from canbao.rules.roles import Actor, Role
from canbao.services.audit.events import Event
from canbao.services.audit.journal import Line, append
from canbao.services.evidence.keeping import vault
from canbao.store.models import (
    Account,
    Alarm,
    ApiClient,
    Batch,
    BudgetLift,
    ChangeRequest,
    CredentialReset,
    Delivery,
    EntryKind,
    Evidence,
    EvidenceFile,
    FormEntry,
    FoundPerson,
    JournalEntry,
    MatchBulk,
    MatchCase,
    MatchCaseRecord,
    MatchRun,
    Person,
    Post,
    PostRequest,
    RegistrationForm,
    SurveyCall,
    SurveyRound,
    SurveyTask,
    VillageAct,
    VillageAssignment,
)
from tests.integration.evidence.files import picture
from tests.worlds import AT, ON, account, person, survey_round, survey_task, village_office


class Rows(dict[str, Any]):
    """By the name of the parameter in the address; an address with another name fails until it has a line here."""

    # Parameters that name something inside an area: a foreign one must look as if it were not there.
    AREA: ClassVar = frozenset(
        {
            "person_id",
            "case_id",
            "bulk_id",
            "task_id",
            "found_id",
            "evidence_id",
            "call_id",
            "change_id",
            "act_id",
            "form_number",
            "village",
        }
    )

    @classmethod
    def scoped(cls, pattern: URLPattern) -> bool:
        return bool(cls.AREA & set(pattern.pattern.converters))


NAME = "蒯甪闳"  # of everybody whom `name_everybody` has named: no help text and no placeholder has it


def name_everybody(rows: Rows, clerk: str) -> None:
    """Put people of one name into each list there is, drafts and typings of the clerk among them. clerk: an account of the town."""
    task = SurveyTask.objects.get(pk=rows["task_id"])
    round_ = SurveyRound.objects.get(pk=task.round_id)
    for serial, state in enumerate(("TO_VISIT", "TRYING", "VISITED", "RETURNED", "ENTERED"), rows["person_id"] + 50):
        more = {"outcome": "CHECKED", "handed_in_at": AT} if state in ("RETURNED", "ENTERED") else {}
        line = survey_task(round_, person(serial, rows["village"]), state=state, **more)
    _entry(task, clerk, saved_at=AT)
    _entry(line, "somebody-1", done_at=AT)
    _entry(line, "somebody-2", done_at=AT, kind=EntryKind.SECOND, differs=["phone"], unsettled=1)
    for model in (Person, SurveyTask, FoundPerson):
        model.objects.update(name=NAME)  # type: ignore[attr-defined]
    MatchCaseRecord.objects.update(facts={"name": NAME})


def _entry(task: SurveyTask, by: str, **more: Any) -> None:
    FormEntry.objects.create(
        task_id=task.pk, round_id=task.round_id, office_path=task.office_path, answers={"phone": "1"}, entered_by=by,
        entered_at=AT, **more,
    )  # fmt: skip


def rows_of(town: str, *, first: int) -> Rows:
    """Made as the worker makes them."""
    one, other = person(first, town), person(first + 1, town, name="张叁")
    somebody = account(f"somebody-{first}", Role.TOWN_CLERK, town)
    village = village_office(town)
    visited = person(first + 2, village, name="赵四")
    round_ = survey_round()
    task = survey_task(round_, visited, state="HANDED_IN", form_number=form_number(2026, first))
    return Rows(
        round_id=round_.pk,
        task_id=task.pk,
        village=village,
        form_number=_form(task, visited).number,
        found_id=_found(round_.pk, village).pk,
        evidence_id=_evidence(task).pk,
        place=1,
        call_id=_call(task).pk,
        change_id=_change(visited.pk, village).pk,
        person_id=one.pk,
        case_id=_case(town, (one.pk, other.pk)).pk,
        bulk_id=_bulk(town).pk,
        act_id=_village_act(one, village).pk,
        account_id=somebody.pk,
        post_id=Post.objects.get(account=somebody).pk,
        request_id=_request(somebody, town).pk,
        lift_id=_lift(somebody, town).pk,
        reset_id=_reset(somebody, first).pk,
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


def _village_act(who: Person, village: str) -> VillageAct:
    """With one person whose village is suggested."""
    act = VillageAct.objects.create(
        kind="CONFIRM", people=1, office_path=who.office_path, decided_by="somebody-else", decided_at=AT
    )
    VillageAssignment.objects.create(
        person_id=who.pk, base_path=who.office_path, town=village[6:15], village=village[6:], village_path=village, rule="ROAD",
        people=2, in_village=2, state="SUGGESTED", rule_version="1", act=act.pk, decided_by="op", decided_at=AT,
        office_path=who.office_path,
    )  # fmt: skip
    return act


def _request(somebody: Account, town: str) -> PostRequest:
    return PostRequest.objects.create(
        kind="GRANT", account=somebody, role=Role.TOWN_REVIEWER.value, office=town, valid_from=ON, reason="r",
        state="SUBMITTED", asked_by="sys", asked_at=AT,
        steps=[{"decision": "SUBMIT", "state": "SUBMITTED", "by": "sys", "at": AT.isoformat(), "stage": "", "reason": ""}],
    )  # fmt: skip


def _lift(somebody: Account, town: str) -> BudgetLift:
    return BudgetLift.objects.create(
        budget="FILES", amount=100, hours=4, reason="r", role=Role.TOWN_CLERK.value, office=town, state="SUBMITTED",
        asked_by=somebody.name, asked_at=AT,
        steps=[{"decision": "SUBMIT", "state": "SUBMITTED", "by": somebody.name, "at": AT.isoformat(), "stage": "", "reason": ""}],
    )  # fmt: skip


def _reset(somebody: Account, first: int) -> CredentialReset:
    return CredentialReset.objects.create(
        number=f"{first:08d}", secret_digest="", account=somebody, lost="BOTH", state="DRAFT", started_at=AT,
        expires_at=AT.replace(year=2036), address="10.1.2.3",
    )  # fmt: skip


def _client(town: str) -> ApiClient:
    return ApiClient.objects.create(
        name=f"client-{town}", department="某局", basis="文号", purposes=["PERSON_ASKED"], fields=["name"], office=town,
        quota=10, registered_by="sys", registered_at=AT,
    )  # fmt: skip


def _alarm(town: str) -> Alarm:
    # appended as it is: journal_entries alters the table, which locks it against other sessions until the test ends
    append([Line(Event.PERSON_VIEWED, "person", "1", area=town)], actor=Actor("somebody", Role.TOWN_CLERK, town))
    last = JournalEntry.objects.latest("pk").pk  # an alarm is about lines that are there
    return Alarm.objects.create(
        kind=AlarmKind.MANY_PEOPLE.value, subject=f"somebody-{town}", office=town, count=1, first_id=last, last_id=last,
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


def _form(task: SurveyTask, who: Any) -> RegistrationForm:
    return RegistrationForm.objects.create(
        number=task.form_number, version=1, person_id=who.pk, person_version=1, masked=True, printed_by="clerk",
        printed_at=AT, office_path=task.office_path, task_id=task.pk,
    )  # fmt: skip


def _found(round_id: int, village: str) -> FoundPerson:
    return FoundPerson.objects.create(
        client_id=uuid4(), receipt=uuid4().hex[:16], digest="", round_id=round_id, office_path=village, name="钱五",
        found_by="surveyor", found_at=AT,
    )  # fmt: skip


def _evidence(task: SurveyTask) -> Evidence:
    """A paper of one page; who may add it has its own tests."""
    paper = Evidence.objects.create(
        kind="OTHER", archive_class="REGISTRATION", keep_years=100, person_id=task.person_id, task_id=task.pk,
        office_path=task.office_path, added_by="clerk", added_at=AT,
    )  # fmt: skip
    EvidenceFile.objects.create(
        evidence_id=paper.pk, place=1, digest=vault().keep(picture()), media_type="image/png", pages=1, size=1,
        scanned="NOT_SCANNED", office_path=task.office_path,
    )  # fmt: skip
    return paper


def _call(task: SurveyTask) -> SurveyCall:
    return SurveyCall.objects.create(
        task_id=task.pk, round_id=task.round_id, office_path=task.office_path, drawn_by="district", drawn_at=AT
    )


def _change(person_id: int, village: str) -> ChangeRequest:
    return ChangeRequest.objects.create(
        person_id=person_id, person_version=1, item="phone", before="1", after="2", basis="form:1", stages=["REVIEW"],
        state="SUBMITTED", office_path=village, asked_by="clerk", asked_at=AT,
    )  # fmt: skip
