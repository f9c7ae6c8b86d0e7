"""The people of some towns, with their insurances and what clerks said of them, from the register into the set engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, literals, sql
from canbao.bulk.villages import learning
from canbao.rules.division import DivisionTree, Level
from canbao.rules.offices import VILLAGE_PATH, office_path
from canbao.rules.village_choice import PLACED, AssignmentState
from canbao.services.registry.copying import copy_query_out

_BIGINT = sql("bigint")
_RESIDENT = (
    "id", "household_no", "office_path", "scope", "hukou_division", "hukou_address", "home_division", "home_address",
)  # fmt: skip
# The office that the departments' codes name, whatever was found out since. A person who went back to what was known earlier, as a reversal
# and an undone merger make of him, may stand in a village that is in the history of the assignments only.
BASE = sql(
    """case when p.office_path = a.village_path and a.state in ({placed}) then a.base_path
    when length(p.office_path) < {village} then p.office_path
    when substr(p.office_path, 7) = case p.scope when 'LOCAL_HUKOU' then p.hukou_division else p.home_division end then p.office_path
    else coalesce((select h.base_path from village_assignment_history h
        where h.person_id = p.id and h.village_path = p.office_path and h.state in ({placed}) order by h.id desc limit 1), p.office_path) end""",
    placed=literals(PLACED),
    village=VILLAGE_PATH,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Towns that are worked out together. agencies: the paths of the districts that they belong to."""

    towns: tuple[str, ...]
    agencies: tuple[str, ...]


def part_of(tree: DivisionTree, towns: Iterable[str], *, on: date) -> Part:
    """The part of these towns as they are on a day."""
    found = tuple(sorted(town for town in set(towns) if tree.known(town) and tree.at(town, on).level is Level.TOWN))
    return Part(found, tuple(sorted({office_path(town, on)[:6] for town in found})))


def _people(part: Part) -> SQL:
    """The numbers of all who have to do with the towns: responsible there, an address there, or known no nearer than its district."""
    return sql(
        """
        select p.id from unnest(array[{paths}]::varchar[]) w(path)
            join person p on p.office_path >= w.path collate "C" and p.office_path <= (w.path || '~') collate "C"
        union select id from person where left(home_division, 9) in ({towns})
        union select id from person where left(hukou_division, 9) in ({towns})
        union select id from person where office_path in ({agencies})""",
        paths=literals(sorted({agency + town for town in part.towns for agency in _agencies(town, part)})),
        towns=literals(part.towns),
        agencies=literals(part.agencies or ("",)),
    )


def _agencies(town: str, part: Part) -> Iterable[str]:
    """A town that changed hands may stand in the register under either."""
    return {*part.agencies, town[:6]}


def gather(engine: DuckEngine, part: Part, tree: DivisionTree, *, folder: Path) -> None:
    """Make the tables that `learning.learn` reads, and village_path(village, path)."""
    people = _people(part)
    copy_query_out(
        engine,
        sql(
            """select p.id, p.household_no, {base}, p.scope, p.hukou_division, p.hukou_address, p.home_division, p.home_address
            from person p left join village_assignment a on a.person_id = p.id where p.id in ({people})""",
            base=BASE, people=people,
        ),
        _RESIDENT, to="resident", types={"id": _BIGINT}, folder=folder,
    )  # fmt: skip
    copy_query_out(
        engine,
        sql(
            """select person_id, enrolment_division, count(*) from enrolment
            where length(enrolment_division) = 12 and person_id in ({people}) group by 1, 2""",
            people=people,
        ),
        ("person_id", "village", "rows"), to="insured", types={"person_id": _BIGINT, "rows": _BIGINT}, folder=folder,
    )  # fmt: skip
    copy_query_out(
        engine,
        sql(
            "select a.person_id, a.village from village_assignment a join person p on p.id = a.person_id"
            " where a.state in ({said}) and a.town in ({towns}) and {base} = a.base_path",
            said=literals((AssignmentState.CONFIRMED, AssignmentState.CORRECTED)),
            towns=literals(part.towns), base=BASE,
        ),
        ("id", "village"), to="confirmed", types={"id": _BIGINT}, folder=folder,
    )  # fmt: skip
    learning.load_villages(engine, tree, _towns_of(tree, part))


def _towns_of(tree: DivisionTree, part: Part) -> Sequence[str]:
    """All towns of the districts: an address may name any of them."""
    districts = {town[:6] for town in part.towns} | set(part.agencies)
    return sorted(
        {
            version.code
            for version in tree.all_versions()
            if version.level is Level.TOWN and (version.code[:6] in districts or version.parent in districts)
        }
    )


def every_town(tree: DivisionTree) -> list[str]:
    """All towns that ever were."""
    return sorted({version.code for version in tree.all_versions() if version.level is Level.TOWN})
