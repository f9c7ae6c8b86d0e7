"""Every operation names the permission it needs, as every page does; the matrix test reads these names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.security import HttpBearer

from canbao.rules.permissions import Permission, allows
from canbao.services import clients


class Token(HttpBearer):
    """The client's token in `Authorization: Bearer …`."""

    openapi_description = "令牌由系统管理员在接口用户获批准后发放，只显示一次。"

    def authenticate(self, request: HttpRequest, token: str) -> clients.Client | None:
        try:
            return clients.authenticate(token)
        except clients.NoSuchToken:
            clients.note_wrong_token(terminal=request.META.get("REMOTE_ADDR", ""), at=datetime.now(UTC))
            return None


class CallerRequest(HttpRequest):
    """auth: the client that asks."""

    auth: clients.Client


def operation(router: Router, method: str, path: str, *, need: Permission, **described: Any) -> Callable[..., Any]:
    """Register an operation; the function under it runs only for clients whose role carries `need`."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        view.need = need  # type: ignore[attr-defined]
        registered: Callable[..., Any] = router.api_operation([method], path, auth=_Needs(need), **described)(view)
        return registered

    return decorate


class _Needs(Token):
    """A token whose holder may do this."""

    def __init__(self, need: Permission) -> None:
        super().__init__()
        self.need = need

    def authenticate(self, request: HttpRequest, token: str) -> clients.Client | None:
        found = super().authenticate(request, token)
        return found if found and allows(found.actor.role, self.need) else None
