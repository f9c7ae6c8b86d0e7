"""errors.log: nothing of a person gets there, from the pages, the queue or a job."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import RequestFactory
from django.urls import resolve

from canbao.jobs import faults
from canbao.outside import error_log
from canbao.services import jobs

NUMBER = "500902199001011234"
SAID = f"DETAIL: Key (number)=({NUMBER}) of 李四\n already exists"


def _page(error: Exception) -> None:
    """As Django reports a bug: the request holds address, query and body."""
    request = RequestFactory().post(f"/people/17/?q={NUMBER}", {"name": "李四"})
    request.path = request.path_info = f"/people/{NUMBER}/\n2026-01-01 forged 李四"
    request.resolver_match = resolve("/people/17/")
    _said("django.request", SAID, error, request=request)


def _queue(error: Exception) -> None:
    _said("procrastinate.worker", f"Job f(name='李四') ended: {SAID}", error)


def _said(name: str, text: str, error: Exception, **extra: object) -> None:
    """Through the logger as the settings have made it, whatever another test did to it."""
    logger = logging.getLogger(name)
    logger.disabled = False
    logger.handle(
        logger.makeRecord(name, logging.ERROR, "", 0, text, (), (type(error), error, error.__traceback__), extra=extra)
    )


@pytest.mark.parametrize(("source", "where"), [
    (_page, "people/<int:person_id>/"), (_queue, "procrastinate.worker"), (faults.report, "(后台任务)"),
])  # fmt: skip
def test_where_it_happened_and_never_with_whom(
    source: Callable[[Exception], None], where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(settings, "CANBAO_HOME", tmp_path)
    monkeypatch.setattr(jobs, "errors_log", lambda: tmp_path / "errors.log")
    try:
        raise IntegrityError(SAID) from ValueError(SAID)
    except IntegrityError as error:
        source(error)
    log = tmp_path / "errors.log"
    text, shown = log.read_text(), capfd.readouterr()
    assert text.splitlines()[0].endswith(f" IntegrityError {where}") and "test_error_log.py" in text
    for said in (text, shown.out + shown.err):
        assert not re.search(f"{NUMBER}|李四|DETAIL|forged", said)
    assert log.stat().st_mode & 0o777 == 0o600


def test_an_entry_begins_one_line(tmp_path: Path) -> None:
    error_log.note(tmp_path / "log", ValueError(), at=datetime.now(UTC), where="a\nb" + "x" * 500)
    first, rest = (tmp_path / "log").read_text().split("\n", 1)
    assert first.endswith("ValueError ab" + "x" * 198) and rest == "\n"
