"""What a signed-in account has to do before it may do anything else; the same for pages, interface and command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from canbao.services.accounts import passwords, policy, sessions, signing


class Due(StrEnum):
    FACTOR = "FACTOR"
    PASSWORD = "PASSWORD"
    SETUP = "SETUP"
    NOTICE = "NOTICE"


def due(session: Any, account: Any, rules: Mapping[str, int], at: datetime) -> Due | None:
    """What comes first: the second factor before all, so that a stolen password changes nothing; who has none sets it up."""
    if session.get(signing.FACTOR_DUE):
        return Due.FACTOR
    if session.get(signing.WAY) != signing.BY_PROVIDER and passwords.is_due(account, rules, at):
        return Due.PASSWORD
    if not session.get(signing.FACTOR_PASSED):
        return Due.SETUP
    return Due.NOTICE if session.get(signing.NOTICE_DUE) else None


def may_act(session: Any, account: Any, at: datetime) -> bool:
    """Nothing has to be done first: the session goes on, the second factor is there."""
    rules = policy.current()
    return not sessions.overdue(session, rules, at) and not due(session, account, rules, at)
