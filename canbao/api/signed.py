"""Operations for signed-in accounts: the session of the pages, with the same gates before it and CSRF kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, cast
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.security import APIKeyCookie

from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.accounts import sessions
from canbao.services.accounts.due import may_act

ACCOUNT_HEADER: Final = "X-Canbao-Account"  # for whom a page sends; another account answers as if nobody were signed in


class SignedRequest(HttpRequest):
    """auth: who acts, in the post that was chosen."""

    auth: Actor


def signed_operation(
    router: Router, method: str, path: str, *, need: Permission, **described: Any
) -> Callable[..., Any]:
    """Register an operation; the function under it runs only for signed-in accounts whose post carries `need`."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        view.need = need  # type: ignore[attr-defined]
        registered: Callable[..., Any] = router.api_operation([method], path, auth=_SignedIn(need), **described)(view)
        return registered

    return decorate


class _SignedIn(APIKeyCookie):
    """The session's cookie; a POST also needs the page's CSRF token in `X-CSRFToken`."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_description = "登录后的会话；提交时另须请求头 X-CSRFToken。"

    def __init__(self, need: Permission) -> None:
        super().__init__()
        self.need = need

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        asked = cast(Any, request)
        if asked.actor is None or not _may_act(asked):
            return None
        sent_for = request.headers.get(ACCOUNT_HEADER)
        if sent_for is not None and unquote(sent_for) != asked.actor.account:
            return None  # a page of somebody who was signed in here before
        if not allows(asked.actor.role, self.need):
            raise access.NotAllowed(self.need)
        audit.require_guesses_left(actor=asked.actor, at=datetime.now(UTC))
        return cast(Actor, asked.actor)


def _may_act(request: Any) -> bool:
    at = datetime.now(UTC)
    if not may_act(request.session, request.user, at):
        return False
    sessions.touch(request.session, at)
    return True
