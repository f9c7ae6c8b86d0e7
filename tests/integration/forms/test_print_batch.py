"""The forms of a village as one job: order, numbers, files, list of contents, what happens to a killed or a refused one."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as conf
from django.test import Client
from django.urls import reverse

from canbao.rules.budgets import Budget, Group, hour_of, parameter_name
from canbao.rules.permissions import NotAllowed
from canbao.rules.roles import Actor, Role
from canbao.rules.unmasking import Reason
from canbao.services import audit, jobs, registry
from canbao.services.forms import batch, carrying
from canbao.services.unmasking import NotSaid
from canbao.store.models import (
    FoundPerson,
    Job,
    JournalEntry,
    LookCount,
    Person,
    PolicySetting,
    RegistrationForm,
    SurveyRound,
    SurveyTask,
)
from tests.integration.forms.sheets import RARE
from tests.integration.matrix.test_matrix import signed_in
from tests.paper import MODULES, bare, codes, words
from tests.worlds import AT, ON, account, person, survey_round, survey_task, town_offices, village_office

pytestmark = pytest.mark.django_db


class Watch:
    """Progress that nobody reads; `stop` asks it to stop at a stage."""

    def __init__(self, stop: str = "") -> None:
        self.stop = stop

    def stage(self, text: str, **_: Any) -> None:
        if text == self.stop:
            raise jobs.Cancelled

    def step(self, amount: float) -> None:
        pass


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings.CANBAO_HOME = tmp_path
    settings.MODULES = MODULES
    fonts = tmp_path_factory.getbasetemp() / "batch-fonts"
    fonts.mkdir(exist_ok=True)
    (tmp_path / "fonts").symlink_to(fonts)
    return tmp_path


@pytest.fixture
def town() -> str:
    return town_offices()[0]


@pytest.fixture
def clerk(town: str) -> Actor:
    return Actor("li", Role.TOWN_CLERK, town)


@pytest.fixture
def round_() -> SurveyRound:
    return survey_round()


@pytest.fixture
def village(town: str, round_: SurveyRound) -> str:
    """Five people, listed against the order of their doors; one was found at a door and is not registered."""
    path = village_office(town)
    names = ("张一", f"李{RARE}", "王三", "赵四")
    for n, name in enumerate(names):
        one = person(810 + n, path, name=name, home_address=f"某村{9 - n}组{n}号", phone="13900000456")
        survey_task(round_, one)
    found = FoundPerson.objects.create(
        client_id=uuid4(), receipt=uuid4().hex[:16], digest="", round_id=round_.pk, office_path=path, name="钱五", sex="2",
        home_address="某村1组9号", doc_type="01", doc_number="500901199001010090", found_by="surveyor", found_at=AT,
    )  # fmt: skip
    SurveyTask.objects.create(
        round_id=round_.pk, found_id=found.pk, office_path=path, held_at=path, name="钱五", address=found.home_address,
        address_key=found.home_address, reasons=["FOUND"], state="TO_VISIT",
    )  # fmt: skip
    return path


def _job(round_: SurveyRound, office: str, clerk: Actor, **facts: Any) -> Job:
    why = {"reason": facts.pop("reason", None), "note": facts.pop("note", "")}
    return batch.start(batch.Order(round_.pk, office, **facts), **why, actor=clerk, at=AT)


def _carry(job: Job, clerk: Actor, stop: str = "") -> dict[str, Any]:
    progress: Any = Watch(stop)
    return carrying.carry(job, actor=clerk, on=ON, at=AT, progress=progress)


def _files(job: Job, house: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (house / "exports" / str(job.pk)).glob("*.pdf")}


def test_a_village_comes_in_the_order_of_its_doors_one_code_a_sheet(
    village: str, round_: SurveyRound, clerk: Actor, house: Path
) -> None:
    job = _job(round_, village, clerk, per_file=3)
    result = _carry(job, clerk)
    pdfs = {name: pdf for name, pdf in sorted(_files(job, house).items()) if name.startswith("登记表")}
    assert [one["name"] for one in result["files"]] == ["目录.pdf", "目录.xlsx", *pdfs]
    assert [len(words(pdf)) for pdf in pdfs.values()] == [6, 4]
    fronts = [bare(text) for pdf in pdfs.values() for text in words(pdf)[::2]]
    for front, name in zip(fronts, ("钱五", "赵四", "王三", bare(f"李{RARE}"), "张一"), strict=True):
        assert f"尊敬的{name}" in front
    kept = list(RegistrationForm.objects.order_by("place"))
    read = [code for pdf in pdfs.values() for page in codes(pdf) for code in page]
    assert read == [f"{one.number}-1" for one in kept] and len(set(read)) == 5
    assert [SurveyTask.objects.get(pk=one.task_id).form_number for one in kept] == [one.number for one in kept]


def test_the_list_of_contents_says_where_each_sheet_lies(
    village: str, round_: SurveyRound, clerk: Actor, house: Path
) -> None:
    job = _job(round_, village, clerk, per_file=3)
    _carry(job, clerk)
    listed = bare("".join(words(_files(job, house)["目录.pdf"])))
    fourth = RegistrationForm.objects.get(place=4)
    assert f"4{fourth.number}李{bare(RARE)}某村*" in listed and "共5份部分信息已隐藏" in listed
    assert "某村8组1号" not in listed
    for file in (house / "exports" / str(job.pk)).glob("*"):
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_a_job_killed_and_begun_again_keeps_its_numbers_and_sets_what_is_missing(
    village: str, round_: SurveyRound, clerk: Actor, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, real = _job(round_, village, clerk, per_file=2), carrying.typeset
    dies, made = {2}, []

    def typeset(template: str, forms: Any, **more: Any) -> bytes:
        if len(made) + 1 in dies:
            raise KeyboardInterrupt
        made.append(forms[0]["number"])
        return real(template, forms, **more)

    monkeypatch.setattr(carrying, "typeset", typeset)
    monkeypatch.setattr(carrying, "AT_THE_SAME_TIME", 1)
    with pytest.raises(KeyboardInterrupt):
        _carry(job, clerk)
    numbers = list(RegistrationForm.objects.order_by("place").values_list("number", flat=True))
    first = _files(job, house)
    assert len(first) == 1 and not SurveyTask.objects.exclude(form_number="").exists()
    dies.clear()
    _carry(job, clerk)
    assert list(RegistrationForm.objects.order_by("place").values_list("number", flat=True)) == numbers
    assert made == numbers[::2] and first.items() <= _files(job, house).items()
    assert SurveyTask.objects.exclude(form_number="").count() == 5


def test_a_character_no_font_draws_stops_everything_and_is_named(
    village: str, round_: SurveyRound, clerk: Actor, house: Path
) -> None:
    odd = person(880, village, name="孙\ue815", home_address="某村2组3号")
    survey_task(round_, odd)
    with pytest.raises(carrying.SheetsNotPrintable) as refused:
        _carry(_job(round_, village, clerk), clerk)
    hole = refused.value.holes[0]
    assert (hole.place, hole.person_id, hole.character) == (2, 880, "\ue815")
    assert not RegistrationForm.objects.exists() and not list(house.glob("exports/*/*"))
    assert not SurveyTask.objects.exclude(form_number="").exists()
    job = _job(round_, village, clerk, leave_out=True)
    assert (result := _carry(job, clerk))["forms"] == 5 and result["left_out"] == 1
    listed = bare("".join(words(_files(job, house)["目录.pdf"])))
    assert "未打印1份" in listed and "孙〓" in listed and "U+E815" in listed


def test_every_person_has_a_line_of_his_own_in_the_journal(village: str, round_: SurveyRound, clerk: Actor) -> None:
    _carry(_job(round_, village, clerk), clerk)
    each = JournalEntry.objects.filter(event="FORM_PRINTED", target_kind="person")
    assert {(int(one.target_id), one.area) for one in each} == {(810 + n, village) for n in range(4)}
    whole = JournalEntry.objects.get(event="FORMS_PRINTED")
    assert (whole.target_id, whole.detail["people"], whole.detail["shown"]) == (str(round_.pk), 5, "部分隐藏")


def test_in_full_takes_a_reason_and_the_right_to_see(
    village: str, round_: SurveyRound, clerk: Actor, house: Path
) -> None:
    with pytest.raises(NotSaid):
        _job(round_, village, clerk, masked=False)
    job = _job(round_, village, clerk, masked=False, reason=Reason.DELIVER)
    _carry(job, clerk)
    text = bare("".join(words(next(pdf for name, pdf in _files(job, house).items() if name.startswith("登记表")))))
    assert "某村8组1号" in text and "13900000456" in text and "500901199001010090" in text
    assert set(RegistrationForm.objects.values_list("reason", flat=True)) == {Reason.DELIVER.label}
    with pytest.raises(NotAllowed):
        _job(round_, village, Actor("s", Role.VILLAGE_SURVEYOR, village))


def test_what_is_printed_in_full_counts_by_the_sheet_and_is_on_record_before_it_is_printed(
    village: str, round_: SurveyRound, clerk: Actor
) -> None:
    PolicySetting.objects.create(name=parameter_name(Budget.FORMS, Group.OFFICE, "hour"), value=1000, changed_at=AT)
    LookCount.objects.create(
        account=clerk.account, budget=Budget.FORMS, day=AT.date(), in_day=993, hour=hour_of(AT), in_hour=993
    )
    _job(round_, village, clerk, masked=False, reason=Reason.DELIVER)  # five sheets
    line = JournalEntry.objects.get(event="FORMS_ASKED_IN_FULL")
    assert (line.target_id, line.detail["people"], line.area) == (str(round_.pk), 5, village)
    with pytest.raises(audit.BudgetSpentError) as spent:
        _job(round_, village, clerk, masked=False, reason=Reason.DELIVER)
    assert spent.value.budget is Budget.FORMS and Job.objects.count() == 1
    _job(round_, village, clerk)
    assert LookCount.objects.get(budget=Budget.FORMS).in_hour == 998  # partly hidden counts as before


DECLARED = {
    "occupation": "E01", "work_in": "万州区", "post_address": "某街道某路7号", "post_code": "404000", "landline": "023-58001234",
    "qq": "100012345", "email": "zhang@example.org", "reason_not_enrolled": "06",
}  # fmt: skip


def test_what_a_form_declared_is_on_the_next_print_and_changes_its_letter(
    village: str, round_: SurveyRound, clerk: Actor, house: Path
) -> None:
    registry.declare(810, facts=DECLARED, valid_from=ON, basis="form:260000000014", actor=clerk, at=AT)
    _carry(job := _job(round_, village, clerk, masked=False, reason=Reason.DELIVER), clerk)
    pages = words(next(pdf for name, pdf in _files(job, house).items() if name.startswith("登记表")))
    front, back = map(bare, pages[-2:])
    assert "张一" in front and "还应为您参加城镇职工基本养老保险" in front
    for item in ("work_in", "post_address", "post_code", "qq", "email"):
        assert DECLARED[item] in back, item
    assert "58001234" in back and any(f"{tick}企业职工" in back for tick in ("√□", "□√"))
    assert "用人单位还应为您参加" not in bare(pages[-4])  # who declared nothing


def test_what_is_hidden_is_on_no_page_of_the_job(village: str, round_: SurveyRound, clerk: Actor, house: Path) -> None:
    registry.declare(810, facts=DECLARED, valid_from=ON, basis="form:260000000014", actor=clerk, at=AT)
    _carry(job := _job(round_, village, clerk), clerk)
    pages = {name: bare("".join(words(pdf))) for name, pdf in _files(job, house).items()}
    with zipfile.ZipFile(house / "exports" / str(job.pk) / "目录.xlsx") as table:
        pages["目录.xlsx"] = "".join(table.read(name).decode() for name in table.namelist() if name.endswith(".xml"))
    numbers = [one.doc_number for one in Person.objects.all()] + ["500901199001010090"]
    for name, text in pages.items():
        for said in (
            *filter(None, numbers),
            "13900000456",
            "某村8组1号",
            "某村1组9号",
            "某路7号",
            "58001234",
            "100012345",
        ):
            assert said not in text, (name, said)


def test_what_is_printed_already_or_came_back_is_not_printed_again(
    village: str, round_: SurveyRound, clerk: Actor
) -> None:
    _carry(_job(round_, village, clerk), clerk)
    with pytest.raises(batch.NothingToPrint):
        _job(round_, village, clerk)
    SurveyTask.objects.filter(name="王三").update(state="RETURNED")
    assert batch.how_many(batch.Order(round_.pk, village, fresh=False), actor=clerk) == 4


def test_a_stopped_job_leaves_no_file_and_marks_no_line(
    village: str, round_: SurveyRound, clerk: Actor, house: Path
) -> None:
    job = _job(round_, village, clerk)
    with pytest.raises(jobs.Cancelled):
        _carry(job, clerk, stop="写出目录")
    assert not list(house.glob("exports/*/*")) and not SurveyTask.objects.exclude(form_number="").exists()


def test_reading_a_village_takes_a_handful_of_statements(
    village: str, round_: SurveyRound, clerk: Actor, django_assert_max_num_queries: Any
) -> None:
    for n in range(40):
        survey_task(round_, person(900 + n, village, name="周某"))
    job = _job(round_, village, clerk)
    with django_assert_max_num_queries(40):
        _carry(job, clerk)


def _client(town: str) -> Client:
    account("li", Role.TOWN_CLERK, town)
    client = Client()
    client.cookies[conf.SESSION_COOKIE_NAME] = signed_in("li")
    return client


def test_the_page_says_how_many_and_starts_the_job(village: str, round_: SurveyRound, town: str, as_web: None) -> None:
    client, address = _client(town), reverse("survey-print", args=[round_.pk])
    assert "登记表 5 份" in client.get(address, {"office": village}).content.decode()
    assert client.get(address, {"office": "500199"}).status_code == 404
    how = {"office": village, "only": "fresh", "shown": "masked", "per_file": "200", "what": "forms"}
    assert client.post(address, how | {"shown": "full"}).status_code == 422
    started = client.post(address, how)
    job = Job.objects.get()
    assert started.status_code == 302 and started.headers["Location"] == reverse("job", args=[job.pk])
    assert (job.kind, job.arguments["office"], job.arguments["masked"]) == ("print_forms", village, True)


def test_each_file_and_all_as_one_are_handed_out_on_record_and_nothing_else(
    village: str, round_: SurveyRound, town: str, clerk: Actor
) -> None:
    job, client = _job(round_, village, clerk), _client(town)
    result = _carry(job, clerk)
    names = [one["name"] for one in result["files"]]
    Job.objects.filter(pk=job.pk).update(state="DONE", finished_at=AT, result=result)
    page = client.get(reverse("job", args=[job.pk])).content.decode()
    for name in names:
        got: Any = client.get(reverse("job-named-file", args=[job.pk, name]))
        assert name in page and got.status_code == 200 and b"".join(got.streaming_content)
    assert client.get(reverse("job-named-file", args=[job.pk, "left-out.json"])).status_code == 404
    whole: Any = client.get(reverse("job-all-files", args=[job.pk]))
    with zipfile.ZipFile(BytesIO(b"".join(whole.streaming_content))) as archive:
        assert archive.testzip() is None and archive.namelist() == names
    assert JournalEntry.objects.filter(event="EXPORT_DOWNLOADED").count() == 2 * len(names)
