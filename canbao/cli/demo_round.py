"""A household survey on the demo's city, handed down to the villages of one district, so that every post has something to do."""

from __future__ import annotations

from datetime import timedelta

from canbao.cli.context import now
from canbao.rules.period import day_of
from canbao.rules.roles import Actor, Role
from canbao.rules.survey import VisitReason
from canbao.services.survey import building, dispatching, rounds
from canbao.services.survey.dispatching import Depth

_OPENER = "quban"  # the district's clerk among the demo's accounts
_REASONS = (
    VisitReason.NOT_ENROLLED,
    VisitReason.LAPSED,
    VisitReason.MISSING_SCHEME,
    VisitReason.MAY_JOIN,
    VisitReason.NEWBORN,
)


def open_demo_round(district: str) -> str:
    """What was done, for whoever looks on; nothing where a round of the district is there already or nobody is to be visited."""
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
    done = dispatching.dispatch(made.pk, offices=towns, depth=Depth.VILLAGE, actor=clerk, at=now())
    return f"已由区县经办({_OPENER})组织一次入户调查:名单 {made.counts['people']:,} 人,已下发到村社 {done:,} 人。"
