"""Signing in through an identity service, against a real OpenID provider."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from canbao.services.accounts import provider
from canbao.store.models import Account
from tests.integration.signin.conftest import as_worker, journal, past_the_factor, sign_in
from tests.ports import free_port

Staff = dict[str, Account]
FAKE = Path(__file__).parents[2] / "fakes" / "oidc.mjs"
CALLBACK = "http://testserver/sign-in/provider/back/"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    assert shutil.which("node"), "the OpenID provider is a Node program: apt-get install nodejs"
    port = free_port()
    command = ["node", str(FAKE), str(port), CALLBACK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        assert any("ready" in line for line in server.stdout), "npm ci installs oidc-provider"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture
def service(issuer: str, settings: Any) -> str:
    settings.OIDC_ISSUER = issuer
    settings.OIDC_RP_CLIENT_ID = "canbao"
    settings.OIDC_RP_CLIENT_SECRET = "only-for-tests-0123456789-0123456789"
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "canbao.services.accounts.provider.Provider",
    ]
    provider.described.cache_clear()
    return issuer


def be(service: str, name: str, acr: str = "") -> None:
    """Who signs in at the service next."""
    requests.get(f"{service}/be", params={"name": name} | ({"acr": acr} if acr else {}), timeout=5)


def go(client: Client, *, wanted: str = "/me/") -> str:
    """To the service and through it; the address it sends back to."""
    address = client.get("/sign-in/provider/", {"next": wanted}).headers["Location"]
    with requests.Session() as browser:
        while not address.startswith(CALLBACK):
            answer = browser.get(address, allow_redirects=False, timeout=5)
            assert answer.status_code in (302, 303), answer.text
            address = requests.compat.urljoin(address, answer.headers["Location"])
    return address


def test_who_the_service_recognises_enters_the_account_it_names(staff: Staff, service: str) -> None:
    client = Client()
    assert "统一身份认证" in client.get("/sign-in/").content.decode()
    be(service, "clerk")
    answer = client.get(go(client))
    assert answer.headers["Location"] == "/me/"
    assert client.session["_auth_user_id"] == str(staff["clerk"].pk)
    assert journal("SIGNED_IN") == [("SIGNED_IN", "clerk", "clerk")]
    assert sign_in("clerk").status_code == 302  # the password still opens


def test_it_asks_with_state_nonce_and_a_challenge_and_takes_an_answer_once(staff: Staff, service: str) -> None:
    be(service, "clerk")
    client = Client()
    asked = parse_qs(urlsplit(client.get("/sign-in/provider/").headers["Location"]).query)
    assert {"state", "nonce", "code_challenge"} <= set(asked) and asked["code_challenge_method"] == ["S256"]
    back = go(client)
    assert Client().get(back).headers["Location"] == "/sign-in/?why=PROVIDER"  # another browser's answer
    forged = client.get(back.replace("state=", "state=x")).headers["Location"]
    assert forged == "/sign-in/?why=PROVIDER"
    assert client.get(back).headers["Location"] == "/me/"
    assert client.get(back).headers["Location"] == "/sign-in/?why=PROVIDER"


def test_no_account_is_made_and_no_disabled_one_opens(staff: Staff, service: str) -> None:
    with as_worker():
        Account.objects.filter(name="approver").update(
            is_active=False, disabled_by="sys", disabled_at=timezone.now(), disabled_reason="test"
        )
    before = Account.objects.count()
    for name in ("stranger", "approver"):
        be(service, name)
        client = Client()
        assert client.get(go(client)).headers["Location"] == "/sign-in/?why=PROVIDER", name
        assert client.get("/me/").status_code == 302
    assert Account.objects.count() == before
    assert len(journal("SIGN_IN_FAILED")) == 2


def test_the_second_factor_is_the_services_only_where_the_settings_trust_its_word(
    staff: Staff, service: str, settings: Any
) -> None:
    past_the_factor(staff["approver"])
    settings.OIDC_AUTH_REQUEST_EXTRA_PARAMS = {"acr_values": "two-factors"}
    for trusted, acr, lands in (
        ([], "two-factors", "/sign-in/code/"),
        (["two-factors"], "", "/sign-in/code/"),
        (["two-factors"], "two-factors", ""),
    ):
        settings.OIDC_TWO_FACTOR_ACR = trusted
        be(service, "approver", acr)
        client = Client()
        client.get(go(client))
        assert client.get("/me/").headers.get("Location", "").startswith(lands), (trusted, acr)
    assert client.get("/me/").status_code == 200


def test_a_token_for_another_client_or_from_another_issuer_is_refused(
    staff: Staff, service: str, settings: Any
) -> None:
    be(service, "clerk")
    client = Client()
    back = go(client)
    settings.OIDC_ISSUER = service + "/other"
    provider.described.cache_clear()
    original, provider.described = provider.described, lambda _issuer: original(service)  # type: ignore[assignment]
    try:
        assert client.get(back).headers["Location"] == "/sign-in/?why=PROVIDER"
    finally:
        provider.described = original


def test_without_a_service_there_is_no_door(staff: Staff, settings: Any) -> None:
    settings.OIDC_ISSUER = ""
    client = Client()
    assert "统一身份认证登录" not in client.get("/sign-in/").content.decode()
    assert [client.get(f"/sign-in/provider/{more}").status_code for more in ("", "back/")] == [404, 404]


def test_a_service_that_is_down_leaves_the_password(staff: Staff, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    provider.described.cache_clear()
    client = Client()
    assert client.get("/sign-in/provider/").headers["Location"] == "/sign-in/?why=PROVIDER_DOWN"
    assert sign_in("clerk").status_code == 302
