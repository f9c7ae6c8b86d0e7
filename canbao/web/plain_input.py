"""What no keyboard types: null characters, texts without end, other encodings than ours, refused wherever they come, before anything reads them.

PostgreSQL stores no null character, so that each would end as an error of the server somewhere deep inside.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict

from canbao.rules.uploads import LONGEST_QUERY
from canbao.services.uploads import Reason
from canbao.web.refusing import refused

LONGEST_VALUE: Final = 20_000  # the longest text that a page asks for has 2,000 characters
LONGEST_NAME: Final = 200


class Utf8Request(WSGIRequest):
    """Reads nothing in an encoding that the request names: some of Python's decode to no text at all, and Django asks them before any
    middleware could refuse."""

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, said: str) -> None:
        """Refused by the middleware."""


class NotPlainError(ValueError):
    """A field that nobody typed."""


class PlainInputMiddleware:
    """The head of a request: its path, its query, its headers and cookies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            not _is_utf8(request)
            or any("\0" in text for text in _head(request))
            or len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY
        ):
            return refused(request, Reason.UNREADABLE)
        try:
            check_fields(request.GET, MultiValueDict())
        except NotPlainError:
            return refused(request, Reason.UNREADABLE)
        return self.get_response(request)


def _is_utf8(request: HttpRequest) -> bool:
    """Every page of ours is; a name that no codec has means nothing."""
    try:
        return codecs.lookup((request.content_params or {}).get("charset", "utf-8")).name == "utf-8"
    except (LookupError, ValueError):
        return True


def _head(request: HttpRequest) -> Iterator[str]:
    yield request.path
    yield from (value for name, value in request.META.items() if name.startswith("HTTP_") and isinstance(value, str))
    for name, value in request.COOKIES.items():
        yield name + value


def check_fields(fields: QueryDict, files: MultiValueDict[str, UploadedFile[Any]]) -> None:
    """Names and values of a form or a query, names of files. Raises NotPlainError."""
    for name, values in fields.lists():
        _check(name, LONGEST_NAME)
        for value in values:
            _check(str(value), LONGEST_VALUE)
    for name, several in files.lists():
        _check(name, LONGEST_NAME)
        for file in several:
            _check(file.name or "", LONGEST_NAME + 100)


def _check(text: str, longest: int) -> None:
    if "\0" in text or len(text) > longest:
        raise NotPlainError
