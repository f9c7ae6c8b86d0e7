"""No identity number in what a clerk writes in his own words: it would stand in the journal, and on pages of others.

The script of the pages says so beside the field before anything is sent; here it holds without one too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbao.rules import notes
from canbao.web import refusing
from canbao.web.submissions import FIELD

_KEYS: Final = (FIELD, "csrfmiddlewaretoken")  # the form that is shown again has its own
_LABELS: Final = {
    "note": "说明", "more": "补充说明", "remark": "备注", "letter_reason": "开具原因", "reason_same": "判为同一人的理由",
    "reason_different": "判为不同人的理由",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """One value of a form, as it was sent."""

    name: str
    value: str

    @property
    def is_wrong(self) -> bool:
        is_note = self.name in notes.NOTES or self.name.startswith(notes.EXPLAINED)
        return is_note and notes.carries_number(self.value)

    @property
    def label(self) -> str:
        return "核实说明" if self.name.startswith(notes.EXPLAINED) else _LABELS.get(self.name, "理由")


class NotesMiddleware:
    """Answers a form with such a number by a form of its own: the notes to be put right, everything else kept as it was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        if request.method != "POST":
            return None
        sent = [
            Sent(name, str(value)) for name, values in request.POST.lists() for value in values if name not in _KEYS
        ]
        if not any(item.is_wrong for item in sent):
            return None
        if not request.user.is_authenticated or refusing.wants_json(request):
            return refusing.said(request, "NUMBER_IN_NOTE", f"{notes.SAYS}请返回上一页。", status=422)
        return _shown_again(request, sent)


def _shown_again(request: HttpRequest, sent: list[Sent]) -> HttpResponse:
    """Files do not come back from a browser: they are chosen anew."""
    context = {
        "wrong_notes": [item for item in sent if item.is_wrong], "others": [item for item in sent if not item.is_wrong],
        "files": list(request.FILES), "says": notes.SAYS,
    }  # fmt: skip
    return render(request, "number_in_note.html", context, status=422)
