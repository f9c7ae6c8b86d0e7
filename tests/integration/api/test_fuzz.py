"""Whatever is sent to the interface, no server error and no undocumented answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as site
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from canbao.api.urls import api
from canbao.config.wsgi import application
from canbao.rules.purposes import Purpose
from canbao.rules.roles import Role
from canbao.services import clients
from tests.integration.api.test_lookup import SECURITY, SYSTEM
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import AT, account, town_offices, village_office


@pytest.fixture
def interface(db: None) -> Iterator[Any]:
    """Called without the test client, whose manners with the connection are taken over here."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    described = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
    described.app = application
    yield described
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def bearer(db: None) -> str:
    made = clients.register(
        name="fuzz", department="d", basis="b", purposes=list(Purpose), fields=["name"], office="50", quota=10_000,
        actor=SYSTEM, at=AT,
    )  # fmt: skip
    clients.grant(made.pk, actor=SECURITY, at=AT)
    return clients.issue_token(made.pk, actor=SYSTEM, at=AT)


@pytest.fixture
def headers(bearer: str) -> dict[str, str]:
    """Of a client with its token, who is a village worker with a session and the pages' token as well."""
    account("walker", Role.VILLAGE_SURVEYOR, village_office(town_offices()[0]))
    token = "a" * 32
    cookie = f"{site.SESSION_COOKIE_NAME}={signed_in('walker')}; {site.CSRF_COOKIE_NAME}={token}"
    return {"Authorization": f"Bearer {bearer}", "Cookie": cookie, "X-CSRFToken": token}


def test_no_answer_is_undocumented(interface: Any, headers: dict[str, str]) -> None:
    operations = [found.ok() for found in interface.get_all_operations()]
    assert operations
    for operation in operations:
        _try(operation.as_strategy(), headers)
        _try(operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE), headers)


def _try(cases: SearchStrategy[Any], headers: dict[str, str]) -> None:
    @given(case=cases)
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local role canbao_web")
            case.call_and_validate(headers=headers)
            transaction.set_rollback(True)

    check()
