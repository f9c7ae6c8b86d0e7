"""What a signed-in account has to do before it may do anything else; the same for every door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from canbao.services.accounts import factors, passwords, signing
from canbao.services.accounts.posts import Held


class Due(StrEnum):
    FACTOR = "FACTOR"
    PASSWORD = "PASSWORD"
    SETUP = "SETUP"


def due(session: Any, account: Any, posts: Sequence[Held], rules: Mapping[str, int], at: datetime) -> Due | None:
    """What comes first: the second factor before all, so that a stolen password changes nothing."""
    if session.get(signing.FACTOR_DUE):
        return Due.FACTOR
    if session.get(signing.WAY) != signing.BY_PROVIDER and passwords.is_due(account, rules, at):
        return Due.PASSWORD
    if factors.required(posts, rules) and not session.get(signing.FACTOR_PASSED):
        return Due.SETUP
    return None
