"""A household survey on the demo's city, handed down to the villages of one district, so that every post has something to do."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from canbao.cli.context import now
from canbao.rules.period import day_of
from canbao.rules.roles import Actor, Role
from canbao.rules.survey import VisitReason
from canbao.services.survey import building, dispatching, listing, rounds
from canbao.services.survey.dispatching import Depth

_OPENER, _TOWN_CLERK = "quban", "zhenban"  # of the demo's accounts
_REASONS = (
    VisitReason.NOT_ENROLLED,
    VisitReason.LAPSED,
    VisitReason.MISSING_SCHEME,
    VisitReason.MAY_JOIN,
    VisitReason.NEWBORN,
)


def open_demo_round(village: str) -> str:
    """What was done, for a terminal that is watched; nothing where a round of the district is there already or nobody is to be visited."""
    district, town = village[:6], village[:15]
    clerk = Actor(_OPENER, Role.DISTRICT_CLERK, district)
    on = day_of(now())
    rows = [stand.round for stand in rounds.listed(clerk, on=on) if stand.round.office == district]
    if rows and rows[0].state != "BUILDING":  # one that is still being built was interrupted
        return ""
    wanted = rounds.Wanted("演示：入户调查", _REASONS, due_on=on + timedelta(days=30), call_percent=10)
    round_ = rows[0] if rows else rounds.open_round(wanted, actor=clerk, at=now(), in_background=False)[0]
    made = building.build(round_.pk, actor=clerk, at=now())
    towns = [row.office for row in dispatching.below(clerk, made.pk, on=on) if row.waiting and not row.is_rest]
    if not towns:
        return ""
    at = now()
    done = dispatching.dispatch(made.pk, offices=towns, depth=Depth.VILLAGE, actor=clerk, at=at)
    reached = dispatching.reached_villages(made.pk, dispatched_at=at, actor=clerk)
    _to_the_village(made.pk, town, village)
    return f"已由区县经办({_OPENER})组织一次入户调查:名单 {made.counts['people']:,} 人,已下发 {done:,} 人,其中到村社 {reached:,} 人。"


def _to_the_village(round_id: int, town: str, village: str) -> None:
    """The town gives its whole list to the one village that has an account: an invented village alone has some five households."""
    clerk, at = Actor(_TOWN_CLERK, Role.TOWN_CLERK, town), now()
    rows = listing.chosen(clerk, round_id, on=day_of(at))
    with suppress(dispatching.NothingToMove):
        dispatching.reassign(round_id, rows=rows, office=village, reason="演示：全镇由一个村社走访", actor=clerk, at=at)
