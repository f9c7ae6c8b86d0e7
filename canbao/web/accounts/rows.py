"""Accounts, posts and requests as the pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from canbao.rules.approval import Decision, State
from canbao.rules.offices import office_full_name
from canbao.rules.permissions import PERMISSIONS, Permission
from canbao.rules.roles import EXCLUDED_PAIRS, NOT_A_POST, Role
from canbao.web.accounts.sentences import KINDS

_STEPS = {
    Decision.SUBMIT: "提出申请",
    Decision.APPROVE: "批准",
    Decision.REFUSE: "不予批准",
    Decision.WITHDRAW: "撤回",
    Decision.SEND_BACK: "退回",
}
_TONES = {State.SUBMITTED: "wait", State.APPROVED: "ok", State.REFUSED: "bad"}


@dataclass(frozen=True)
class PostRow:
    """left, width: where its bar stands on the time line, in per cent."""

    post: Any
    role: Role
    office: str
    state: str
    tone: str
    last_day: date | None
    left: float = 0
    width: float = 0

    @property
    def may_end(self) -> bool:
        return self.state in ("在任", "将任")


def post_rows(posts: Sequence[Any], *, on: date) -> list[PostRow]:
    """With bars from the first beginning to half a year from now, or to the last date known."""
    dates = [post.valid_from for post in posts] + [post.valid_to for post in posts if post.valid_to]
    start = min([*dates, on])
    end = max([*dates, on + timedelta(days=180)])
    return [_post_row(post, start, end, on) for post in posts]


def marks(posts: Sequence[Any], *, on: date) -> list[tuple[float, str]]:
    """Where today and the first of each year stand on the time line."""
    dates = [post.valid_from for post in posts] + [post.valid_to for post in posts if post.valid_to]
    start, end = min([*dates, on]), max([*dates, on + timedelta(days=180)])
    step = max(1, (end.year - start.year) // 8)
    years = [date(year, 1, 1) for year in range(start.year + 1, end.year + 1, step)]
    return [(_share(on, start, end), "今天"), *((_share(day, start, end), str(day.year)) for day in years)]


def _post_row(post: Any, start: date, end: date, on: date) -> PostRow:
    state, tone = _state(post, on)
    left = _share(post.valid_from, start, end)
    width = _share(min(post.valid_to or end, end), start, end) - left
    last = post.valid_to - timedelta(days=1) if post.valid_to and post.valid_to > post.valid_from else None
    return PostRow(post, Role(post.role), office_full_name(post.office), state, tone, last, left, max(width, 0.6))


def _state(post: Any, on: date) -> tuple[str, str]:
    if post.valid_to == post.valid_from:
        return "未到任即取消", "plain"
    if post.valid_to and post.valid_to <= on:
        return "已卸任", "plain"
    return ("将任", "look") if post.valid_from > on else ("在任", "ok")


def _share(day: date, start: date, end: date) -> float:
    return round((day - start).days / max((end - start).days, 1) * 100, 2)


@dataclass(frozen=True)
class RequestRow:
    asked: Any
    state: State
    tone: str
    old: str
    new: str
    period: str
    steps: list[dict[str, str]]


def request_row(asked: Any) -> RequestRow:
    state = State(asked.state)
    old = f"{office_full_name(asked.post.office)} · {Role(asked.post.role).label}" if asked.post else ""
    new = f"{office_full_name(asked.office)} · {Role(asked.role).label}" if asked.role else ""
    steps = [{**step, "what": _STEPS[Decision(step["decision"])]} for step in asked.steps]
    return RequestRow(asked, state, _TONES.get(state, "plain"), old, new, _period(asked), steps)


def _period(asked: Any) -> str:
    if asked.kind == "END":
        return f"自 {asked.valid_to} 起终止"
    if not asked.valid_from:
        return ""
    last = f"，至 {asked.valid_to - timedelta(days=1)}" if asked.valid_to else "，长期"
    return f"自 {asked.valid_from} 起{last}"


@dataclass(frozen=True)
class RoleRow:
    role: Role
    levels: str
    excludes: str


def role_rows() -> list[RoleRow]:
    """Every post with where it exists and what it excludes; a role that excludes all others says so in a word."""
    roles = [role for role in Role if role not in NOT_A_POST]
    return [RoleRow(role, "、".join(KINDS[kind] for kind in role.levels), _excludes(role, roles)) for role in roles]


def _excludes(role: Role, roles: list[Role]) -> str:
    others = [other for other in roles if frozenset({role, other}) in EXCLUDED_PAIRS]
    if len(others) == len(roles) - 1:
        return "其他所有岗位"
    exclusive = {
        other for other in others if all(frozenset({other, one}) in EXCLUDED_PAIRS for one in roles if one != other)
    }
    named = [other.label for other in others if other not in exclusive]
    return "、".join([*named, "业务指导岗和三类管理员"])


def matrix() -> list[tuple[Permission, list[bool]]]:
    """Each permission, and whether each role has it."""
    return [(permission, [permission in PERMISSIONS[role] for role in Role]) for permission in Permission]
