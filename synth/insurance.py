"""Extracts of the four insurance systems: one row per person and insurance type."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import numbers, records, shape
from synth.errors import Kind
from synth.model import DECEASED
from synth.records import Block, Sheet
from synth.strings import blank, constant, dates, patch, pick, where
from synth.work import ACTIVE, EMPLOYEE, ENDED, PAUSED, SCHEMES, employers

Ints = NDArray[np.int64]

SYSTEM_SCHEMES = {
    "employee": ("110", "310", "210", "410", "510"),
    "resident_pension": ("170",),
    "resident_medical": ("390",),
    "public_pension": ("120",),
}
OTHER_CODES = {"170": ("150",), "390": ("380", "391")}
DIVISION_SHARES = {"employee": (0.7, 0.2, 0.1), "public_pension": (0.8, 0.2, 0.0)}
COLUMNS = [
    "AAC001",
    "AAC058",
    "AAC147",
    "AAC003",
    "AAC004",
    "AAC005",
    "AAC006",
    "AAE140",
    "AAC049",
    "AAC008",
    "AAC031",
    "AAC066",
    "AAB001",
    "AAB998",
    "AAB004",
    "AAB301",
    "AAE005",
    "AAE006",
    "AIC162",
    "AAE030",
    "AAE031",
    "AAZ500",
    "AAZ502",
]
PENSIONS = ("110", "120", "170")


def sheet(block: Block, source: str) -> Sheet:
    """The extract of one system for one block."""
    rng, schemes = block.rng(source), SYSTEM_SCHEMES[source]
    held = np.stack([block.work.status[scheme] for scheme in schemes], axis=1)
    person = np.flatnonzero(held.any(axis=1))
    held = held[person]
    person, held, serial = _second_numbers(rng, block, source, person, held)
    item = records.record(block, source, rng, person)
    own = records.own_number(block, source, person, serial)
    _mark(item.mask, np.flatnonzero(serial > 0), Kind.SECOND_PERSON_NO)
    place = np.where(rng.random(len(person)) < 0.7, block.people.village[person], block.people.lives_in[person])
    own, partner = _share_numbers(rng, source, own, held, item.mask)
    at = records.locate(block, place, block.people.household[person], source)
    facts = _person_columns(block, source, rng, item, own, person, place, at)
    line, column = np.nonzero(held)
    chosen = pa.array(line)
    columns = {name: values.take(chosen) for name, values in facts.items()}
    result = Sheet(columns, own, person[line], item.mask[line])
    if at.village is not None and at.kinds is not None:
        result.village, result.kinds = at.village[line], at.kinds[line]
    columns |= _enrolment_columns(block, rng, schemes, line, column, held, person, partner, result.mask)
    result.columns = {name: columns[name] for name in COLUMNS}
    result.key = pa.compute.binary_join_element_wise(result.columns["AAC001"], result.columns["AAE140"], "")
    return result


def _mark(mask: Ints, spots: Ints, kind: Kind) -> None:
    mask[spots] |= np.int64(1) << np.int64(kind)


def _second_numbers(
    rng: np.random.Generator, block: Block, source: str, person: Ints, held: Ints
) -> tuple[Ints, Ints, Ints]:
    """Some people have a second, usually paused, registration under another number."""
    share = shape.SECOND_NUMBER.get(source, 0.0)
    again = np.flatnonzero((rng.random(len(person)) < share) & (held[:, 0] > 0))
    extra = np.zeros((len(again), held.shape[1]), np.int64)
    extra[:, 0] = np.where(rng.random(len(again)) < 0.7, PAUSED, ACTIVE)
    serial = np.r_[np.zeros(len(person), np.int64), np.ones(len(again), np.int64)]
    return np.r_[person, person[again]], np.vstack([held, extra]), serial


def _share_numbers(
    rng: np.random.Generator, source: str, own: pa.Array, held: Ints, mask: Ints
) -> tuple[pa.Array, Ints]:
    """One system number given to two people; their insurance types differ, so the keys do too."""
    partner = np.zeros(len(held), np.int64)  # 1: the one whose resident scheme is written with the old code
    if source == "employee":
        alone = np.flatnonzero((held[:, 3] > 0) & (np.count_nonzero(held, axis=1) == 1))
        others = np.flatnonzero((held[:, 3] == 0) & (held[:, 0] > 0))
        takers = alone[rng.random(len(alone)) < 0.004]
        givers = rng.permutation(others)[: len(takers)]
        takers = takers[: len(givers)]
    elif source in ("resident_pension", "resident_medical"):
        slots = np.arange(0, len(held) - 10, 10)
        takers = slots[rng.random(len(slots)) < 0.002]
        givers = takers + 1 + rng.integers(0, 8, len(takers))
        partner[takers], partner[givers] = 1, 2
    else:
        return own, partner
    _mark(mask, takers, Kind.SHARED_PERSON_NO)
    _mark(mask, givers, Kind.SHARED_PERSON_NO)
    return patch(own, takers, own.take(pa.array(givers))), partner


def _person_columns(
    block: Block,
    source: str,
    rng: np.random.Generator,
    item: records.Record,
    own: pa.Array,
    person: Ints,
    place: Ints,
    at: records.Located,
) -> dict[str, pa.Array]:
    people, work, count = block.people, block.work, len(person)
    firm, firms = (
        work.employer[person] if source in ("employee", "public_pension") else np.full(count, -1),
        employers(block.city),
    )
    default = (rng.random(count) < 0.3) & pa.compute.equal(item.document, "01").to_numpy(zero_copy_only=False)
    card = numbers.prefixed(b"D", (people.index[person] * 13 + 7) % 10**8, 8)
    no_card = rng.random(count) < 0.07
    return {
        "AAC001": own,
        "AAC058": blank(item.document, default),
        "AAC147": item.number,
        "AAC003": item.name,
        "AAC004": records.sex(item),
        "AAC005": blank(people.ethnicity.take(pa.array(person)), rng.random(count) < 0.03),
        "AAC006": records.birth(item),
        "AAC066": where(work.kind[person] == EMPLOYEE, constant("101", count), constant(None, count)),
        "AAB001": pick(firms.number, firm),
        "AAB998": blank(pick(firms.uscc, firm), rng.random(count) < 0.04),
        "AAB004": pick(firms.name, firm),
        "AAB301": records.division(rng, at.code, DIVISION_SHARES.get(source, (0.05, 0.25, 0.7))),
        "AAE005": blank(records.phone(rng, people, person), rng.random(count) < 0.05),
        "AAE006": blank(records.address(rng, block, place, people.household[person], at), rng.random(count) < 0.04),
        "AAZ500": blank(card, no_card),
        "AAZ502": where(no_card, constant("0", count), constant("1", count)),
    }


def _enrolment_columns(
    block: Block,
    rng: np.random.Generator,
    schemes: tuple[str, ...],
    line: Ints,
    column: Ints,
    held: Ints,
    person: Ints,
    partner: Ints,
    mask: Ints,
) -> dict[str, pa.Array]:
    count, who = len(line), person[line]
    status = held[line, column]
    pension = np.isin(np.array(schemes), PENSIONS)[column]
    drawing = block.work.drawing[who] & pension & (status == ACTIVE)
    first = np.minimum(block.work.since[who] + column * 31, block.city.today - 30)
    stopped = np.maximum(block.work.paused_on[who], first + 28)
    _mark(mask, np.flatnonzero((status == ACTIVE) & (block.people.hukou[who] == DECEASED)), Kind.DEAD_BUT_ACTIVE)
    pays = np.select([drawing, status == ACTIVE, status == PAUSED], [3, 1, 2], 3)
    ended = np.where((status == ENDED) & (rng.random(count) < 0.2), 3, status)
    start = np.minimum(first + rng.integers(0, 1500, count) * (rng.random(count) < 0.4), stopped)
    retired = np.maximum(block.people.birth[who] + 20089, first)
    return {
        "AAE140": _scheme_codes(rng, schemes, column, partner[line], mask),
        "AAC049": dates(first, "%Y%m"),
        "AAC008": pa.array(ended).cast(pa.string()),
        "AAC031": pa.array(pays).cast(pa.string()),
        "AIC162": dates(np.minimum(retired, block.city.today - 30), "%Y%m", absent=~drawing),
        "AAE030": dates(start),
        "AAE031": dates(stopped, absent=status == ACTIVE),
    }


def _scheme_codes(
    rng: np.random.Generator, schemes: tuple[str, ...], column: Ints, partner: Ints, mask: Ints
) -> pa.Array:
    """Mostly the present code, sometimes the older one; of two people sharing a number one has each."""
    codes = pick(pa.array(schemes), column)
    others = OTHER_CODES.get(schemes[0])
    if others is None:
        return codes
    old = np.flatnonzero((partner == 1) | ((partner == 0) & (rng.random(len(column)) < 0.02)))
    _mark(mask, old, Kind.OTHER_SCHEME_CODE)
    return patch(codes, old, pick(pa.array(others), rng.integers(0, len(others), len(old))))


assert set(SCHEMES) == {scheme for schemes in SYSTEM_SCHEMES.values() for scheme in schemes}
