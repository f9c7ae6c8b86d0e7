"""From a delivery to an accepted state, and back."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.permissions import NotAllowed
from canbao.services import intake
from canbao.store.models import Batch, BatchStatus, Delivery, DeliveryState, JournalEntry, SourceState
from tests.integration.intake.builders import (
    AT,
    COMMITTER,
    OTHER,
    PROMOTED,
    RECEIVER,
    Desk,
    counts,
    errors_of,
    insured,
    people,
    police,
)


def events() -> list[str]:
    return list(JournalEntry.objects.order_by("id").values_list("event", flat=True))


def test_a_full_delivery_becomes_the_state_when_a_second_person_commits_it(desk: Desk) -> None:
    receipt = desk.receive(desk.deliver(people(3), rows=3))
    assert counts(receipt.batch) == {"accepted": 3, "new": 3}
    assert desk.state() == {}
    with pytest.raises(NotAllowed):
        intake.commit(receipt.batch.pk, actor=RECEIVER, at=AT)
    with pytest.raises(intake.SamePerson):  # in another post by now, but the same person
        intake.commit(receipt.batch.pk, actor=PROMOTED, at=AT)
    batch = intake.commit(receipt.batch.pk, actor=COMMITTER, at=AT)
    assert sorted(desk.state()) == ["P000001", "P000002", "P000003"]
    assert SourceState.objects.get(pk="police").digest == batch.state_digest == intake.state_digest("police")
    assert events() == ["DELIVERY_RECEIVED", "BATCH_PREPARED", "BATCH_COMMITTED"]


def test_the_database_itself_refuses_a_receiver_who_commits(desk: Desk) -> None:
    batch = desk.accept(desk.deliver(people(1)))
    batch.committed_by = batch.prepared_by
    with pytest.raises(IntegrityError), transaction.atomic():
        batch.save()


def test_the_same_delivery_again_changes_nothing(desk: Desk) -> None:
    first = desk.accept(desk.deliver(people(3)))
    again = desk.receive(desk.deliver(people(3)))
    assert again.known and again.batch == first
    assert Delivery.objects.count() == Batch.objects.count() == 1


def test_the_digest_depends_on_neither_order_nor_files(desk: Desk) -> None:
    one = desk.accept(desk.deliver(people(4)))
    rows = people(4)
    other = desk.receive(desk.split([rows[3:], rows[1:3], rows[:1]]))
    assert counts(other.batch) == {"unchanged": 4}
    assert intake.commit(other.batch.pk, actor=COMMITTER, at=AT).state_digest == one.state_digest


def test_a_full_list_tells_new_changed_and_ended_apart(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60)))
    rows = [police(1, 姓名="张叁", 户籍区划="500101001"), *people(59)[1:], police(61)]
    batch = desk.receive(desk.deliver(rows, as_of="2026-11-30")).batch
    assert counts(batch) == {"accepted": 2, "unchanged": 58, "new": 1, "changed": 1, "ended": 1}
    assert batch.changed_fields == {"name": 1, "division": 1}
    assert batch.by_district["500101"]["changed"] == 1
    intake.commit(batch.pk, actor=COMMITTER, at=AT)
    state = desk.state()
    assert "P000060" not in state
    assert state["P000001"]["name"] == "张叁"
    assert [state[key]["as_of"].isoformat() for key in ("P000001", "P000002")] == ["2026-11-30", "2026-10-31"]


def test_a_row_that_cannot_be_taken_keeps_what_was_known(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60)))
    rows = [police(1, 出生日期="19900230"), *people(60)[1:]]
    batch = desk.receive(desk.deliver(rows, as_of="2026-11-30")).batch
    assert counts(batch) == {"unchanged": 59, "quarantined": 1}
    intake.commit(batch.pk, actor=COMMITTER, at=AT)
    assert len(desk.state()) == 60


def test_a_broken_line_does_not_end_the_person_in_it(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60)))
    text = desk.deliver(people(60), as_of="2026-11-30")
    path = text / "police_01.csv"
    lines = path.read_text().splitlines()
    lines[5] += ",一列太多"
    batch = desk.receive(desk.deliver("\n".join(lines) + "\n", as_of="2026-11-30")).batch
    assert counts(batch) == {"unchanged": 59, "rejected": 1}
    (returned,) = errors_of(batch)
    assert returned["户籍人员编号"] == "P000005"
    assert returned["退回原因"].startswith("第 6 行")


def test_reversal_gives_the_state_before(desk: Desk) -> None:
    first = desk.accept(desk.deliver(people(60)))
    before = desk.state()
    second = desk.accept(desk.deliver(people(59), as_of="2026-11-30"))
    with pytest.raises(intake.LaterBatchDepends) as refused:
        intake.reverse(first.pk, actor=OTHER, at=AT, reason="错")
    assert refused.value.later_id == second.pk
    intake.reverse(second.pk, actor=OTHER, at=AT, reason="错")
    assert desk.state() == before
    assert intake.state_digest("police") == first.state_digest == SourceState.objects.get(pk="police").digest
    intake.reverse(first.pk, actor=OTHER, at=AT, reason="错")
    assert desk.state() == {} and SourceState.objects.get(pk="police").batch is None


def test_a_reversed_delivery_can_be_received_again(desk: Desk) -> None:
    batch = desk.accept(desk.deliver(people(3)))
    intake.reverse(batch.pk, actor=OTHER, at=AT, reason="错")
    again = desk.accept(desk.deliver(people(3)))
    assert again.pk != batch.pk and again.state_digest == batch.state_digest


def test_a_newer_full_list_for_the_same_day_replaces_an_uncommitted_one(desk: Desk) -> None:
    old = desk.receive(desk.deliver(people(3))).batch
    desk.receive(desk.deliver(people(4)))
    old.refresh_from_db()
    assert old.status == BatchStatus.REPLACED
    with pytest.raises(intake.WrongStatus):
        intake.commit(old.pk, actor=COMMITTER, at=AT)


def test_a_batch_is_compared_again_when_the_state_moved_on(desk: Desk) -> None:
    first = desk.receive(desk.deliver(people(60))).batch
    second = desk.receive(desk.deliver(people(61), as_of="2026-11-30")).batch
    assert [batch.pk for batch in intake.waiting()] == [first.pk, second.pk]
    for batch in (first, second):
        batch = intake.commit(batch.pk, actor=COMMITTER, at=AT)
    assert counts(batch) == {"accepted": 1, "unchanged": 60, "new": 1}
    assert batch.base == first


def test_a_delta_changes_only_what_it_names(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60)))
    rows = [
        police(1, 姓名="改") | {"op": "U"},
        police(2) | {"op": "U"},
        police(3) | {"op": "D"},
        police(4) | {"op": "I"},
        police(5, 姓名="改") | {"op": "I"},
        police(61) | {"op": "I"},
        police(62) | {"op": "U"},
        police(63) | {"op": "D"},
        police(64) | {"op": "X"},
    ]
    batch = desk.receive(desk.deliver(rows, kind="delta", as_of="2026-11-30")).batch
    assert counts(batch) == {
        "accepted": 4, "unchanged": 2, "quarantined": 2, "rejected": 1, "new": 1, "changed": 2, "ended": 1
    }  # fmt: skip
    assert [row["户籍人员编号"] for row in errors_of(batch)] == ["P000062", "P000063", "P000064"]
    assert batch.warnings["INSERT_OF_EXISTING"] == 1
    intake.commit(batch.pk, actor=COMMITTER, at=AT)
    state = desk.state()
    assert len(state) == 60 and "P000003" not in state and "P000061" in state
    assert state["P000001"]["name"] == state["P000005"]["name"] == "改"


def test_corrected_rows_come_back_as_a_delta(desk: Desk) -> None:
    first = desk.accept(desk.deliver([*people(59), police(60, 性别="5")]))
    assert counts(first)["quarantined"] == 1
    rows = [row | {"性别": "2", "op": "I"} for row in errors_of(first)]
    batch = desk.accept(desk.deliver(rows, kind="delta", as_of="2026-11-01"))
    assert counts(batch) == {"accepted": 1, "new": 1}
    assert desk.state()["P000060"]["doc_number"] == police(60)["公民身份号码"]


def test_thirty_percent_missing_is_held_until_two_others_release_it(desk: Desk) -> None:
    desk.accept(desk.deliver(people(100)))
    batch = desk.receive(desk.deliver(people(70), as_of="2026-11-30")).batch
    assert batch.status == BatchStatus.HELD
    assert {breaker["breaker"] for breaker in batch.breakers} == {"ended", "fewer_rows"}
    with pytest.raises(intake.BatchHeld):
        intake.commit(batch.pk, actor=COMMITTER, at=AT)
    with pytest.raises(intake.SamePerson):
        intake.approve(batch.pk, actor=PROMOTED, at=AT, reason="我看没问题")
    intake.approve(batch.pk, actor=COMMITTER, at=AT, reason="核实")
    with pytest.raises(intake.SamePerson):
        intake.approve(batch.pk, actor=COMMITTER, at=AT, reason="再核实")
    intake.approve(batch.pk, actor=OTHER, at=AT, reason="核实")
    assert intake.commit(batch.pk, actor=OTHER, at=AT).status == BatchStatus.COMMITTED
    assert len(desk.state()) == 70


def test_a_delta_that_adds_too_many_is_held(desk: Desk) -> None:
    desk.accept(desk.deliver(people(100)))
    new = [row | {"op": "I"} for row in people(160)[100:]]
    few = desk.receive(desk.deliver(new[:5], kind="delta", as_of="2026-11-29")).batch
    many = desk.receive(desk.deliver(new, kind="delta", as_of="2026-11-30")).batch
    assert (few.status, [one["breaker"] for one in many.breakers]) == (BatchStatus.PREPARED, ["added"])


def test_data_older_than_the_state_is_held(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60), as_of="2026-11-30"))
    batch = desk.receive(desk.deliver(people(61), as_of="2026-10-31")).batch
    assert [breaker["breaker"] for breaker in batch.breakers] == ["older"]


def test_a_column_of_invalid_dates_quarantines_every_row_and_is_held(desk: Desk) -> None:
    batch = desk.receive(desk.deliver(people(60, 出生日期="1990-13-45"))).batch
    assert counts(batch) == {"quarantined": 60}
    assert batch.status == BatchStatus.HELD


def test_filler_birth_dates_are_counted_and_hold_the_batch(desk: Desk) -> None:
    fillers = ["00000000", "0", "无", ""]
    rows = [insured(n, AAC006=fillers[n % 4], AAE031="") for n in range(60)]
    batch = desk.receive(desk.deliver(rows, source="employee")).batch
    assert batch.warnings["AAC006:NO_DATE"] == 60 and batch.counts["accepted"] == 60
    assert [breaker["breaker"] for breaker in batch.breakers] == ["no_birth_date"]
    assert any("“出生日期”没有日期" in one["label"] for one in intake.preview(batch.pk)["warnings"])


def test_a_few_filler_dates_are_only_told(desk: Desk) -> None:
    rows = [insured(n, AAC006="19900101" if n % 3 else "00000000", AAC049="0") for n in range(60)]
    batch = desk.receive(desk.deliver(rows, source="employee")).batch
    assert (batch.warnings["AAC006:NO_DATE"], batch.warnings["AAC049:NO_DATE"]) == (20, 60)
    assert not batch.breakers
    bare = desk.receive(desk.deliver([insured(n) for n in range(60)], source="employee")).batch
    assert not bare.breakers and not any(code.endswith("NO_DATE") for code in bare.warnings)


def test_the_first_to_release_does_not_commit(desk: Desk) -> None:
    batch = desk.receive(desk.deliver(people(60, 性别="5"))).batch
    for actor in (COMMITTER, OTHER):
        intake.approve(batch.pk, actor=actor, at=AT, reason="属实")
    with pytest.raises(intake.SamePerson):
        intake.commit(batch.pk, actor=COMMITTER, at=AT)
    batch = intake.commit(batch.pk, actor=OTHER, at=AT)
    batch.committed_by = batch.released_first_by
    with pytest.raises(IntegrityError), transaction.atomic():
        batch.save()


def test_a_full_list_does_not_put_back_what_a_newer_delta_changed(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60)))
    late = desk.receive(desk.deliver(people(60), as_of="2026-11-10")).batch
    desk.accept(desk.deliver([police(1, 姓名="改") | {"op": "U"}], kind="delta", as_of="2026-11-10"))
    with pytest.raises(intake.PreviewChanged):
        intake.commit(late.pk, actor=COMMITTER, at=AT)
    assert desk.state()["P000001"]["name"] == "改"
    assert intake.preview(late.pk)["counts"]["changed"] == 1
    intake.commit(late.pk, actor=COMMITTER, at=AT)


def test_a_late_delta_does_not_make_the_state_older(desk: Desk) -> None:
    desk.accept(desk.deliver(people(60), as_of="2026-11-30"))
    late = desk.receive(desk.deliver([police(61) | {"op": "I"}], kind="delta", as_of="2026-11-01")).batch
    for actor in (COMMITTER, OTHER):
        intake.approve(late.pk, actor=actor, at=AT, reason="属实")
    intake.commit(late.pk, actor=OTHER, at=AT)
    older = desk.receive(desk.deliver(people(61), as_of="2026-11-15")).batch
    assert [breaker["breaker"] for breaker in older.breakers] == ["older"]


def test_an_insurance_row_without_a_number_is_taken_with_a_warning(desk: Desk) -> None:
    rows = [insured(1, AAC147=""), insured(2, AAC003=""), insured(3, AAC001=""), insured(4, AAE140="999")]
    batch = desk.receive(desk.deliver(rows, source="employee")).batch
    assert counts(batch) == {"accepted": 1, "quarantined": 2, "rejected": 1, "new": 1}
    assert batch.warnings["NUMBER_MISSING"] == 1


def test_a_key_that_comes_twice(desk: Desk) -> None:
    rows = [police(1), police(1), police(2), police(2, 姓名="另一人"), police(3)]
    batch = desk.receive(desk.deliver(rows)).batch
    assert counts(batch) == {"accepted": 2, "quarantined": 2, "rejected": 1, "new": 2}


def test_conflicts_within_a_delivery_are_counted(desk: Desk) -> None:
    rows = [
        insured(1),
        insured(1, AAE140="310", AAC147="500902199001010012"),
        insured(2, AAC147="500903199001010012"),
        insured(3, AAC147="500903199001010012", AAC003="王五"),
    ]
    batch = desk.receive(desk.deliver(rows, source="employee")).batch
    assert batch.conflicts == {"NUMBER_SHARED": 1, "PERSON_TWO_NUMBERS": 1}
    assert intake.preview(batch.pk)["conflicts"][0]["count"] == 1


def test_a_refused_delivery_leaves_nothing_but_its_refusal(desk: Desk) -> None:
    with pytest.raises(DeliveryRefused):
        desk.receive(desk.deliver(people(3), rows=4))
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.REFUSED and "4" in delivery.refusal
    assert events() == ["DELIVERY_REFUSED"]
    assert list((desk.home / "deliveries").iterdir()) == []
    assert desk.receive(desk.deliver(people(3), rows=3)).delivery.pk == delivery.pk
