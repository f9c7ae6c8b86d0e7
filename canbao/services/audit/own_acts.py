"""Deciding about one's own request, account or batch: refused, and the attempt stays on record (规程第十九条)."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from canbao.rules import approval
from canbao.rules.approval import Decision, History, Step
from canbao.rules.roles import Actor
from canbao.services.audit.events import Event
from canbao.services.audit.looking import record_look

E = TypeVar("E", bound=Exception)


def decide(
    history: History,
    decision: Decision,
    *,
    by: Actor,
    at: datetime,
    target_kind: str,
    target_id: str,
    area: str = "",
    reason: str = "",
) -> Step:
    """`rules.approval.decide`, with the attempt on record where maker and checker would be one person. Raises approval.Refused."""
    try:
        return approval.decide(history, decision, by=by, at=at, reason=reason)
    except approval.SamePerson as error:
        raise own_act(error, actor=by, at=at, target_kind=target_kind, target_id=target_id, area=area) from None


def own_act(error: E, *, actor: Actor, at: datetime, target_kind: str, target_id: str, area: str = "") -> E:
    """Write down what somebody else has to do and was tried by the person concerned; returns the error, to be raised.

    target_kind, target_id: what it was tried on, as in the line that the act itself would have written.
    """
    record_look(Event.OWN_ACT_REFUSED, actor=actor, at=at, target_kind=target_kind, target_id=target_id, area=area)
    return error
