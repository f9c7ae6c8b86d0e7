"""Extracts of the police, the health department, and the lists that explain why somebody is not insured here."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth import numbers, records, shape, words
from synth.errors import Kind
from synth.model import (
    CAME,
    CANCELLED,
    CHILD,
    DECEASED,
    GRANDCHILD,
    HEAD,
    LEFT,
    LIVES,
    MOVED_OUT,
    NO_HUKOU,
    NORMAL,
    PARENT,
    SPOUSE,
)
from synth.places import places
from synth.records import Block, Sheet
from synth.strings import blank, constant, dates, patch, pick, where
from synth.work import NONE, STUDENT

Ints = NDArray[np.int64]

RELATIONS = pa.array(["户主", "妻", "夫", "子", "女", "父", "母", "孙子", "孙女"])
HUKOU_STATES = pa.array(["正常", "迁出", "死亡注销", "其他注销"])
HUKOU_TYPES = pa.array(["50", "51", "11", "21", "农业家庭户口", "非农业家庭户口"])
RESIDENCES = pa.array(["常住", "流动", "离开"])


def police(block: Block) -> Sheet:
    """Everybody with a hukou, or who had one until lately."""
    rng, people = block.rng("police"), block.people
    person = np.flatnonzero(people.hukou != NO_HUKOU)
    item = records.record(block, "police", rng, person, missing_allowed=False)
    _remember_former(item, people.former.take(pa.array(person)), people.name.take(pa.array(person)))
    own, count = records.own_number(block, "police", person), len(person)
    came = rng.random(count) < 0.006
    state, village = people.hukou[person], people.village[person]
    kind = np.where(
        rng.random(count) < 0.5,
        rng.integers(0, 2, count),
        np.where(places().urban[village], 2, 3) + 2 * (rng.random(count) < 0.2),
    )
    origin = pa.array([f"{code[:2]}0000" for code in words.PROVINCES])
    household = people.household[person]
    at = records.locate(block, village, household, "police")
    columns = {
        "户籍人员编号": own,
        "公民身份号码": item.number,
        "姓名": item.name,
        "曾用名": people.former.take(pa.array(person)),
        "性别": records.sex(item),
        "民族": people.ethnicity.take(pa.array(person)),
        "出生日期": records.birth(item),
        "户号": numbers.prefixed(b"5009", household, 9),
        "与户主关系": pick(RELATIONS, _relation(people.role[person], people.sex[person])),
        "户籍区划": records.division(rng, at.code, (0.05, 0.6, 0.35), None if at.texts is None else household),
        "户籍地址": records.address(rng, block, village, household, at),
        "户口性质": pick(HUKOU_TYPES, np.where(kind == 4, 5, np.where(kind == 5, 4, kind))),
        "户籍状态": pick(HUKOU_STATES, state),
        "状态日期": dates(people.status_on[person], absent=state == NORMAL),
        "迁入日期": dates(block.city.today - rng.integers(5, 700, count), absent=~came),
        "迁入来源": where(came, pick(origin, rng.integers(0, len(origin), count)), constant(None, count)),
    }
    return Sheet(columns, own, person, item.mask, at.village, at.kinds)


def _remember_former(item: records.Record, former: pa.Array, name: pa.Array) -> None:
    """The police list both names, so the present one is never replaced by the former one there."""
    swapped = np.flatnonzero(item.mask >> int(Kind.FORMER_NAME) & 1)
    item.name = patch(item.name, swapped, name.take(pa.array(swapped)))
    item.mask[swapped] &= ~(np.int64(1) << np.int64(Kind.FORMER_NAME))


def _relation(role: Ints, sex: Ints) -> Ints:
    female = sex == 2
    return np.select(
        [role == HEAD, role == SPOUSE, role == CHILD, role == PARENT, role == GRANDCHILD],
        [0, np.where(female, 1, 2), 3 + female, 5 + female, 7 + female],
    )


def health(block: Block) -> Sheet:
    """Everybody who lives here, newborns included; some appear twice after a move."""
    rng, people = block.rng("health"), block.people
    gone = (people.hukou == MOVED_OUT) | (people.hukou == CANCELLED)
    cover = np.select(
        [people.standing == LEFT, gone, people.hukou == DECEASED, people.standing >= CAME], [0.22, 0.1, 0.6, 0.9], 0.95
    )
    cover = np.where(people.age < 1, 0.98, cover)
    person = np.flatnonzero(rng.random(len(people)) < cover)
    again = np.flatnonzero((rng.random(len(person)) < shape.SECOND_NUMBER["health"]) & (people.age[person] > 1))
    serial = np.r_[np.zeros(len(person), np.int64), np.ones(len(again), np.int64)]
    person = np.r_[person, person[again]]
    return _health_rows(block, rng, person, serial)


def _health_rows(block: Block, rng: np.random.Generator, person: Ints, serial: Ints) -> Sheet:
    people, count = block.people, len(person)
    item = records.record(block, "health", rng, person, missing_allowed=False)
    item.mask[serial > 0] |= np.int64(1) << np.int64(Kind.TWICE_AFTER_MOVE)
    newborn = people.age[person] < 1
    _unnumber(item, newborn)
    village = np.where(serial > 0, people.village[person], people.lives_in[person])
    living = np.select([people.standing[person] == LEFT, people.standing[person] >= CAME], [2, 1], 0)
    own = records.own_number(block, "health", person, serial)
    mother = np.where(newborn, people.mother[person], -1)
    at = records.locate(block, village, people.household[person], "health")
    columns = {
        "居民编号": own,
        "证件类型": blank(item.document, newborn),
        "证件号码": item.number,
        "出生医学证明编号": people.certificate.take(pa.array(person)),
        "母亲证件号码": blank(pick(people.number, mother), rng.random(count) < 0.08),
        "姓名": item.name,
        "性别": records.sex(item),
        "出生日期": records.birth(item, "%Y-%m-%d"),
        "民族": blank(people.ethnicity.take(pa.array(person)), rng.random(count) < 0.1),
        "居住区划": records.division(rng, at.code, (0.0, 0.2, 0.8)),
        "居住地址": records.address(rng, block, village, people.household[person], at),
        "联系电话": records.phone(rng, people, person),
        "居住类型": pick(RESIDENCES, np.where(serial > 0, 2, living)),
        "死亡日期": dates(people.died[person], "%Y-%m-%d", absent=people.died[person] < 0),
    }
    return Sheet(columns, own, person, item.mask, at.village, at.kinds)


def _unnumber(item: records.Record, newborn: NDArray[np.bool_]) -> None:
    """Health lists newborns by certificate and mother, without a number of their own."""
    number_bits = sum(np.int64(1) << np.int64(kind) for kind in range(Kind.OLD15, Kind.APOSTROPHE + 1))
    item.number = blank(item.number, newborn)
    item.mask[newborn] = (item.mask[newborn] & ~number_bits) | (np.int64(1) << np.int64(Kind.NO_NUMBER))


def extra_list(block: Block, source: str) -> Sheet:
    """One of the optional lists."""
    rng, people, kind = block.rng(source), block.people, block.work.kind
    dice, age = rng.random(len(people)), people.age
    member = {
        "deaths": (people.hukou == DECEASED) & (dice < 0.85),
        "elsewhere": (people.standing == LEFT) & (age >= 16) & (kind == NONE) & (dice < 0.85),
        "students": (kind == STUDENT) & (age >= 6) & (people.standing != LEFT) & (dice < 0.93),
        "prison": (kind == NONE) & (age >= 18) & (age < 60) & (people.standing <= CAME) & (dice < 0.035),
        "soldiers": (kind == NONE)
        & (age >= 18)
        & (age < 25)
        & (people.sex == 1)
        & (people.standing == LIVES)
        & (dice < 0.4),
    }[source]
    person = np.flatnonzero(member & people.number.is_valid().to_numpy(zero_copy_only=False))
    item = records.record(block, source, rng, person)
    own = records.own_number(block, source, person)
    columns = {"记录编号": own, "证件类型": item.document, "证件号码": item.number, "姓名": item.name}
    return Sheet(columns | _list_columns(block, source, rng, person), own, person, item.mask)


def _list_columns(block: Block, source: str, rng: np.random.Generator, person: Ints) -> dict[str, pa.Array]:
    count, today = len(person), block.city.today
    since, until = dates(today - rng.integers(100, 1500, count)), dates(today + rng.integers(60, 1500, count))
    if source == "deaths":
        return {"死亡日期": dates(block.people.died[person])}
    if source == "elsewhere":
        schemes = pa.array(["110、310、210、410", "110", "390", "110、310", "170、390"])
        places_there = pa.array(words.PROVINCES)
        return {
            "险种": pick(schemes, rng.integers(0, 5, count)),
            "参保地": pick(places_there, rng.integers(0, len(places_there), count)),
        }
    if source == "students":
        return {"学校": pick(pa.array(words.SCHOOLS), rng.integers(0, len(words.SCHOOLS), count)), "毕业日期": until}
    names = ("开始日期", "终止日期") if source == "prison" else ("入伍日期", "退役日期")
    return {names[0]: since, names[1]: until}
