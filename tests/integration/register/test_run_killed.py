"""A matching that is killed leaves the register as it was; started again, it ends where an undisturbed one does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from canbao.services import registry
from tests.integration.intake.test_intake_killed import kill_when, run
from tests.integration.intake.test_intake_killed import register as killed_home
from tests.integration.register.conftest import Register, town

__all__ = ["killed_home"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.timeout(300)
def test_killed_in_any_stage_and_started_again_the_register_is_the_same(register: Register, killed_home: Path) -> None:
    people = town(900)
    register.accept(people)
    register.run()
    path = register.desk.deliver(people)
    run(killed_home, "intake", "receive", str(path), "--as", "zhang")
    run(killed_home, "intake", "commit", "--all", "--as", "li")
    match = ("match", "run", "--as", "zhang")

    for pattern in (
        "runs/*/entry.parquet",
        "runs/*/links.parquet",
        "runs/*/wanted/person.parquet",
        "runs/*/cases.parquet",
    ):
        kill_when(killed_home, pattern, *match)
        assert status(killed_home)["counts"]["persons"] in (0, 900)  # never part of it
    run(killed_home, *match)

    assert status(killed_home)["digest"] == registry.digest()
    assert sorted(p.name for p in (killed_home / "tmp").glob("run-*")) == []


def status(home: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads(run(home, "status", "--json"))
    return told
