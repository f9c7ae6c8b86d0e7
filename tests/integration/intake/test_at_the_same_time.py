"""What happens to a delivery while it is received or committed: another commit, a replacement, a fault of the system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from canbao.services import intake
from canbao.services.intake import deciding, preparing, receiving
from canbao.services.intake.places import folder_of
from canbao.services.intake.returning import made, paths_of
from canbao.store.models import Batch, BatchStatus, Delivery, DeliveryState
from tests.integration.intake.builders import AT, COMMITTER, Desk, counts, errors_of, people, police


def before(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, act: Callable[[], object]) -> None:
    """Do something once at the moment a function is called."""
    whole, left = getattr(where, name), [act]

    def first(*args: Any, **more: Any) -> Any:
        if left:
            left.pop()()
        return whole(*args, **more)

    monkeypatch.setattr(where, name, first)


def test_a_commit_meanwhile_does_not_refuse_what_is_being_received(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.accept(desk.deliver(people(3)))
    second = desk.receive(desk.deliver(people(4), as_of="2026-11-30")).batch
    before(
        monkeypatch, receiving, "prepare", lambda: intake.commit(second.pk, actor=COMMITTER, at=AT)
    )  # fmt: skip
    third = desk.receive(desk.deliver(people(5), as_of="2026-12-01")).batch
    assert counts(third) == {"accepted": 2, "unchanged": 3, "new": 2}, "against the state of the beginning"
    assert counts(intake.commit(third.pk, actor=COMMITTER, at=AT)) == {"accepted": 1, "unchanged": 4, "new": 1}


def test_a_commit_that_was_killed_while_it_compared_leaves_nothing_that_another_state_takes_for_its_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accept(desk.deliver(people(3)))
    third = desk.receive(desk.deliver(people(5), as_of="2026-12-01")).batch
    second = desk.accept(desk.deliver(people(4), as_of="2026-11-30"))

    def killed(*args: Any, **more: Any) -> Any:
        preparing.prepare(*args, **more)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(deciding, "prepare", killed)
        with pytest.raises(SystemExit):
            intake.commit(third.pk, actor=COMMITTER, at=AT)
    intake.reverse(second.pk, actor=COMMITTER, at=AT, reason="错")
    intake.commit(third.pk, actor=COMMITTER, at=AT)
    assert set(desk.state()) == {f"P{n:06d}" for n in range(1, 6)}


def test_a_batch_that_is_replaced_while_it_is_committed_stays_replaced(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = desk.receive(desk.deliver(people(3))).batch
    before(monkeypatch, deciding, "write_state", lambda: desk.receive(desk.deliver(people(4))))
    with pytest.raises(intake.WrongStatus):
        intake.commit(batch.pk, actor=COMMITTER, at=AT)
    batch.refresh_from_db()
    assert (batch.status, desk.state()) == (BatchStatus.REPLACED, {})


@pytest.mark.parametrize(
    "error", [duckdb.IOException("No space left: 500901199001010015"), OSError("x"), KeyError("x")]
)
def test_a_fault_of_ours_does_not_blame_the_list_and_leaves_no_cells(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*args: Any, **more: Any) -> Any:
        raise error

    folder = desk.deliver(people(3))
    with monkeypatch.context() as patched:
        patched.setattr(receiving, "prepare", fail)
        with pytest.raises(type(error)):
            desk.receive(folder)
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.REFUSED and "不是报送数据的问题" in delivery.refusal
    assert not folder_of(delivery).path.exists()
    assert counts(desk.receive(folder).batch) == {"accepted": 3, "new": 3}


def test_files_of_one_name_go_back_as_two(desk: Desk) -> None:
    folder = desk.split([[police(1, 出生日期="19900230")], [police(2, 出生日期="19900231")], people(1)])
    for old, new in (("0.csv", "名单.csv"), ("1.csv", "名单.txt"), ("2.csv", "名单_1.csv")):
        (folder / old).rename(folder / new)
        text = (folder / "manifest.json").read_text("utf-8").replace(old, new)
        (folder / "manifest.json").write_text(text, "utf-8")
    batch = desk.receive(folder).batch
    assert sorted(row["户籍人员编号"] for row in errors_of(batch)) == ["P000001", "P000002"]
    books = {path.name for path in intake.error_files(batch.pk)}
    assert len(books) == 4 and all(name.startswith("名单_") for name in books)


def test_a_workbook_of_earlier_rows_is_written_anew(desk: Desk) -> None:
    batch: Batch = desk.receive(desk.deliver([police(1, 出生日期="19900230")])).batch
    book, text = paths_of(batch.delivery, 0)
    rows = folder_of(batch.delivery).path / "returned" / "0000.parquet"
    first = made(batch.delivery, book).stat().st_ino
    assert made(batch.delivery, book).stat().st_ino == first
    rows.write_bytes(rows.read_bytes())  # as a new comparison does
    assert made(batch.delivery, book).stat().st_ino != first and text.exists()
