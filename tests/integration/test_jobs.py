"""Jobs: asked for with the data or not at all, done once, seen by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from canbao.outside import queue
from canbao.rules.roles import Actor, Role
from canbao.services import access, intake, jobs
from canbao.services.intake import BadUpload
from canbao.services.jobs import Kind, Progress
from canbao.store.models import Account, Job, Post
from tests.worlds import AT, ON, account

OPERATOR = Actor("zhang", Role.MUNICIPAL_OPERATOR)
OTHER = Actor("li", Role.MUNICIPAL_OPERATOR)
ANALYST = Actor("fen", Role.MUNICIPAL_ANALYST)
CLERK = Actor("wang", Role.TOWN_CLERK, "500112500112015")


def ask(actor: Actor = OPERATOR, kind: Kind = Kind.MATCH) -> Job:
    return jobs.start(kind, label="信息比对", arguments={}, actor=actor, at=AT)


def in_queue() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'match'")
        return int(cursor.fetchone()[0])


def carry_out(job: Job, work: Any, **more: Any) -> Job:
    words = {"sentence": lambda error: None, "report": lambda error: None} | more
    jobs.carry_out(job.pk, work=work, clock=lambda: AT + timedelta(minutes=1), **words)
    job.refresh_from_db()
    return job


@pytest.mark.django_db
def test_a_job_is_there_with_its_place_in_the_queue_or_not_at_all(as_web: None) -> None:
    with transaction.atomic():
        ask()
        transaction.set_rollback(True)
    assert (Job.objects.count(), in_queue()) == (0, 0)
    ask()
    assert (Job.objects.count(), in_queue()) == (1, 1)


def test_every_kind_is_a_task() -> None:
    assert {kind.value for kind in Kind} <= queue.task_names()


@pytest.mark.django_db
def test_only_who_may_asks_and_only_who_asked_sees_and_cancels() -> None:
    with pytest.raises(access.NotAllowed):
        ask(CLERK)
    job = ask()
    for act in (lambda: jobs.look(job.pk, OTHER), lambda: jobs.cancel(job.pk, actor=OTHER, at=AT)):
        with pytest.raises(access.NotFound):
            act()
    assert jobs.of(OTHER) == []
    assert jobs.cancel(job.pk, actor=OPERATOR, at=AT).state == "CANCELLED"


@pytest.mark.django_db(transaction=True)
def test_a_job_is_done_once_however_often_it_is_carried_out() -> None:
    done: list[int] = []

    def work(job: Job, actor: Actor, progress: Progress) -> Mapping[str, Any]:
        done.append(job.pk)
        jobs.carry_out(job.pk, work=work, clock=lambda: AT, sentence=str, report=lambda e: None)  # beside itself
        return {"run": 7}

    job = carry_out(ask(), work)
    job = carry_out(job, work)
    assert (done, job.state, job.result, job.attempts) == ([job.pk], "DONE", {"run": 7}, 1)


@pytest.mark.django_db(transaction=True)
def test_a_running_job_stops_where_it_looks_up() -> None:
    def work(job: Job, actor: Actor, progress: Progress) -> Mapping[str, Any]:
        progress.stage("first", total=10)
        jobs.cancel(job.pk, actor=actor, at=AT)
        progress.stage("second")
        raise AssertionError("went on")

    job = carry_out(ask(), work)
    assert (job.state, job.stage) == ("CANCELLED", "second")


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_told_and_a_bug_is_reported_without_its_words() -> None:
    reported: list[Exception] = []

    def work(job: Job, actor: Actor, progress: Progress) -> Mapping[str, Any]:
        raise KeyError("500901199001010019")

    told = carry_out(ask(), work, sentence=lambda error: "请重试。")
    bug = carry_out(ask(), work, report=reported.append)
    assert (told.state, told.message) == ("FAILED", "请重试。")
    assert bug.state == "FAILED" and "5009" not in bug.message and len(reported) == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_left_is_queued_again_and_given_up_after_three_times() -> None:
    job = ask()
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing'")
    Job.objects.update(state="RUNNING", attempts=1)
    assert jobs.sweep(at=AT) == 1 and jobs.sweep(at=AT) == 0
    job.refresh_from_db()
    assert job.state == "QUEUED" and queue.waits(job.queue_number)
    Job.objects.update(state="RUNNING", attempts=3)
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing' where status = 'todo'")
    assert jobs.sweep(at=AT) == 0
    job.refresh_from_db()
    assert job.state == "FAILED" and job.message


@pytest.mark.parametrize("name", ["../out.csv", "a/b.csv", ".hidden.csv", "..", "a\\b.csv", "run.sh", "/etc/passwd"])
@pytest.mark.django_db
def test_an_uploaded_file_stays_in_its_folder(name: str, tmp_path: Path, settings: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    with pytest.raises(BadUpload):
        intake.keep_upload([(name, [b"x"])], actor=OPERATOR)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["..", ".", "../deliveries", "link", "/etc", ""])
@pytest.mark.django_db
def test_the_inbox_has_only_its_own_folders(name: str, tmp_path: Path, settings: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    (tmp_path / "inbox" / "good").mkdir(parents=True)
    (tmp_path / "deliveries").mkdir()
    (tmp_path / "inbox" / "link").symlink_to(tmp_path / "deliveries")
    assert intake.inbox_folder("good", actor=OPERATOR).name == "good"
    with pytest.raises(access.NotFound):
        intake.inbox_folder(name, actor=OPERATOR)
    with pytest.raises(access.NotFound):
        intake.held_paths({"inbox": name, "upload": ""}, actor=OPERATOR)
    with pytest.raises(access.NotFound):
        intake.held_paths({"upload": "../" * 10 + "etc"}, actor=OPERATOR)


@pytest.mark.django_db
def test_receiving_releasing_committing_and_reversing_need_their_rights() -> None:
    acts = (
        lambda actor: intake.approve(1, actor=actor, at=AT, reason="r"),
        lambda actor: intake.commit(1, actor=actor, at=AT),
        lambda actor: intake.reverse(1, actor=actor, at=AT, reason="r"),
    )
    for act in acts:
        with pytest.raises(access.NotAllowed):
            act(OPERATOR)
        with pytest.raises(intake.NoSuchBatch):
            act(Actor("li", Role.MUNICIPAL_APPROVER))
    with pytest.raises(access.NotAllowed):
        intake.keep_upload([], actor=CLERK)


@pytest.mark.django_db
def test_a_long_number_in_the_name_of_a_file_does_not_get_into_the_label() -> None:
    made = jobs.start(Kind.RECEIVE, label="接收 500901199001010014.csv", arguments={}, actor=OPERATOR, at=AT)
    assert "500901199001010014" not in made.label and made.label.startswith("接收 ")


def left(account: Account) -> None:
    account.posts.update(valid_to=ON)


def disabled(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False, disabled_by="sys", disabled_at=AT)


def moved(account: Account) -> None:
    """The same role at another office."""
    left(account)
    Post.objects.create(
        account=account, role=Role.MUNICIPAL_OPERATOR, office="500112", valid_from=ON, asked_by="sys", asked_at=AT,
        granted_by="sec", granted_at=AT,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("goes", [left, disabled, moved])
def test_a_job_of_somebody_who_left_the_post_is_not_begun(goes: Callable[[Account], None]) -> None:
    holder = account("zhang", Role.MUNICIPAL_OPERATOR, "50")
    assert carry_out(ask(), lambda *_: {"run": 1}).state == "DONE"
    waiting = ask()
    goes(holder)
    done: list[int] = []
    job = carry_out(waiting, lambda *_: done.append(1))
    assert (job.state, job.message.partition("，")[0], done) == ("FAILED", "发起人已不在该岗位", [])


@pytest.mark.django_db(transaction=True)
def test_a_real_home_believes_no_name_without_an_account(settings: Any) -> None:
    assert carry_out(ask(), lambda *_: {}).state == "DONE"
    settings.CANBAO_PRACTICE = False
    assert "不在该岗位" in carry_out(ask(), lambda *_: {}).message


@pytest.mark.django_db
def test_a_file_is_for_the_post_in_which_it_was_asked_for(tmp_path: Path, settings: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    job = ask(ANALYST, Kind.EXPORT_CASES)
    path = jobs.export_path(job.pk, "links.csv")
    path.parent.mkdir(parents=True)
    path.write_text("x")
    Job.objects.filter(pk=job.pk).update(state="DONE", finished_at=AT, result={"file": "links.csv"})
    assert jobs.download(job.pk, actor=ANALYST, at=AT) == path and not jobs.look(job.pk, ANALYST).asked_in
    for office, role in (("500112", ANALYST.role), ("50", Role.GUIDE), ("50", Role.MUNICIPAL_APPROVER)):
        now = replace(ANALYST, office=office, role=role)
        for fetch in (jobs.download, jobs.download_all):
            with pytest.raises(access.NotFound):
                fetch(job.pk, actor=now, at=AT)
        assert "市级统计分析岗" in jobs.look(job.pk, now).asked_in
