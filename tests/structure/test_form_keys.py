"""Every form that changes something carries a submission id, whatever page it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings

from canbao.web.templatetags import form_keys
from tests.structure.test_pages import PAGES, STATIC, named

# What scripts send without a form, by where it goes to: the key of the number of its own in what is sent, held to be one by the
# service; none for what only reads.
OWN_NUMBER = {
    ("field/queue.js", "VISITS"): "client_id",
    ("entry/entry.js", "form.dataset.draft"): "edition",
    ("entry/entry.js", "form.dataset.address"): "",
}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_form_that_is_posted_carries_its_keys(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    forms = re.findall(r"<form\b(?=[^>]*(?:method=\"post\"|hx-post)).*?</form>", text, re.S)
    assert [form for form in forms if "{% csrf_token %}" not in form] == []


def test_the_tag_is_ours() -> None:
    assert "canbao.web.templatetags.form_keys" in settings.TEMPLATES[0]["OPTIONS"]["builtins"]
    assert form_keys.register.tags["csrf_token"] is form_keys.form_keys


def test_what_a_script_sends_without_a_form_carries_a_number_of_its_own() -> None:
    found = {}
    for path in STATIC.rglob("*.js"):
        text, name = path.read_text(), str(path.relative_to(STATIC))
        sent = list(posts(text))
        assert len(sent) == len(re.findall(r"""["'`]POST["'`]""", text)), f"{name}: sent in a way that is not read here"
        found |= {(name, where): keys for where, keys in sent if keys is not None}
    assert found.keys() == OWN_NUMBER.keys()
    assert [place for place, key in OWN_NUMBER.items() if key and key not in (found[place] or ())] == []


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('fetch(A, { method: "POST", body: new FormData(form) });', [("A", None)]),
        (
            'const body = JSON.stringify({ id, "n": f(x, { y: 1 }) }); fetch(A(1, 2), { method: "POST", body });',
            [("A(1, 2)", {"id", "n"})],
        ),
        (
            '// id\nconst body = JSON.stringify({ ...all(), note: "id, )" }); fetch(A, { body, method: "POST" });',
            [("A", {"note"})],
        ),
        ('fetch(A, { method: "POST", body: new URLSearchParams({ own: "id" }) });', [("A", {"own"})]),
        ('asked.open("POST", A(x)); asked.upload.y(); asked.send(new FormData(form));', [("A(x)", None)]),
        ('asked.open("POST", A); asked.send(JSON.stringify({ id }));', [("A", {"id"})]),
        ('fetch(A); /* id */ fetch(B, { method: "POST" });', [("B", set())]),
    ],
)
def test_the_keys_of_what_is_sent_are_read_from_the_call(script: str, found: list[object]) -> None:
    assert list(posts(script)) == found


def posts(script: str) -> Iterator[tuple[str, set[str] | None]]:
    """Where each POST of a script goes, and the keys of the object it sends; None for the fields of a form."""
    for call in re.finditer(r"\b(?:fetch|show)\(", script):
        where, *options = parts(script, call.end())
        told = dict(
            pair.partition(":")[::2]
            for option in options
            if "{" in option
            for pair in parts(option, option.index("{") + 1)
        )
        told = {key.strip(): value.strip() for key, value in told.items()}
        if told.get("method", "").strip("\"'`") == "POST":
            body = told.get("body", "")
            if "body" in told and not body:  # the variable of this name
                body = re.findall(r"\bconst body = (.*?);\n?", script[: call.start()], re.S)[-1]
            yield where.strip(), keys_of(body)
    for call in re.finditer(r"(\w+)\.open\(", script):  # of an XMLHttpRequest
        method, *where = parts(script, call.end())
        if method.strip("\"'`") == "POST":
            sends = re.compile(rf"\b{call[1]}\.send\(").search(script, call.end())
            yield where[0].strip(), keys_of(",".join(parts(script, sends.end()) if sends else []))


def keys_of(body: str) -> set[str] | None:
    """The keys of the object in an expression; what is spread into it is not known. None for the fields of a form."""
    if "new FormData(" in body:
        return None
    if "{" not in body:
        return set()
    pairs = (pair.partition(":")[0].strip().strip("\"'") for pair in parts(body, body.index("{") + 1))
    return {key for key in pairs if key and not key.startswith("...")}


def parts(text: str, start: int) -> list[str]:
    """What stands between the bracket before `start` and its end, divided at its commas; strings and inner brackets are whole."""
    found, depth, quote = [""], 0, ""
    for place, letter in enumerate(text[start:], start):
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        if depth < 0:
            break
        if letter == "," and not depth and not quote:
            found.append("")
        else:
            found[-1] += letter
    return found
