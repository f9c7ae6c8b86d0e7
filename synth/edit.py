"""Rows of an earlier delivery as they read after something happened to the person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import city as cities
from synth import errors, papers, records, shape
from synth.errors import Kind
from synth.model import DECEASED, NORMAL
from synth.places import places
from synth.records import Block, Sheet
from synth.strings import constant, dates, patch, pick, where
from synth.work import employers

Ints = NDArray[np.int64]
Ops = NDArray[np.object_]

# What happens to the chosen people; the rest of --people are newcomers.
CORRECTED, MOVED, PAUSED, NEW_EMPLOYER, DIED, LEFT_TOWN, REGISTERED = range(7)
NUMBERS = {"police": "公民身份号码", "health": "证件号码"}
UNSTEADY = (Kind.SHARED_PERSON_NO, Kind.SECOND_PERSON_NO, Kind.TWICE_AFTER_MOVE, *errors.BROKEN_KINDS)
CORRECTABLE = (*errors.NUMBER_KINDS, *range(Kind.TRADITIONAL, Kind.NO_BIRTH + 1))
INSURANCE = ("employee", "resident_pension", "resident_medical", "public_pension")


@dataclass(frozen=True)
class Change:
    """One run: which delivery it follows, when, how much."""

    plan: cities.Plan
    as_of: date
    people: int
    seed: int

    @property
    def today(self) -> int:
        return int(np.datetime64(self.as_of).astype(int))

    @property
    def window(self) -> int:
        """Sequence numbers for newcomers; the next window is for newborns. Four deltas do not meet."""
        return self.plan.city.blocks + 2 * (self.seed % 4)


def bits(kinds: Sequence[int]) -> np.int64:
    return np.int64(sum(1 << int(kind) for kind in kinds))


def edit(rng: np.random.Generator, change: Change, block: Block, source: str, event: Ints) -> tuple[Sheet, Ops]:
    """The rows of one source that changed, as they read now."""
    if source == "deaths":
        return _deaths(change, block, event)
    sheet = cities.make_sheet(block, source)
    happened = event[sheet.person]
    concerned = (happened >= 0) & (sheet.mask & bits(UNSTEADY) == 0) & _touches(source, happened, sheet)
    kept = np.flatnonzero(concerned)
    take = pa.array(kept)
    sheet = Sheet(
        {k: v.take(take) for k, v in sheet.columns.items()}, sheet.key.take(take), sheet.person[kept], sheet.mask[kept]
    )
    happened = happened[kept]
    op = np.where((happened == LEFT_TOWN) & (source == "health"), "D", "U").astype(object)
    _correct(block, source, sheet, (happened == CORRECTED) | (happened == REGISTERED))
    _change_columns(rng, change, block, source, sheet, happened)
    if (event == REGISTERED).any():
        sheet, op = _register(change, block, source, sheet, op, event)
    return sheet, op


def _touches(source: str, happened: Ints, sheet: Sheet) -> NDArray[np.bool_]:
    """Whether an event shows in this source at all."""
    damaged = sheet.mask & bits(CORRECTABLE) != 0
    insured, listed = source in INSURANCE, source in shape.LISTS
    shows = {
        CORRECTED: damaged,
        MOVED: np.full(len(damaged), not listed),
        PAUSED: np.full(len(damaged), insured),
        NEW_EMPLOYER: np.full(len(damaged), source == "employee"),
        DIED: np.full(len(damaged), not listed and source != "employee"),
        LEFT_TOWN: np.full(len(damaged), source in ("health", "police")),
        REGISTERED: np.full(len(damaged), source in ("health", "resident_medical")),
    }
    return np.select([happened == kind for kind in shows], list(shows.values()), False)


def _correct(block: Block, source: str, sheet: Sheet, right: NDArray[np.bool_]) -> None:
    """Number, name, sex and birth date as they truly are."""
    people, chosen, spots = block.people, pa.array(sheet.person), right
    form = "%Y-%m-%d" if source == "health" else "%Y%m%d"
    listed = source in NUMBERS or source in shape.LISTS
    columns = sheet.columns
    truths = {
        NUMBERS.get(source, "证件号码") if listed else "AAC147": people.number.take(chosen),
        "证件类型" if listed else "AAC058": people.document.take(chosen),
        "姓名" if listed else "AAC003": people.name.take(chosen),
        "性别" if listed else "AAC004": people.sex[sheet.person].astype(str),
        "出生日期" if listed else "AAC006": dates(people.birth[sheet.person], form),
    }
    for name, values in truths.items():
        if name in columns:
            values = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
            columns[name] = where(spots, values, columns[name])
    sheet.mask[spots] &= ~bits(CORRECTABLE)


def _change_columns(
    rng: np.random.Generator, change: Change, block: Block, source: str, sheet: Sheet, happened: Ints
) -> None:
    count = len(happened)
    moved, target = happened == MOVED, _targets(change, block)[sheet.person]
    household = block.people.household[sheet.person] + 17
    at = records.locate(block, target, household, source)
    _set(sheet, moved, ("AAB301", "户籍区划", "居住区划"), records.division(rng, at.code, (0.0, 0.0, 1.0)))
    _set(
        sheet,
        moved,
        ("AAE006", "户籍地址", "居住地址"),
        records.address(rng, block, target, household, at),
    )
    day, dashed = dates(np.full(count, change.today - 9)), dates(np.full(count, change.today - 9), "%Y-%m-%d")
    gone = happened == DIED
    _set(sheet, gone, ("户籍状态",), constant("死亡注销", count))
    _set(sheet, happened == LEFT_TOWN, ("户籍状态",), constant("迁出", count))
    _set(sheet, gone | (happened == LEFT_TOWN), ("状态日期",), day)
    _set(sheet, gone, ("死亡日期",), dashed)
    _set(sheet, gone, ("AAC008",), constant("4", count))
    _set(sheet, gone, ("AAC031",), constant("3", count))
    _set(sheet, happened == PAUSED, ("AAC008",), constant("2", count))
    _set(sheet, happened == PAUSED, ("AAC031",), constant("2", count))
    _set(sheet, gone | (happened == PAUSED), ("AAE031",), day)
    firms, employed = employers(block.city), (happened == NEW_EMPLOYER) & (block.work.employer[sheet.person] >= 0)
    firm = (sheet.person * 31 + change.seed) % len(firms.name)
    for name, values in (("AAB001", firms.number), ("AAB998", firms.uscc), ("AAB004", firms.name)):
        _set(sheet, employed, (name,), pick(values, firm))


def _targets(change: Change, block: Block) -> Ints:
    """Where each person of the block would move: the same place in every department."""
    rng = np.random.default_rng([change.plan.seed, change.seed, block.which, 98])
    return rng.choice(places().count, len(block.people), p=places().town_share)


def _set(sheet: Sheet, spots: NDArray[np.bool_], names: tuple[str, ...], values: pa.Array) -> None:
    for name in names:
        if name in sheet.columns:
            sheet.columns[name] = where(spots, values, sheet.columns[name])


def _register(change: Change, block: Block, source: str, sheet: Sheet, op: Ops, event: Ints) -> tuple[Sheet, Ops]:
    """Newborns who got a hukou: a number of their own everywhere, and a first row at the police."""
    people, who = block.people, np.flatnonzero(event == REGISTERED)
    number = papers.citizens(
        block.city,
        change.window + 1,
        places(),
        people.village[who],
        people.birth[who],
        people.sex[who],
        np.zeros(len(who), bool),
    )
    if source == "police":
        return _first_rows(block, sheet, op, who, number)
    position = np.full(len(people), -1)
    position[who] = np.arange(len(who))
    here = position[sheet.person] >= 0
    column = "证件号码" if source == "health" else "AAC147"
    if column in sheet.columns:
        sheet.columns[column] = where(here, pick(number, position[sheet.person]), sheet.columns[column])
        kind = "证件类型" if source == "health" else "AAC058"
        sheet.columns[kind] = where(here, constant("01", len(here)), sheet.columns[kind])
    return sheet, op


def _first_rows(block: Block, sheet: Sheet, op: Ops, who: Ints, number: pa.Array) -> tuple[Sheet, Ops]:
    registered = replace(block.people, hukou=block.people.hukou.copy(), number=patch(block.people.number, who, number))
    registered.hukou[who] = NORMAL
    whole = cities.make_sheet(replace(block, people=registered, rates=block.rates.scaled(0)), "police")
    rows = np.flatnonzero(np.isin(whole.person, who))
    take = pa.array(rows)
    columns = {
        name: pa.concat_arrays([_flat(sheet.columns[name]), _flat(values.take(take))])
        for name, values in whole.columns.items()
    }
    key = pa.concat_arrays([_flat(sheet.key), _flat(whole.key.take(take))])
    joined = Sheet(columns, key, np.r_[sheet.person, whole.person[rows]], np.r_[sheet.mask, whole.mask[rows]])
    return joined, np.r_[op, np.full(len(rows), "I", object)]


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return (values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values).cast(pa.string())


def _deaths(change: Change, block: Block, event: Ints) -> tuple[Sheet, Ops]:
    died = block.people.died.copy()
    died[event == DIED] = change.today - 9
    hukou = np.where(event == DIED, DECEASED, NORMAL)
    sheet = cities.make_sheet(replace(block, people=replace(block.people, died=died, hukou=hukou)), "deaths")
    return sheet, np.full(len(sheet.mask), "I", object)
