"""Whether an upload may begin, and what is left of one that did not end."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from canbao.rules.roles import Actor, Role
from canbao.rules.uploads import GIB, KEPT_FREE, UploadAllowance
from canbao.services import jobs, uploads
from canbao.services.jobs.places import clear_old
from canbao.services.uploads import Reason, UploadRefusedError, places
from canbao.store.models import JournalEntry, UploadUse
from tests.worlds import AT

pytestmark = pytest.mark.django_db
CLERK = Actor("clerk", Role.MUNICIPAL_OPERATOR, "50")
OTHER = Actor("other", Role.MUNICIPAL_OPERATOR, "50")
SMALL = UploadAllowance(a_request=100, a_day=250, at_once=2)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.CANBAO_HOME, settings.CANBAO_UPLOADS = tmp_path, tmp_path / "uploads"
    return tmp_path / "uploads"


def admitted(size: int, *, actor: Actor = CLERK, allowance: UploadAllowance = SMALL, days: int = 0) -> Any:
    return uploads.admitted(
        size, allowance=allowance, page="/x/", terminal="10.0.0.1", actor=actor, at=AT + timedelta(days=days)
    )


def reason(size: int, **more: Any) -> Reason:
    with pytest.raises(UploadRefusedError) as refused, admitted(size, **more):
        pytest.fail("was admitted")
    return refused.value.reason


def test_a_refusal_is_on_record_with_its_reason_and_where_it_came_from() -> None:
    assert reason(101) is Reason.TOO_LARGE
    entry = JournalEntry.objects.get(event="UPLOAD_REFUSED")
    assert (entry.account, entry.target_id, entry.terminal) == ("clerk", "/x/", "10.0.0.1")
    assert entry.detail == {"reason": "内容过大", "bytes": 101}


def test_an_account_has_so_many_on_their_way_and_each_that_ends_makes_room() -> None:
    with admitted(10), admitted(10):
        assert reason(10) is Reason.TOO_MANY
        with admitted(10, actor=OTHER):
            pass
    with admitted(10):
        pass


def test_a_day_is_full_and_the_next_begins_empty() -> None:
    for _ in range(2):
        with admitted(100):
            pass
    assert reason(51) is Reason.DAY_SPENT
    with admitted(50):
        pass
    with admitted(100, actor=OTHER), admitted(100, days=1):
        pass
    assert set(UploadUse.objects.values_list("account", "size", "uploads")) == {
        ("clerk", 250, 3), ("clerk", 100, 1), ("other", 100, 1),
    }  # fmt: skip


def test_room_stays_on_the_disk_for_what_is_announced_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    large = UploadAllowance(a_request=10 * GIB, a_day=100 * GIB, at_once=5)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": KEPT_FREE + 8 * GIB})())
    assert reason(4 * GIB + 1, allowance=large) is Reason.DISK_FULL
    with admitted(3 * GIB, allowance=large):
        assert reason(2 * GIB, allowance=large, actor=OTHER) is Reason.DISK_FULL
        with admitted(GIB, allowance=large, actor=OTHER):
            pass


def test_what_a_dead_process_left_is_swept_and_what_a_living_one_does_is_not(folder: Path) -> None:
    with admitted(10), uploads.kept() as (_, part):
        (part / "a.csv").write_text("x")
        dead = f"99999999-{places.process_mark().partition('-')[2]}"
        reused = f"{os.getpid()}-1"  # the number of the dead was given to us
        for mark in (dead, reused):
            (folder / "open" / f"abc-{mark}-1").write_text("10")
            (folder / f"part-{mark}-1").mkdir()
            (folder / f"part-{mark}-1" / "b.csv").write_text("x")
        assert uploads.sweep() == 4
        assert (part / "a.csv").exists() and len(list((folder / "open").glob("*-*"))) == 1


def test_an_upload_is_there_whole_or_not_at_all(folder: Path) -> None:
    with uploads.kept() as (token, part):
        (part / "a.csv").write_text("x")
        assert not (folder / token).exists()
    assert [path.name for path in folder.rglob("*")] == [token, "a.csv"]
    with suppress(RuntimeError), uploads.kept() as (broken_off, part):
        (part / "a.csv").write_text("x")
        raise RuntimeError
    assert not (folder / broken_off).exists() and not list(folder.glob("part-*"))


def test_an_upload_that_no_job_came_for_is_removed_after_an_hour(folder: Path) -> None:
    names = {name: name * 32 for name in "abc"}
    for name in names.values():
        (folder / name).mkdir(parents=True)
    (folder / "open").mkdir()
    jobs.start(jobs.Kind.RECEIVE, label="x", arguments={"upload": names["a"]}, actor=CLERK, at=AT)
    for name in ("a", "b"):
        old = (AT - timedelta(hours=2)).timestamp()
        os.utime(folder / names[name], (old, old))
    os.utime(folder / names["c"], (AT.timestamp(), AT.timestamp()))
    os.utime(folder / "open", (0, 0))
    clear_old(at=AT)
    assert {path.name for path in folder.iterdir()} == {names["a"], names["c"], "open"}
