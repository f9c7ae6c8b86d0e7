"""A clerk's word on a village ends with the office that the departments named, and holds again when they name it again (规程第五条)."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from canbao.bulk.sqltext import checked, columns, each, literals, sql
from canbao.rules.village_choice import BY_CLERK
from canbao.services.villages.gathering import BASE, Part

KEPT: Final = (
    "person_id", "base_path", "town", "village", "village_path", "rule", "people", "in_village", "share", "state", "rule_version",
    "reason", "act", "decided_by", "decided_at", "office_path",
)  # fmt: skip
"""What an assignment and its history have in common."""


@transaction.atomic
def resume(part: Part) -> int:
    """Let the last word of a clerk for the office of each person hold again, in these towns; says for how many it does.

    For people who have none now, and not where the clerk's act was undone. Call before the towns are learnt: the words teach.
    """
    with connection.cursor() as cursor:
        cursor.execute(checked(_RESUME), {"towns": list(part.towns), "agencies": list(part.agencies)})
        return int(cursor.rowcount)


_RESUME = sql(
    """insert into village_assignment as t ({kept})
    select distinct on (h.person_id) {of_h} from village_assignment_history h join person p on p.id = h.person_id
    left join village_assignment a on a.person_id = p.id
    where h.ended and h.state in ({said}) and (h.town = any(%(towns)s) or h.base_path = any(%(agencies)s))
        and (a.person_id is null or a.state not in ({said})) and {base} = h.base_path
        and not exists (select from village_act v where v.id = h.act and v.undone_at is not null)
    order by h.person_id, h.id desc
    on conflict (person_id) do update set {new}""",
    kept=columns(KEPT),
    of_h=columns(KEPT, "h"),
    said=literals(BY_CLERK),
    base=BASE,
    new=each("{name} = excluded.{name}", KEPT[1:]),
)
