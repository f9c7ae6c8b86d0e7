"""Every verb that records a look, with the smallest call of it that does. A new verb fails until it has a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from canbao.outside import papers
from canbao.rules.forms import form_number
from canbao.rules.purposes import Purpose
from canbao.rules.roles import Actor, Role
from canbao.rules.searching import Reason
from canbao.rules.survey import TaskState
from canbao.rules.unmasking import Reason as ToUnmask
from canbao.services import audit, clients, personfile, unmasking, villages
from canbao.services.accounts import factors, policy, proving, sessions, signing
from canbao.services.audit import console
from canbao.services.audit.console import Filters
from canbao.services.changes import reading as changes
from canbao.services.clients import asking
from canbao.services.evidence import looking as evidence
from canbao.services.evidence import turns
from canbao.services.forms import batch, printing
from canbao.services.intake import desk
from canbao.services.intake.returning import paths_of
from canbao.services.jobs import Kind, places
from canbao.services.lookup import finding as lookup
from canbao.services.lookup import outside
from canbao.services.matching import behind, beside, explaining, listed, nobody_file, queueing
from canbao.services.matching import listing as links
from canbao.services.registry import viewing
from canbao.services.survey import (
    calling,
    check_list,
    comparing,
    copying,
    drafting,
    finding,
    found_list,
    handing_in,
    in_full,
    listing,
    missing,
    own_list,
    papers_of,
    reaching,
    seconding,
    sheets,
)
from canbao.store.models import (
    Account,
    Batch,
    EvidenceFile,
    FormEntry,
    Job,
    JournalEntry,
    MatchRun,
    RegistrationForm,
    SurveyTask,
)
from tests.integration.matrix.rows import Rows, rows_of
from tests.structure.test_services import LOOKING, ROOT, _called, _functions, _module
from tests.worlds import AT, ON, account, foreign_town, number, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
WORKER = Actor("cunzhang", Role.VILLAGE_SURVEYOR, VILLAGE)
DISTRICT = Actor("zhao", Role.DISTRICT_CLERK, TOWN[:6])
ANALYST = Actor("qian", Role.MUNICIPAL_ANALYST)
OPERATOR = Actor("sun", Role.MUNICIPAL_OPERATOR)
AUDITOR = Actor("wu", Role.AUDIT_ADMINISTRATOR)
PASSWORD = "Jinyun-58 Shan"


@dataclass
class World:
    """Rows of the own town and of a foreign one, and an account that signs in."""

    rows: Rows
    foreign: Rows
    somebody: Account

    @classmethod
    def made(cls) -> World:
        rows, foreign = rows_of(TOWN, first=1), rows_of(foreign_town(TOWN), first=500)
        return cls(rows, foreign, account("somebody", Role.TOWN_CLERK, TOWN))

    def __getitem__(self, name: str) -> Any:
        return self.rows[name]


@cache
def look_verbs() -> frozenset[str]:
    """package.module.function of each public function of the services that records a look, itself or by its own helpers."""
    return frozenset(
        f"{module.removeprefix('canbao.services.')}.{name}"
        for path in (ROOT / "canbao" / "services").rglob("*.py")
        if (module := _module(Path(path))) != "canbao.services.audit.looking"
        for name in _functions(module)
        if not name.startswith("_") and _records((module, name), frozenset())
    )


def _records(place: tuple[str, str], seen: frozenset[tuple[str, str]]) -> bool:
    module, name = place
    called = set(_called(module, _functions(module)[name])) - seen - {place}
    helpers = {one for one in called if one[1].startswith("_") and one[0].startswith("canbao.services.")}
    return bool(called & LOOKING) or any(_records(one, seen | {place}) for one in helpers)


def _request(name: str = "somebody") -> Any:
    request = RequestFactory().post("/sign-in/", {"name": name})
    request.session, request.user = sessions.SessionStore(), AnonymousUser()
    return request


def _disabled(world: World) -> Account:
    rows = Account.objects.filter(pk=world.somebody.pk)
    rows.update(is_active=False, disabled_at=AT, disabled_by="x", disabled_reason="x")
    return rows.get()


def _client() -> clients.Client:
    system = Actor("api:x", Role.EXTERNAL_SYSTEM)
    return clients.Client(0, system, frozenset(), ("name",), 10)


def _opens_what_is_too_heavy(world: World) -> None:
    with turns.own_turn("task", str(world["task_id"]), area=TOWN, **ME):
        raise papers.TooHeavyError


def _damaged(world: World) -> int:
    EvidenceFile.objects.filter(evidence_id=world["evidence_id"]).update(digest="0" * 64)
    return int(world["evidence_id"])


def _batch_with_errors(world: World) -> int:
    batch = Batch.objects.select_related("delivery").get(pk=world["batch_id"])
    batch.delivery.files = [{"name": "police.csv"}]
    batch.delivery.save()
    _file(paths_of(batch.delivery, 0)[1])
    return batch.pk


def _batch_compared(world: World) -> int:
    """A list of deaths that a run has looked for in the register."""
    batch = Batch.objects.select_related("delivery").get(pk=world["batch_id"])
    batch.delivery.source, batch.state_path = "deaths", "states/deaths.parquet"
    batch.delivery.save()
    batch.save()
    run = MatchRun.objects.create(
        state="APPLIED", rule_version="1", engine="duckdb", started_by="op", started_at=AT, applied_at=AT, folder="runs/2",
        inputs={"sources": {"deaths": {"batch": batch.pk}}},
    )  # fmt: skip
    for path in (f"{run.folder}/{listed.LISTED}", batch.state_path):
        _file(Path(settings.CANBAO_HOME) / path)
    return batch.pk


def _done(*names: str) -> int:
    """A job of the analyst that wrote these files."""
    job = Job.objects.create(
        kind=Kind.EXPORT_CASES, label="x", state="DONE", result={"files": [{"name": name} for name in names]},
        requested_by=ANALYST.account, requested_role=ANALYST.role, requested_office=ANALYST.office, requested_at=AT,
        started_at=AT, finished_at=AT,
    )  # fmt: skip
    for name in names:
        _file(places.export_path(job.pk, name))
    return job.pk


def _file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


def _linked(world: World) -> int:
    """A run that links a record of the police to the person."""
    run = MatchRun.objects.create(
        state="APPLIED",
        rule_version="1",
        engine="duckdb",
        started_by="op",
        started_at=AT,
        applied_at=AT,
        folder="runs/1",
    )
    row = {"source": "police", "record_key": "k1", "person_id": world["person_id"], "rule": "R", "band": "exact"}
    folder = Path(settings.CANBAO_HOME) / run.folder
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([row]), folder / "links.parquet")
    return int(world["person_id"])


def _entry(world: World, kind: str, by: str, **facts: Any) -> int:
    task = SurveyTask.objects.get(pk=world["task_id"])
    FormEntry.objects.create(
        task_id=task.pk,
        round_id=task.round_id,
        kind=kind,
        office_path=task.office_path,
        entered_by=by,
        entered_at=AT,
        **facts,
    )
    return task.pk


def _entered_twice(world: World) -> int:
    _entry(world, "FIRST", "other", done_at=AT, answers={"phone": "1"})
    return _entry(world, "SECOND", "third", done_at=AT, answers={"phone": "2"}, differs=["phone"], unsettled=1)


def _due_again(world: World) -> int:
    SurveyTask.objects.filter(pk=world["task_id"]).update(second_due=True, state=TaskState.ENTERED)
    return _entry(world, "FIRST", "other", done_at=AT)


def _to_visit(world: World) -> int:
    SurveyTask.objects.filter(pk=world["task_id"]).update(state=TaskState.TO_VISIT)
    return int(world["round_id"])


def _with_phone(world: World) -> int:
    SurveyTask.objects.filter(pk=world["task_id"]).update(phone="13812345678", state=TaskState.TO_VISIT)
    return int(world["task_id"])


def _elsewhere(world: World) -> str:
    return str(RegistrationForm.objects.get(task_id=world.foreign["task_id"]).number)


def _an_entry() -> int:
    audit.record(audit.Event.PERSON_CORRECTED, actor=AUDITOR, at=AT, target_kind="person", target_id="1")
    return int(JournalEntry.objects.order_by("-pk").values_list("pk", flat=True)[0])


def _told(**facts: Any) -> finding.Traits:
    return finding.Traits("张三", **facts)


ME = {"actor": CLERK, "at": AT}
Verb = Callable[[World], object]
CALLS: dict[str, Verb] = {
    "accounts.factors.check": lambda w: factors.check(w.somebody, "000000", **ME),
    "accounts.factors.recover": lambda w: factors.recover(w.somebody, "xxxxxxxxxx", **ME),
    "accounts.proving.by_password": lambda w: proving.by_password(_request(), w.somebody, "wrong", why="x", **ME),
    "accounts.signing.by_password": lambda w: signing.by_password(_request(), name="somebody", password="wrong", at=AT),
    "accounts.signing.check_usable": lambda w: signing.check_usable(_disabled(w), way="x", rules=policy.current(), at=AT),
    "accounts.signing.note_failure": lambda w: signing.note_failure("x", at=AT),
    "audit.own_acts.own_act": lambda w: audit.own_act(LookupError(), target_kind="account", target_id="li", **ME),
    "audit.guesses.note_guess": lambda w: audit.note_guess("/people/1/", kind="person", **ME),
    "audit.console.search": lambda w: console.search(Filters(), actor=AUDITOR, at=AT),
    "audit.console.sample": lambda w: console.sample(Filters(), actor=AUDITOR, at=AT),
    "audit.console.entry": lambda w: console.entry(_an_entry(), actor=AUDITOR, at=AT),
    "changes.reading.list_changes": lambda w: changes.list_changes(CLERK, on=ON, at=AT),
    "changes.reading.show": lambda w: changes.show(CLERK, w["change_id"], at=AT),
    "clients.asking.look_up": lambda w: asking.look_up(number(1), purpose=Purpose.PERSON_ASKED, client=_client(), on=ON, at=AT),
    "clients.asking.note_wrong_token": lambda w: asking.note_wrong_token(terminal="10.0.0.1", at=AT),
    "evidence.looking.view": lambda w: evidence.view(w["evidence_id"], **ME),
    "evidence.looking.check": lambda w: evidence.check(_damaged(w), number=1, **ME),
    "evidence.refusing.note": _opens_what_is_too_heavy,
    "evidence.looking.picture": lambda w: evidence.picture(w["evidence_id"], number=1, **ME),
    "forms.batch.start": lambda w: batch.start(
        batch.Order(_to_visit(w), TOWN, fresh=False, masked=False), reason=next(iter(ToUnmask)), **ME
    ),
    "forms.printing.print_form": lambda w: printing.print_form(
        w["person_id"], masked=False, reason=next(iter(ToUnmask)), note="", on=ON, **ME
    ),
    "intake.desk.error_file_of": lambda w: desk.error_file_of(_batch_with_errors(w), "police_errors.csv", actor=OPERATOR, at=AT),
    "jobs.places.download": lambda w: places.download(_done("x.csv"), "x.csv", actor=ANALYST, at=AT),
    "jobs.places.download_all": lambda w: places.download_all(_done("x.csv", "y.csv"), actor=ANALYST, at=AT),
    "lookup.finding.search": lambda w: lookup.search(number(1), on=ON, **ME),
    "lookup.outside.look_outside": lambda w: outside.look_outside(
        number(500), "张三", reason=Reason.MOVED, note="", actor=DISTRICT, at=AT
    ),
    "matching.behind.records_behind": lambda w: behind.records_behind(_linked(w), **ME),
    "matching.beside.view_case": lambda w: beside.view_case(w["case_id"], **ME),
    "matching.explaining.explain": lambda w: _linked(w) and explaining.explain("k1", actor=ANALYST, at=AT),
    "matching.nobody_file.file_of_nobody": lambda w: nobody_file.file_of_nobody(_batch_compared(w), actor=OPERATOR, at=AT),
    "matching.listed.rows_of_nobody": lambda w: listed.rows_of_nobody(_batch_with_errors(w), actor=OPERATOR, at=AT),
    "matching.listing.export_links": lambda w: _linked(w) and links.export_links(
        Path(settings.CANBAO_HOME) / "links.csv", form="csv", actor=ANALYST, at=AT
    ),
    "matching.listing.export_cases": lambda w: links.export_cases(kind=None, everything=False, actor=ANALYST, at=AT),
    "matching.queueing.list_cases": lambda w: queueing.list_cases(CLERK, kind="POSSIBLE_SAME", at=AT),
    "personfile.open_file": lambda w: personfile.open_file(
        w["person_id"], valid_on=ON.replace(year=2000), known_at=None, today=ON, **ME
    ),
    "personfile.looks": lambda w: personfile.looks(w["person_id"], since=None, until=None, **ME),
    "registry.viewing.view": lambda w: viewing.view(w["person_id"], valid_on=ON, known_at=AT, **ME),
    "survey.calling.sheet": lambda w: calling.sheet(w["call_id"], actor=DISTRICT, on=ON, at=AT),
    "survey.check_list.lines": lambda w: check_list.lines(
        CLERK, w["round_id"], village=VILLAGE, state="", after=0, on=ON, at=AT
    ),
    "survey.comparing.show": lambda w: comparing.show(_entered_twice(w), **ME),
    "survey.copying.address": lambda w: copying.address(w["task_id"], own_hukou=True, **ME),
    "survey.drafting.open_form": lambda w: drafting.open_form(w["task_id"], **ME),
    "survey.drafting.take_over": lambda w: drafting.take_over(_entry(w, "FIRST", "other"), **ME),
    "survey.finding.alike": lambda w: finding.alike(_told(doc_number=number(500)), round_id=w["round_id"], actor=WORKER, at=AT),
    "survey.finding.is_taken": lambda w: finding.is_taken(
        number(500), task_id=w["task_id"], by_other_than=None, **ME
    ),
    "survey.found_list.sheet": lambda w: found_list.sheet(w["found_id"], on=ON, **ME),
    "survey.in_full.view": lambda w: in_full.view(CLERK, w["task_id"], on=ON, at=AT),
    "survey.listing.lines": lambda w: listing.lines(CLERK, w["round_id"], on=ON, at=AT),
    "survey.missing.listed": lambda w: missing.listed(
        CLERK, w["round_id"], village=VILLAGE, standing=missing.Standing.MISSING, on=ON, at=AT
    ),
    "survey.found_list.found_people": lambda w: found_list.found_people(CLERK, w["round_id"], on=ON, at=AT),
    "survey.found_list.own_found": lambda w: found_list.own_found(WORKER, w["round_id"], on=ON, at=AT),
    "survey.handing_in.stand": lambda w: handing_in.stand(WORKER, w["round_id"], on=ON, at=AT),
    "survey.own_list.listed": lambda w: own_list.listed(WORKER, w["round_id"], on=ON, at=AT),
    "survey.own_list.door": lambda w: own_list.door(w["task_id"], actor=WORKER, on=ON, at=AT),
    "survey.own_list.household": lambda w: own_list.household(w["task_id"], actor=WORKER, on=ON, at=AT),
    "survey.own_list.show_phone": lambda w: own_list.show_phone(_with_phone(w), actor=WORKER, at=AT),
    "survey.own_list.package": lambda w: _with_phone(w) and own_list.package(WORKER, at=AT),
    "survey.papers_of.head": lambda w: papers_of.head(w["task_id"], on=ON, **ME),
    "survey.reaching.note_listed": lambda w: reaching.note_listed(w["round_id"], "名单", 1, **ME),
    "survey.seconding.open_again": lambda w: seconding.open_again(_due_again(w), **ME),
    "survey.sheets.find": lambda w: sheets.find(CLERK, w["round_id"], _elsewhere(w), at=AT),
    "survey.sheets.note_unknown": lambda w: sheets.note_unknown(form_number(2026, 999), **ME),
    "villages.listing.listed": lambda w: villages.listed(CLERK, on=ON, at=AT),
    "unmasking.unmask": lambda w: unmasking.unmask(
        w["person_id"], item="doc_number", reason=next(iter(ToUnmask)), note="", **ME
    ),
}  # fmt: skip
