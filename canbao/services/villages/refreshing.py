"""Villages worked out from addresses: for the whole city, or for the towns that changed (规程第五条).

The whole city teaches what each kind of evidence is worth; in between these figures stand, and a change costs its towns. A part worked
out by itself gives what working out the whole with the same figures gives.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from canbao.bulk.engine import DuckEngine
from canbao.bulk.villages import keeping, learning
from canbao.rules import village_choice
from canbao.rules.division import CITY, Level, load_tree
from canbao.rules.period import day_of
from canbao.rules.roles import Actor
from canbao.rules.village_choice import RULE_VERSION
from canbao.services import audit
from canbao.services.villages import changed, gathering, paths, resuming, writing
from canbao.services.villages.gathering import Part
from canbao.store.models import Person, VillageRun

AT_ONCE: Final = 1_500_000  # people that are worked out together
MUCH: Final = 0.5  # of the towns: where more than that changed, the city is another, and is learnt anew
_LOCK: Final = 4_201_160_002  # one at a time per register
Step = Callable[[str], None]


class AlreadyRefreshingError(Exception):
    """Villages are being worked out already."""


def refresh(
    *, actor: Actor, at: datetime, whole: bool = False, learn: bool = True, step: Step = lambda name: None
) -> VillageRun | None:
    """Bring the villages of people up to date: of the whole city, or of the towns that changed; None if none did.

    The first time, after a change of the rules and where most towns changed it is the whole city.

    learn: with the whole city, learn anew what evidence is worth. Raises AlreadyRefreshingError.
    """
    with _alone():
        mark = changed.mark_now(at)
        before = changed.since_last()
        everywhere = gathering.every_town(load_tree())
        chosen = [] if whole or before is None else _towns(before)
        whole = whole or before is None or _has_other_rules() or len(chosen) > len(everywhere) * MUCH
        chosen = everywhere if whole else chosen
        if not chosen:
            return None
        parts = _parts(chosen, at, of=len(everywhere))
        counts = _carry_out(parts, learns=whole and learn, actor=actor, at=at, step=step)
        with transaction.atomic():
            run = VillageRun.objects.create(
                whole=whole, towns=sum(len(part.towns) for part in parts), rule_version=RULE_VERSION, counts=counts,
                history_mark=mark.history, enrolment_mark=mark.enrolment, oldest_open=mark.oldest_open,
                next_open=mark.next_open, began_at=mark.at, run_by=actor.account, run_at=at,
            )  # fmt: skip
            audit.record(
                audit.Event.VILLAGES_WORKED_OUT, actor=actor, at=at, target_kind="village_run", target_id=str(run.pk),
                basis=writing.BASIS, detail={"towns": run.towns, **counts},
            )  # fmt: skip
        return run


def _has_other_rules() -> bool:
    """The whole city was learnt by another version of the rules."""
    last = VillageRun.objects.filter(whole=True).order_by("-pk").first()
    return last is None or last.rule_version != RULE_VERSION


def _towns(before: changed.Since) -> list[str]:
    """Those that changed; districts among their codes stand for all their towns."""
    found = set(changed.changed_towns(before))
    districts = {code for code in found if len(code) == 6}
    if districts:
        found |= {
            version.code
            for version in load_tree().all_versions()
            if version.level is Level.TOWN and (version.parent in districts or version.code[:6] in districts)
        }
    return sorted(found - districts)


def _parts(towns: Sequence[str], at: datetime, *, of: int) -> list[Part]:
    """These towns, of so many in the city, in parts of whole districts, each of not many more than AT_ONCE people."""
    tree, on = load_tree(), day_of(at)
    of_agency: dict[str, list[str]] = {}
    for town in towns:
        of_agency.setdefault(paths.agency_of(town, on), []).append(town)
    share = max(1, -(-Person.objects.count() * len(towns) // (AT_ONCE * of)))
    agencies = sorted(of_agency)
    most = -(-len(agencies) // share)
    groups = [agencies[first : first + most] for first in range(0, len(agencies), most)]
    return [
        gathering.part_of(tree, [town for agency in group for town in of_agency[agency]], on=on) for group in groups
    ]


def _carry_out(parts: Sequence[Part], *, learns: bool, actor: Actor, at: datetime, step: Step) -> dict[str, int]:
    work = Path(settings.CANBAO_HOME) / "tmp" / "villages"
    shutil.rmtree(work, ignore_errors=True)  # what a killed one left; nobody else is at work
    try:
        folders = [work / f"part-{number}" for number in range(len(parts))]
        for number, (part, folder) in enumerate(zip(parts, folders, strict=True), 1):
            step(f"读取地址，归纳各村（社区）的地址用语（{number}/{len(parts)}）")
            resuming.resume(part)
            _learn(part, folder)
        with _engine(work, folders) as engine:
            if learns:
                _teach_evidence(engine, folders)
            worth = _worth()
            if learns:
                _teach_leads(engine, folders, worth)
            counts = {"decided": 0, "ended": 0, "moved": 0}
            for number, (part, folder) in enumerate(zip(parts, folders, strict=True), 1):
                step(f"判定村（社区）（{number}/{len(parts)}）")
                for name, count in _decide(engine, part, folder, worth, actor=actor, at=at).items():
                    counts[name] += count
        return counts
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _learn(part: Part, folder: Path) -> None:
    folder.mkdir(parents=True)
    with _engine(folder / "engine", [folder]) as engine:
        gathering.gather(engine, part, load_tree(), folder=folder / "engine")
        learning.learn(engine)
        keeping.keep(engine, folder, part.towns)


def _engine(work: Path, folders: Sequence[Path]) -> DuckEngine:
    return DuckEngine(work, writes=folders, memory_limit=settings.CANBAO_MEMORY)


def _teach_evidence(engine: DuckEngine, folders: Sequence[Path]) -> None:
    """What each kind of evidence was worth in the whole city."""
    rows = [(CITY, rule, band, people, right) for rule, band, people, right in keeping.sums(engine, folders)]
    with transaction.atomic():
        writing.write_trials([CITY], rows)


def _worth() -> dict[tuple[str, str], float]:
    return {
        key: village_choice.proven(right, people)
        for key, (right, people) in writing.city_trials().items()
        if key[0]  # with rule "" it is a lead
    }


def _teach_leads(engine: DuckEngine, folders: Sequence[Path], worth: dict[tuple[str, str], float]) -> None:
    """What each lead of the best village was worth in the whole city."""
    sums: dict[int, tuple[int, int]] = {}
    for folder in folders:
        for _, ahead, people, right in keeping.choose(engine, folder, worth):
            before = sums.get(ahead, (0, 0))
            sums[ahead] = (before[0] + people, before[1] + right)
    evidence = [(CITY, rule, band, n, right) for (rule, band), (right, n) in writing.city_trials().items() if rule]
    leads = [(CITY, "", str(ahead), people, right) for ahead, (people, right) in sums.items()]
    with transaction.atomic():
        writing.write_trials([CITY], [*evidence, *leads])


def _decide(
    engine: DuckEngine, part: Part, folder: Path, worth: dict[tuple[str, str], float], *, actor: Actor, at: datetime
) -> dict[str, int]:
    proved = keeping.choose(engine, folder, worth)
    verdicts = _verdicts(proved, keeping.leads(engine))
    keeping.load_verdicts(engine, verdicts)
    paths.load(engine, part.towns, day_of(at))
    with transaction.atomic():
        writing.write_learnt(engine, folder, part)
        writing.write_trials(
            part.towns, [(town, "", str(ahead), people, right) for town, ahead, people, right in proved]
        )
        return dict(writing.apply(engine, keeping.answers(paths.TABLE), part, actor=actor.account, at=at))


def _verdicts(
    proved: Sequence[tuple[str, int, int, int]], leads: Sequence[tuple[str, int, int]]
) -> Iterator[tuple[str, int, float, bool]]:
    """For each town and lead: how often such answers are right there, and whether they need no clerk."""
    city = {int(band): counts for (rule, band), counts in writing.city_trials().items() if not rule}
    shares = village_choice.rising(city)
    own = {(town, ahead): (right, people) for town, ahead, people, right in proved}
    of_town: dict[str, dict[int, tuple[int, float]]] = {}
    for town, ahead, people in leads:
        share = village_choice.in_town(*own.get((town, ahead), (0, 0)), village_choice.at_lead(shares, ahead))
        of_town.setdefault(town, {})[ahead] = (people, share)
    for town, steps in of_town.items():
        least = village_choice.cut(steps)
        for ahead, (_, share) in steps.items():
            yield town, ahead, share, least is not None and ahead >= least


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        if not (cursor.fetchone() or (False,))[0]:
            raise AlreadyRefreshingError
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
