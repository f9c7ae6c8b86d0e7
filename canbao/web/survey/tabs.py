"""The pages of one round, side by side, for accounts that may open them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse

from canbao.rules.permissions import Permission, allows
from canbao.web.request import PageRequest


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    address: str
    here: bool


_TABS: Final[tuple[tuple[str, str, Permission], ...]] = (
    ("进度", "survey-round", Permission.SURVEY_VIEW),
    ("走访名单", "survey-list", Permission.SURVEY_VIEW),
    ("下发", "survey-dispatch", Permission.SURVEY_DISPATCH),
    ("打印", "survey-print", Permission.SURVEY_PRINT),
    ("收表", "survey-return", Permission.SURVEY_RETURN),
    ("录入", "survey-entry", Permission.SURVEY_ENTER),
    ("审核办结", "survey-check", Permission.SURVEY_CHECK),
    ("新发现", "survey-found", Permission.SURVEY_VIEW),
    ("回访", "survey-calls", Permission.SURVEY_CALL),
    ("变更申请", "survey-changes", Permission.CHANGE_VIEW),
    ("设置", "survey-set", Permission.SURVEY_VIEW),
)


def tabs_of(request: PageRequest, round_id: int, *, here: str) -> list[Tab]:
    """For `{% include "survey/_tabs.html" %}`; here: the route that is open."""
    found = []
    for label, route, need in _TABS:
        try:
            address = reverse(route, args=[round_id])
        except NoReverseMatch:
            continue
        if allows(request.acting.role, need):
            found.append(Tab(label, address, route == here))
    return found
