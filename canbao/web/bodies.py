"""The body of a request: admitted before its first byte, read whole before the transaction begins, refused when it is cut short.

A request that sends slowly waits here and holds nothing but its thread: no transaction, no lock. Who asks and for which page is
known by then (ActorMiddleware), so that files are read only from those who may send them there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import Resolver404, ResolverMatch, resolve

from canbao.rules.permissions import Permission, allows
from canbao.rules.uploads import DELIVERY, EVIDENCE, FORM, SIGNED_OUT, Allowance, seconds_for
from canbao.services import uploads
from canbao.services.accounts import policy, sessions
from canbao.services.accounts.due import due
from canbao.services.uploads import Reason, UploadRefusedError
from canbao.web import plain_input
from canbao.web.overdue import watch
from canbao.web.refusing import refused
from canbao.web.request import PageRequest, now

FILES: Final = "multipart/form-data"
# The pages that files are sent to; elsewhere nothing is uploaded.
ALLOWANCES: Final[dict[str, Allowance]] = {"task-evidence-add": EVIDENCE, "deliveries-receive": DELIVERY}
STATUS: Final = {Reason.TOO_LARGE: 413, Reason.TOO_MANY: 429, Reason.DAY_SPENT: 429, Reason.DISK_FULL: 507}


class CutShortError(Exception):
    """The sender went away, or took too long: acting on the part that came would be acting on something else."""


class Counted:
    """The stream of a body, and how much of it has come."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.came = 0

    def read(self, *args: Any) -> bytes:
        return self._counted(self._stream.read(*args))

    def readline(self, *args: Any) -> bytes:
        return self._counted(self._stream.readline(*args))

    def _counted(self, part: bytes) -> bytes:
        self.came += len(part)
        return part

    def close(self) -> None:
        self._stream.close()


class BodyMiddleware:
    """After ActorMiddleware, before AreaMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        request = cast(PageRequest, plain)
        size = announced(request)
        if not size:
            return self.get_response(request)
        try:
            with _admitted(request, size):
                try:
                    _read(request, size)
                except (CutShortError, UnreadablePostError):
                    return refused(request, "CUT_SHORT", status=408)
                except (MultiPartParserError, plain_input.NotPlainError):
                    return refused(request, "UNREADABLE", status=400)
                return self.get_response(request)
        except RequestDataTooBig:
            return refused(request, Reason.TOO_LARGE, status=413)
        except UploadRefusedError as error:
            return refused(request, error.reason, status=STATUS[error.reason])


def announced(request: HttpRequest) -> int:
    """The length of the body in bytes, as its header says it; the server reads no further."""
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else 0


@contextmanager
def _admitted(request: PageRequest, size: int) -> Iterator[None]:
    """Raises RequestDataTooBig, UploadRefusedError."""
    # only for what may hold files: to find the page of an address takes as long as the rest of this
    may_hold_files = request.content_type == FILES
    allowance = allowance_of(request, request.path_info) if may_hold_files else None
    if allowance is None:
        if size > (FORM if request.actor else SIGNED_OUT):
            raise RequestDataTooBig
        yield
        return
    assert request.actor
    terminal = request.META.get("REMOTE_ADDR", "")
    with uploads.admitted(
        size, allowance=allowance, page=request.path, terminal=terminal, actor=request.actor, at=now()
    ):
        yield


def allowance_of(request: PageRequest, path: str) -> Allowance | None:
    """For files, where the page takes files and the actor may act on it now; None for what a form says."""
    match = _match(path)
    allowance = ALLOWANCES.get(match.url_name or "") if match else None
    need = getattr(match.func, "need", None) if match else None
    if allowance is None or request.actor is None or not isinstance(need, Permission):
        return None
    return allowance if allows(request.actor.role, need) and _may_act(request) else None


def _may_act(request: PageRequest) -> bool:
    """Nothing has to be done first: the session goes on, the second factor is there."""
    at, rules, session = now(), policy.current(), cast(Any, request.session)
    return not sessions.overdue(session, rules, at) and not due(session, request.user, rules, at)


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def _read(request: PageRequest, size: int) -> None:
    """Raises CutShortError, UnreadablePostError, MultiPartParserError, RequestDataTooBig, plain_input.NotPlainError."""
    counted = Counted(cast(Any, request)._stream)
    cast(Any, request)._stream = counted
    with watch.over(request.META.get("gunicorn.socket"), seconds=seconds_for(size)):
        if request.content_type == FILES:
            _ = request.POST
        else:
            _ = request.body
    if counted.came < size:
        raise CutShortError
    plain_input.check_fields(request.POST, request.FILES)
