"""The forms of a page, filled in as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """fields: what would be sent as it stands; choices: the values of each select and radio group."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        form = self._form
        if form is None:
            return
        name = given.get("name", "")
        if name and "required" in given:
            form.required.append(name)
        if tag == "input" and name:
            self._input(form, name, given)
        elif tag == "button" and name and name not in form.fields and given.get("value"):
            form.choices.setdefault(name, []).append(given["value"])
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.fields.setdefault(name, "")
        elif tag == "option" and self._select:
            value = given.get("value", "")
            form.choices.setdefault(self._select, []).append(value)
            if "selected" in given or self._select not in form.fields:
                form.fields[self._select] = value

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "file":
            form.files.append(name)
        elif kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.fields[name] = given.get("value", "on")
        elif kind not in ("submit", "button", "image"):
            form.fields[name] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def forms_of(text: str) -> list[Form]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(text)
    return reader.forms
