"""The body of a request: admitted before its first byte, read whole before the transaction begins, refused when it is cut short.

A request that sends slowly waits here and holds nothing but its thread: no transaction, no lock. Who asks and for which page is
known by then (ActorMiddleware), so that files are read only from those who may send them there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import Resolver404, ResolverMatch, resolve

from canbao.rules.permissions import Permission, allows
from canbao.rules.uploads import DELIVERY, EVIDENCE, FORM, FORMS_AT_ONCE, SIGNED_OUT, UploadAllowance, seconds_for
from canbao.services import uploads
from canbao.services.accounts.due import may_act
from canbao.services.accounts.signing import actor_without_post
from canbao.services.uploads import Reason, UploadRefusedError
from canbao.web import plain_input
from canbao.web.overdue import watch
from canbao.web.refusing import refused
from canbao.web.request import PageRequest, now
from canbao.web.threads import NoThreadLeftError, threads

FILES: Final = "multipart/form-data"
_LENGTH: Final = re.compile(r"0|[1-9][0-9]{0,17}")
# The pages that files are sent to; elsewhere nothing is uploaded.
ALLOWANCES: Final[dict[str, UploadAllowance]] = {"task-evidence-add": EVIDENCE, "deliveries-receive": DELIVERY}


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
        try:
            size = announced(request)
            if not size and "HTTP_TRANSFER_ENCODING" not in request.META:
                return self.get_response(request)
            with _admitted(request, size):
                _read_in_turn(request, size)
                return self.get_response(request)
        except UploadRefusedError as error:
            return refused(request, error.reason)


def announced(request: HttpRequest) -> int:
    """The length of the body in bytes, as its header says it; the server reads no further.

    Raises UploadRefusedError for a number that is written in any other than the usual way: others may read it differently.
    """
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    if not _LENGTH.fullmatch(said):
        raise UploadRefusedError(Reason.UNREADABLE)
    return int(said)


@contextmanager
def _admitted(request: PageRequest, size: int) -> Iterator[None]:
    """Raises UploadRefusedError, also where the block does; it is on record where the account is signed in."""
    # only for what may hold files: to find the page of an address takes as long as the rest of this
    may_hold_files = size and request.content_type == FILES
    if allowance := allowance_of(request, request.path_info) if may_hold_files else None:
        assert request.actor
        with uploads.admitted(
            size, allowance=allowance, page=request.path, terminal=_terminal(request), actor=request.actor, at=now()
        ):
            yield
        return
    try:
        if not size:  # sent in pieces, without an end that could be admitted
            raise UploadRefusedError(Reason.NO_LENGTH)
        if size > (FORM if request.actor else SIGNED_OUT):
            raise UploadRefusedError(Reason.TOO_LARGE)
        with _one_of_few(request, size):
            yield
    except UploadRefusedError as error:
        if request.user.is_authenticated:
            actor = request.actor or actor_without_post(request.user)
            uploads.note_refused(
                error.reason, size=size, page=request.path, terminal=_terminal(request), actor=actor, at=now()
            )
        raise


def _one_of_few(request: PageRequest, size: int) -> AbstractContextManager[None]:
    """What anybody may send was waited for without a thread. Entering raises UploadRefusedError."""
    if size <= SIGNED_OUT:
        return nullcontext()
    assert request.actor
    return uploads.on_its_way(size, at_once=FORMS_AT_ONCE, actor=request.actor)


def _terminal(request: PageRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def allowance_of(request: PageRequest, path: str) -> UploadAllowance | None:
    """For files, where the page takes files and the actor may act on it now; None for what a form says."""
    match = _match(path)
    allowance = ALLOWANCES.get(match.url_name or "") if match else None
    need = getattr(match.func, "need", None) if match else None
    if allowance is None or request.actor is None or not isinstance(need, Permission):
        return None
    return allowance if allows(request.actor.role, need) and may_act(request.session, request.user, now()) else None


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def _read_in_turn(request: PageRequest, size: int) -> None:
    """What is short is here already; what is long leaves a thread to the others. Raises UploadRefusedError."""
    if size <= SIGNED_OUT:
        _read(request, size)
        return
    try:
        with threads.for_a_body():
            _read(request, size)
    except NoThreadLeftError as error:
        raise UploadRefusedError(Reason.BUSY) from error


def _read(request: PageRequest, size: int) -> None:
    """Raises UploadRefusedError for what did not come whole, or not in a form that can be read."""
    try:
        _read_whole(request, size)
        plain_input.check_fields(request.POST, request.FILES)
    except RequestDataTooBig as error:
        raise UploadRefusedError(Reason.TOO_LARGE) from error
    except UnreadablePostError as error:
        raise UploadRefusedError(Reason.CUT_SHORT) from error
    except (MultiPartParserError, plain_input.NotPlainError) as error:
        raise UploadRefusedError(Reason.UNREADABLE) from error


def _read_whole(request: PageRequest, size: int) -> None:
    """What the sender goes away from, or takes too long for, is refused: acting on the part that came would be acting on something else.

    Raises UploadRefusedError, UnreadablePostError, MultiPartParserError, RequestDataTooBig.
    """
    counted = Counted(cast(Any, request)._stream)
    cast(Any, request)._stream = counted
    seconds = seconds_for(size, is_known=request.user.is_authenticated)
    with watch.over(request.META.get("gunicorn.socket"), seconds=seconds):
        if request.content_type == FILES:
            _ = request.POST
        else:
            _ = request.body
    if counted.came < size:
        raise UploadRefusedError(Reason.CUT_SHORT)
