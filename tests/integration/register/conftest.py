"""A register fed by hand-made deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from canbao.rules.identity import check_digit
from canbao.services import intake, matching, registry
from canbao.store.models import Batch, Person
from tests.integration.intake.builders import COMMITTER, RECEIVER, Desk, Row, insured, police

FIRST = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
SECOND = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
THIRD = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def number(serial: int, born: str = "19900101") -> str:
    """An invented citizen number."""
    first = f"500901{born}{serial:03d}"
    return first + check_digit(first)


@dataclass
class Register:
    """The desk, the matching behind it and the register."""

    desk: Desk

    def accept(
        self, rows: list[Row], *, source: str = "police", kind: str = "full", as_of: str = "2026-10-31"
    ) -> Batch:
        return self.desk.accept(self.desk.deliver(rows, source=source, kind=kind, as_of=as_of))

    def run(self, at: datetime = FIRST) -> matching.RunReport:
        return matching.run(actor=RECEIVER, at=at)

    def reverse(self, batch: Batch, at: datetime) -> None:
        intake.reverse(batch.pk, actor=COMMITTER, at=at, reason="数据有误")
        self.run(at)

    def person(self, doc_number: str) -> Person:
        return Person.objects.get(doc_number=doc_number)

    def facts(self, person_id: int, on: str, known: datetime) -> dict[str, Any]:
        return registry.as_of(person_id, valid_on=date.fromisoformat(on), known_at=known).facts


@pytest.fixture
def register(tmp_path: Path, settings: Any, db: None) -> Register:
    settings.CANBAO_HOME = tmp_path / "home"
    (tmp_path / "sent").mkdir()
    return Register(Desk(tmp_path / "sent", tmp_path / "home"))


def town(count: int = 30) -> list[Row]:
    """Different people of the police list; row n has serial n."""
    names = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
    return [
        police(n, 公民身份号码=number(n), 姓名=names[n % 30] + names[(n * 7 + 3) % 30] + "明")
        | {"户籍地址": f"重庆市渝北区人民路{n}号"}
        for n in range(1, count + 1)
    ]


def employed(rows: list[Row]) -> list[Row]:
    """The same people in the employees' system."""
    return [insured(i, AAC147=row["公民身份号码"], AAC003=row["姓名"]) for i, row in enumerate(rows, 1)]
