"""A delivery that fails, for whatever reason, does not keep the next from being received, and does not stay half received."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from procrastinate.contrib.django import app

from canbao.bulk import landing
from canbao.rules.roles import Role
from canbao.services import intake, jobs
from canbao.services.intake import reading
from canbao.services.jobs import Kind
from canbao.store.models import Delivery, DeliveryState
from tests.integration.intake.builders import AT, RECEIVER, Desk, insured, people
from tests.integration.intake.test_intake_commands import canbao
from tests.worlds import account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broken_police(monkeypatch: pytest.MonkeyPatch) -> type[Exception]:
    """The engine stumbles over the first source, quoting a cell."""
    whole = landing.land_text

    def land(engine: Any, *args: Any, cut: landing.Lines, **more: Any) -> Any:
        if cut.columns == 8:  # the police list of these tests
            raise duckdb.ConversionException("Could not convert string '500901199001010015' to INT32")
        return whole(engine, *args, cut=cut, **more)

    monkeypatch.setattr(reading.landing, "land_text", land)
    return duckdb.ConversionException


def test_an_error_of_the_engine_refuses_the_delivery_without_its_cell(
    desk: Desk, broken_police: type[Exception]
) -> None:
    with pytest.raises(intake.receiving.DeliveryRefused) as refused:
        desk.receive(desk.deliver(people(3)))
    assert "police_01.csv" in refused.value.sentence and "5009" not in refused.value.sentence
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.refusal) == (DeliveryState.REFUSED, refused.value.sentence)


@pytest.mark.parametrize("unforeseen", [False, True])
def test_the_next_delivery_of_one_command_is_received(
    desk: Desk, broken_police: type[Exception], monkeypatch: pytest.MonkeyPatch, unforeseen: bool
) -> None:
    if unforeseen:
        monkeypatch.setattr("canbao.services.intake.receiving.FILE_ERRORS", ZeroDivisionError)
    desk.deliver(people(3))
    desk.deliver(people(3, insured), source="employee")
    assert canbao(desk, "receive", str(desk.folder), "--as", "zhang") not in (0,)
    assert Delivery.objects.get(source="employee").state == DeliveryState.RECEIVED


def test_the_next_delivery_of_one_job_is_received(desk: Desk, broken_police: type[Exception]) -> None:
    account("zhang", Role.MUNICIPAL_OPERATOR, "50")
    inbox = desk.home / "inbox" / "november"
    inbox.parent.mkdir(parents=True)
    desk.folder = inbox
    inbox.mkdir()
    desk.deliver(people(3))
    desk.deliver(people(3, insured), source="employee")
    job = jobs.start(Kind.RECEIVE, label="接收", arguments={"inbox": "november"}, actor=RECEIVER, at=AT)

    app.tasks[Kind.RECEIVE.value](job.pk)

    job.refresh_from_db()
    assert (job.state, len(job.result["batches"]), len(job.result["refused"])) == ("DONE", 1, 1), job.message
    assert Delivery.objects.get(source="employee").state == DeliveryState.RECEIVED
