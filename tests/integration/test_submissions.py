"""A form that is shown once is acted on once: sent twice, sent from the page before, corrected after a refusal, sent by two at a time."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from canbao.rules.roles import Role
from canbao.services import submissions
from canbao.store.models import SurveyRound
from canbao.web.submissions import SubmissionMiddleware, digest_of
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import AT, account

WANTED = {"name": "秋季入户", "reasons": ["NOT_ENROLLED"], "second_percent": "0", "call_percent": "0"}


@pytest.fixture
def city(db: None, settings: object) -> Client:
    """A browser of the city, behind the web's login."""
    account("s-city", Role.MUNICIPAL_OPERATOR, "50")
    client = Client()
    client.cookies[site.SESSION_COOKIE_NAME] = signed_in("s-city")
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    return client


def shown(client: Client, address: str) -> str:
    """The submission id of the form of a page."""
    page = client.get(address).content.decode()
    form = page.partition("<main")[2].partition("<form")[2]
    found = re.search(r'name="submission" value="([^"]+)"', form)
    assert found, address
    return found[1]


def opened(client: Client, key: str, **more: object) -> tuple[int, str]:
    due = timezone.localdate() + timedelta(days=30)
    answer = client.post(reverse("survey-new"), WANTED | {"due_on": str(due), "submission": key} | more)
    return answer.status_code, answer.headers.get("Location", "")


def rounds() -> int:
    return SurveyRound.objects.count()


def test_a_form_sent_twice_has_one_effect_and_the_same_answer(city: Client) -> None:
    key = shown(city, reverse("survey-new"))
    first, second = opened(city, key), opened(city, key)
    assert first[0] == 302 and second == first and rounds() == 1
    assert opened(city, shown(city, reverse("survey-new")))[1] != first[1] and rounds() == 2


def test_what_was_sent_already_is_not_sent_again_with_other_contents(city: Client) -> None:
    key = shown(city, reverse("survey-new"))
    _, address = opened(city, key)
    answer = city.post(reverse("survey-new"), WANTED | {"name": "改过的名称", "submission": key})
    assert answer.status_code == 409 and address in answer.content.decode() and rounds() == 1


@pytest.mark.parametrize("kept_in_memory", [2_621_440, 0])
def test_a_corrected_file_of_the_same_name_and_size_is_other_contents(
    settings: Any, tmp_path: Path, kept_in_memory: int
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE, settings.CANBAO_UPLOADS = kept_in_memory, tmp_path

    def digest(content: bytes) -> str:
        request = RequestFactory().post("/x/", {"name": "a", "file": SimpleUploadedFile("list.csv", content)})
        (file,) = request.FILES.values()
        told = digest_of(request)
        assert file.read() == content, "what is read for the digest is there for the view"
        return told

    assert digest(b"500913199001011234") == digest(b"500913199001011234") != digest(b"500913199001011235")


def test_a_refused_form_is_corrected_under_its_id(city: Client) -> None:
    key = shown(city, reverse("survey-new"))
    assert opened(city, key, name="")[0] == 422
    assert opened(city, key)[0] == 302 and rounds() == 1


@pytest.mark.parametrize(
    ("said", "is_kept"),
    [
        ([messages.SUCCESS], True),
        ([messages.SUCCESS, messages.ERROR], True),  # three of five were done
        ([messages.ERROR, messages.INFO], False),
        ([], True),
    ],
)
def test_what_was_done_in_part_is_not_done_again(db: None, said: list[int], is_kept: bool) -> None:
    def act(request: Any) -> HttpResponse:
        request.submission = key
        submissions.begin(key, **given)
        for level in said:
            messages.add_message(request, level, "x")
        return HttpResponseRedirect("/y/")

    key, request = uuid4(), RequestFactory().post("/x/")
    given: Any = {"account": "zhang", "page": "/x/", "digest": "d", "at": AT}
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    SubmissionMiddleware(act)(request)
    with transaction.atomic():
        assert submissions.begin(key, **given) == (submissions.Answer(302, "/y/") if is_kept else None)


def test_every_form_of_a_page_has_an_id_of_its_own(city: Client) -> None:
    page = city.get("/").content.decode()
    keys = re.findall(r'name="submission" value="([^"]+)"', page)
    assert len(keys) == page.count('method="post"') == len(set(keys)) > 1


def test_a_switch_or_a_search_may_be_sent_from_the_page_before(city: Client) -> None:
    given = {"turn": "large", "back": "/", "submission": str(uuid4())}
    city.post(reverse("set-view"), given)
    city.post(reverse("set-view"), given)
    assert not city.cookies["canbao_view"].value


@pytest.mark.django_db(transaction=True)
def test_of_two_at_a_time_one_acts_and_the_other_waits_for_its_answer() -> None:
    key, told, begun = uuid4(), [], threading.Event()
    given = {"account": "zhang", "page": "/x/", "digest": "d", "at": AT}

    def second() -> None:
        begun.set()
        with transaction.atomic():
            told.append(submissions.begin(key, **given))  # type: ignore[arg-type]
        connections.close_all()

    with transaction.atomic():
        assert submissions.begin(key, **given) is None  # type: ignore[arg-type]
        other = threading.Thread(target=second)
        other.start()
        begun.wait(5)
        submissions.finish(key, status=302, location="/y/")
    other.join(10)
    assert told == [submissions.Answer(302, "/y/")]
    assert submissions.drop_old(at=AT + submissions.KEPT_FOR + timedelta(minutes=1)) == 1
