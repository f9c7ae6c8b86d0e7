"""From weighed pairs to persons: attach weak units to strong ones, join the rest among themselves, name the doubtful.

Two strong units are never joined here: two valid numbers are two people until a clerk decides otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from canbao.bulk.matching.components import components
from canbao.bulk.matching.plain.candidates import is_weak
from canbao.bulk.matching.plain.entries import Entry
from canbao.bulk.matching.plain.units import Units
from canbao.bulk.matching.plain.weighing import Weighed
from canbao.bulk.matching.record import Decision, Link
from canbao.rules.matching import (
    DOUBTS_SHOWN,
    LISTS_ONCE,
    Band,
    Near,
    NumberLink,
    Rule,
    clear,
    doubtful,
    links,
    rule_for,
    shown,
)

Pair = tuple[int, int]

_WITHIN = {
    "L": Rule.SAME_DOCUMENT,
    "O": Rule.OLD_NUMBER,
    "B": Rule.NEWBORN_MOTHER,
    "P": Rule.SAME_PERSON_NO,
    "S": Rule.SAME_NUMBER,
    "R": Rule.SAME_NUMBER,
}


@dataclass(frozen=True)
class Settled:
    """clusters: the person of every unit."""

    links: list[Link]
    doubts: list[Weighed]
    clusters: dict[int, int]


@dataclass(frozen=True)
class Attached:
    """The best strong unit of a weak one."""

    n17: int
    rule: Rule
    sure: bool


def build(units: Units, weighed: list[Weighed], decisions: list[Decision]) -> Settled:
    """Links of all entries, and the pairs to show to a clerk."""
    apart, together = _decided(units, decisions)
    weighed = [w for w in weighed if (w.unit, w.other) not in apart]
    sure = _sure(_attach(units, weighed, apart), units, weighed, apart)
    roots = _join(units, weighed, sure, apart)
    cluster = {u: sure[u].n17 if u in sure else roots.get(u, u) for u in units.weak}
    rules = _rules(weighed, sure, roots)
    merged = components((cluster.get(a, a), cluster.get(b, b)) for a, b in together)
    doubts = _doubts(units, weighed, cluster, merged)
    people = {unit: merged.get(own, own) for unit in units.members for own in [cluster.get(unit, unit)]}
    return Settled(_links(units, cluster, rules, merged, doubts), doubts, people)


def _decided(units: Units, decisions: list[Decision]) -> tuple[set[Pair], set[Pair]]:
    """Units that clerks held apart (both ways), and those they found to be one."""
    apart: set[Pair] = set()
    together: set[Pair] = set()
    for d in decisions:
        a, b = units.unit_of.get((d.a_source, d.a_key)), units.unit_of.get((d.b_source, d.b_key))
        if a is None or b is None:
            continue
        if d.same:
            together.add((a, b))
        else:
            apart |= {(a, b), (b, a)}
    return apart, together


def _attach(units: Units, weighed: list[Weighed], apart: set[Pair]) -> dict[int, Attached]:
    """The best strong unit of each weak one; a person may be known only through another weak unit that has found it.

    What forbids the direct link forbids this one: 李国? is no bridge from 李国庆 to 李国强,
    nor does another system's entry join two entries of one list.
    """
    direct = [(w.unit, w.other, w.bits, w.may_link, rule_for(w.seen)) for w in weighed if not is_weak(w.other)]
    forbidden = {(w.unit, w.other) for w in weighed if w.seen.same_list or not w.may_link} | apart
    first = {u: a for u, a in _best(units, direct).items() if a.sure}
    through = [
        (w.unit, first[w.other].n17, w.bits, w.may_link, Rule.SAME_TRAITS)
        for w in weighed
        if is_weak(w.other) and not w.unnamed and w.other in first
    ]
    return _best(units, [*direct, *(c for c in through if (c[0], c[1]) not in forbidden)])


def _best(units: Units, candidates: Iterable[tuple[int, int, float, bool, Rule]]) -> dict[int, Attached]:
    by_unit: dict[int, dict[int, list[tuple[float, Rule, bool]]]] = defaultdict(lambda: defaultdict(list))
    for unit, n17, bits, may, rule in candidates:
        by_unit[unit][n17].append((-bits, rule, may))
    found = {}
    for unit, options in by_unit.items():
        (bits, n17), *rest = sorted((min(seen)[0], n17) for n17, seen in options.items())
        second = -rest[0][0] if rest else None
        may = any(may for _, _, may in options[n17])
        sure = may and links(-bits, units.people) and clear(-bits, second)
        found[unit] = Attached(n17, min(options[n17])[1], sure)
    return found


def _sure(attached: dict[int, Attached], units: Units, weighed: list[Weighed], apart: set[Pair]) -> dict[int, Attached]:
    """Those without doubt: no possible twin, and nobody held apart by a clerk, competes for the same person."""
    sure = {u: a for u, a in attached.items() if a.sure}
    of_unit: dict[int, list[Weighed]] = defaultdict(list)
    for w in weighed:
        of_unit[w.unit].append(w)
    while unsure := {u for u, a in sure.items() if _maybe_twin(a, of_unit[u], sure, units.people)}:
        for u in unsure:
            del sure[u]
    rivals = {u for u, v in apart if u in sure and v in sure and sure[u].n17 == sure[v].n17}
    return {u: a for u, a in sure.items() if u not in rivals}


def _maybe_twin(mine: Attached, weighed: list[Weighed], sure: dict[int, Attached], people: int) -> bool:
    """A nameless child with another possible self in the same home: nobody is linked on that."""
    if not any(w.other == mine.n17 and w.unnamed for w in weighed):
        return False
    for w in weighed:
        at_home = w.seen.birth is Near.SAME and (w.seen.homes > 0 or w.seen.mother)
        if w.other == mine.n17 or not at_home or not doubtful(w.bits, people):
            continue
        person = sure[w.other].n17 if w.other in sure else w.other
        if person != mine.n17 or (w.seen.same_list and not w.seen.certificate):
            return True
    return False


def _join(units: Units, weighed: list[Weighed], sure: dict[int, Attached], apart: set[Pair]) -> dict[int, int]:
    """Weak units that found no strong one, joined among themselves.

    A group in which one list names two people is dissolved, twins and look-alikes; so is one that a clerk held apart.
    """
    peopled = {
        w.unit
        for w in weighed
        if not is_weak(w.other) and w.seen.birth is Near.SAME and (w.seen.homes > 0 or w.seen.mother)
    }
    edges = [
        (w.unit, w.other)
        for w in weighed
        if is_weak(w.other) and w.unit < w.other and w.unit not in sure and w.other not in sure
        if links(w.bits, units.people) and w.may_link and _may_join(w, peopled)
    ]
    roots = components(edges)
    lists = Counter((root, source) for u, root in roots.items() for source in {e.source for e in units.members[u]})
    wrong = {root for (root, source), n in lists.items() if source in LISTS_ONCE and n > 1}
    wrong |= {roots[a] for a, b in apart if a in roots and roots[a] == roots.get(b)}
    return {u: root for u, root in roots.items() if root not in wrong}


def _may_join(w: Weighed, peopled: set[int]) -> bool:
    """One list names most people once; a nameless child is not joined where one with a number may be meant."""
    seen = w.seen
    if seen.same_list and not (seen.certificate or seen.person_no or seen.number is NumberLink.REPAIRED):
        return False
    return not w.unnamed or (w.unit not in peopled and w.other not in peopled)


def _rules(weighed: list[Weighed], sure: dict[int, Attached], roots: dict[int, int]) -> dict[int, Rule]:
    """What linked each weak unit: its strong unit, or the heaviest evidence it shares with another weak one."""
    among: dict[int, tuple[float, Rule]] = {}
    for w in weighed:
        if is_weak(w.other):
            for u in (w.unit, w.other):
                among[u] = min(among.get(u, (0.0, Rule.SAME_TRAITS)), (-w.bits, rule_for(w.seen)))
    return {u: among[u][1] for u in roots} | {u: a.rule for u, a in sure.items()}


def _doubts(units: Units, weighed: list[Weighed], cluster: dict[int, int], merged: dict[int, int]) -> list[Weighed]:
    """The heaviest open pairs of each weak unit that found no strong one."""
    final = {u: merged.get(c, c) for u, c in cluster.items()}
    by_unit: dict[int, list[Weighed]] = defaultdict(list)
    for w in weighed:
        own, other = final[w.unit], final.get(w.other, merged.get(w.other, w.other))
        once = not is_weak(w.other) or w.unit < w.other
        if once and shown(w.seen, w.bits, units.people) and own != other and is_weak(own):
            by_unit[w.unit].append(w)
    return [w for ws in by_unit.values() for w in sorted(ws, key=lambda w: (-w.bits, w.other))[:DOUBTS_SHOWN]]


def _links(
    units: Units, cluster: dict[int, int], rules: dict[int, Rule], merged: dict[int, int], doubts: list[Weighed]
) -> list[Link]:
    size: Counter[int] = Counter()
    for unit, members in units.members.items():
        size[cluster.get(unit, unit)] += len(members)
    in_doubt = {merged.get(cluster[w.unit], cluster[w.unit]) for w in doubts}
    found = []
    for unit, members in units.members.items():
        own = cluster.get(unit, unit)
        person = merged.get(own, own)
        decided = own in merged and (person != own or size[own] == 1)
        for e in members:
            rule, band = _verdict(e, unit, units, rules, alone=size[own] == 1 and own not in merged, decided=decided)
            band = Band.CLERICAL if is_weak(unit) and person in in_doubt else band
            found.append(Link(e.source, e.record_key, person, rule, band))
    return found


def _verdict(
    e: Entry, unit: int, units: Units, rules: dict[int, Rule], *, alone: bool, decided: bool
) -> tuple[Rule, Band]:
    if alone:
        return Rule.NO_PARTNER, Band.ALONE
    if decided:
        return Rule.DECIDED, Band.STRONG
    if is_weak(unit):
        kind = units.weak[unit].kind
        exact = unit not in rules and kind == "L"
        return rules.get(unit, _WITHIN[kind]), Band.EXACT if exact else Band.STRONG
    if e.old:
        return Rule.OLD_NUMBER, Band.STRONG
    if e.key != units.strong[unit].key:
        return Rule.SAME_NUMBER_OTHER_NAME, Band.STRONG
    return Rule.SAME_NUMBER, Band.STRONG if unit in units.disputed else Band.EXACT
