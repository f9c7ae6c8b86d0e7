"""The plain and the set engine agree on every link and every doubt, whatever the world and however its rows are dealt."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from canbao.bulk.matching.engines import DuckMatcher, PlainMatcher, write_records
from canbao.bulk.matching.record import Decision, Doubt, Record, Verdicts
from canbao.rules.identity import check_digit, clean
from synth import city

PLAIN, DUCK = PlainMatcher(), DuckMatcher()
SOURCES = ("police", "health", "employee", "resident_medical", "deaths", "students")
NAMES = (
    "王芳",
    "王方",
    "王芬",
    "李国强",
    "李国墙",
    "李强",
    "李?强",
    "李國強",
    "王芳之子",
    "新生儿",
    "王芳之女二",
    "李小明",
    "买买提·艾力",
)
NAMES += ("MARIA GARCIA", "GARCIA MARIA", "王\ue000", "张 伟", "张伟(大)")


_CERTIFICATES = tuple(f"Q5000000{n}" for n in range(10, 16))


def crowd(seed: int, size: int = 140) -> list[Record]:
    """Records that share nearly everything with each other: numbers, names, births, phones, homes, mothers."""
    draw = random.Random(seed)
    births = [date(1980, 1, 2), date(1980, 2, 1), date(2019, 5, 6)]
    numbers = [f"500999{draw.choice(births):%Y%m%d}{draw.randrange(8):03}" for _ in range(12)]
    full = [number + check_digit(number) for number in numbers]
    return [_record(draw, i, births, full) for i in range(size)]


def _record(draw: random.Random, i: int, births: list[date], full: list[str]) -> Record:
    def perhaps(share: float, *options: str) -> str | None:
        return draw.choice(options) if draw.random() < share else None

    source = draw.choice(SOURCES)
    certificate = perhaps(0.5, "B500000001", "B500000002", "B000000000", *_CERTIFICATES) if source == "health" else None
    return Record(
        source=source,
        record_key=str(i),
        name=draw.choice(NAMES),
        former_name=perhaps(0.3, *NAMES) if source == "police" else None,
        doc_type=perhaps(0.6, "01", "02", "08", ""),
        doc_number=_damaged(draw, draw.choice(full)),
        sex=perhaps(0.8, "1", "2", "9"),
        birth_date=draw.choice(births) if draw.random() < 0.7 else None,
        division=perhaps(0.8, "500112001", "500112002", "500113001001", "500113", "500113000000"),
        phone=perhaps(0.4, "13800000001", "138 0000 0002", "13800000003"),
        address=perhaps(0.4, "重庆市渝北区某某路5号3-2", "渝北区某某路 5号3栋2", "长街"),
        person_no=perhaps(0.6, *(str(n) for n in range(20))),
        card_no=perhaps(0.1, "C10", "C20", "11111111", "12345678"),
        household_no=perhaps(0.5, "H10", "H20", "1", "99999999") if source == "police" else None,
        birth_certificate=certificate,
        mother_number=draw.choice(full) if source == "health" and draw.random() < 0.3 else None,
    )


def _damaged(draw: random.Random, number: str) -> str | None:
    place, digit = draw.randrange(17), str(draw.randrange(10))
    ways = (
        *[number] * 5,
        number[:6] + number[8:17],
        number[:place] + digit + number[place + 1 :],
        number[:place] + number[place + 1] + number[place] + number[place + 2 :],
        number[:place] + number[place + 1 :],
        number[:place] + digit + number[place:],
        number[:6] + number[8:16],
        _with_check(number[:10] + "13" + number[12:17]),  # the month: the check digit holds, and nobody was born then
        _with_check(number[:6] + "1860" + number[10:17]),
        "1234",
        "510000",
        "500113000000000000",
        "E00000000",
        "P1234567",
        "ABC123456789012",
        None,
        None,
    )
    return draw.choice(ways)


def _with_check(first17: str) -> str:
    return first17 + check_digit(first17)


def decisions(seed: int, records: list[Record]) -> list[Decision]:
    draw = random.Random(seed)
    pairs = [draw.sample(records, 2) for _ in range(6)]
    return [Decision(a.source, a.record_key, b.source, b.record_key, draw.random() < 0.5) for a, b in pairs]


def rounded(verdicts: Verdicts) -> tuple[list[object], list[Doubt], list[object], list[Doubt]]:
    """The two engines take logarithms with different libraries."""
    return list(verdicts.links), _rounded(verdicts.doubts), list(verdicts.listed), _rounded(verdicts.list_doubts)


def _rounded(doubts: list[Doubt]) -> list[Doubt]:
    return [
        replace(d, bits=round(d.bits, 4), seen=replace(d.seen, name_bits=round(d.seen.name_bits, 4))) for d in doubts
    ]


@pytest.mark.parametrize("seed", range(6))
def test_the_engines_agree_in_a_crowd_that_shares_nearly_everything(seed: int) -> None:
    records = crowd(seed)
    decided = decisions(seed, records)
    assert rounded(DUCK.match(records, decisions=decided)) == rounded(PLAIN.match(records, decisions=decided))


@pytest.mark.parametrize("seed", range(2))
def test_the_engines_agree_where_one_value_is_everybodys(seed: int) -> None:
    """A card, a household, a mother, a certificate and a number of a system that all have: fillers by their frequency."""
    filled = {
        "card_no": "C10000",
        "person_no": "P10000",
        "birth_certificate": "B500000001",
        "mother_number": "500999199003032023",
    }
    records = [
        replace(record, **filled, household_no="H1" if record.source == "police" else None)
        for record in crowd(seed, size=220)
    ]
    assert rounded(DUCK.match(records)) == rounded(PLAIN.match(records))


def test_a_mother_that_many_newborns_have_gives_none_of_them_her_household() -> None:
    first17, born = "50099919900303202", date(2024, 5, 6)
    number = first17 + check_digit(first17)
    home = [Record("police", "M", "李丽", doc_number=number, household_no="10002")]
    home.append(Record("police", "C", "李小宝", birth_date=born, household_no="10002"))
    home.append(Record("health", "B", "李丽之子", birth_date=born, mother_number=number))
    others = [
        Record("health", f"O{n}", f"某{chr(0x4E00 + n)}", birth_date=date(2024, 1, n + 1), mother_number=number)
        for n in range(25)
    ]
    for matcher in (PLAIN, DUCK):
        assert len({link.cluster for link in matcher.match(home).links}) == 2
        assert len({link.cluster for link in matcher.match(home + others).links}) == 28


@pytest.mark.parametrize("column", ["card_no", "household_no", "birth_certificate", "person_no"])
def test_a_value_that_many_fill_in_joins_nobody(column: str) -> None:
    """Two newborns of one day and name, and as many others as no home has, under one value."""
    source = "police" if column == "household_no" else "health"
    value = "B500000001" if column == "birth_certificate" else "10002"
    born = date(2024, 5, 6)
    pair = [Record(source, f"{n}", "张小明", birth_date=born, **{column: value}) for n in range(2)]
    others = [
        Record(
            source, f"O{n}", f"某{chr(0x4E00 + n)}{chr(0x5E00 + n)}", birth_date=date(2024, 1, n + 1), **{column: value}
        )
        for n in range(25)
    ]
    pair[1] = replace(pair[1], name="章小明")
    for matcher in (PLAIN, DUCK):
        together, apart = matcher.match(pair), matcher.match(pair + others)
        assert len({link.cluster for link in together.links}) < 2 or together.doubts
        assert len({link.cluster for link in apart.links}) == 27 and not apart.doubts


def test_a_birth_date_that_many_fill_in_joins_nobody() -> None:
    """Two of one name and town, born on the day that the system of the office fills in."""
    filled = date(1990, 1, 1)
    others = [Record("employee", f"O{n}", f"某{chr(0x4E00 + n)}", birth_date=filled) for n in range(30)]
    pair = [Record("health", "1", "欧阳墨涵", division="500112001", birth_date=filled)]
    pair.append(replace(pair[0], source="resident_medical", record_key="2"))
    for records, people in ((pair, 1), (pair + others, 2)):
        found = DUCK.match(records)
        assert rounded(found) == rounded(PLAIN.match(records))
        assert len({link.cluster for link in found.links if link.record_key in ("1", "2")}) == people


# Columns of the six departments that matching reads, as intake names them.
_INSURANCE = (
    "AAC001 || AAE140 record_key, AAC147 doc_number, AAC003 as name, null former_name, AAC004 sex, AAC006 birth,"
    " AAB301 division, AAE005 phone, AAE006 address, AAC001 person_no, AAZ500 card_no, null household_no,"
    " null birth_certificate, null mother_number"
)
_MAPS = dict.fromkeys(("employee", "resident_pension", "resident_medical", "public_pension"), _INSURANCE) | {
    "police": (
        "户籍人员编号 record_key, 公民身份号码 doc_number, 姓名 as name, 曾用名 former_name, 性别 sex, 出生日期 birth, 户籍区划 division,"
        " null phone, 户籍地址 address, 户籍人员编号 person_no, null card_no, 户号 household_no,"
        " null birth_certificate, null mother_number"
    ),
    "health": (
        "居民编号 record_key, 证件号码 doc_number, 姓名 as name, null former_name, 性别 sex, 出生日期 birth, 居住区划 division,"
        " 联系电话 phone, 居住地址 address, 居民编号 person_no, null card_no, null household_no,"
        " 出生医学证明编号 birth_certificate, 母亲证件号码 mother_number"
    ),
}


def invented_city(folder: Path, *, people: int, seed: int, errors: float) -> list[Record]:
    """The six departments' records of an invented city, mapped as intake does."""
    city.generate(city.Plan(people, seed, date(2026, 10, 31), errors, "parquet"), out=folder, sources=tuple(_MAPS))
    found: dict[tuple[str, str], Record] = {}
    for source, columns in _MAPS.items():
        rows = duckdb.sql(f"select {columns} from '{folder}/{source}/*.parquet'").to_arrow_table().to_pylist()
        for row in rows:
            if row["name"]:
                found[source, row["record_key"]] = _mapped(source, row)
    return list(found.values())


def _mapped(source: str, row: dict[str, str | None]) -> Record:
    cells = {name: value.strip() or None for name, value in row.items() if value}
    birth = (cells.pop("birth", None) or "").replace("-", "")
    for name in ("doc_number", "mother_number"):
        cells[name] = clean(cells.get(name) or "") or None
    cells["sex"] = {"男": "1", "女": "2"}.get(cells.get("sex") or "", cells.get("sex"))
    return Record(source=source, birth_date=_day(birth), **cells)


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


@pytest.fixture(scope="module")
def careless_city(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    return invented_city(tmp_path_factory.mktemp("city"), people=2000, seed=11, errors=5)


def test_the_engines_agree_on_an_invented_city_of_careless_offices(careless_city: list[Record]) -> None:
    duck = DUCK.match(careless_city)
    assert rounded(duck) == rounded(PLAIN.match(careless_city))
    assert len({link.rule for link in duck.links}) >= 8
    assert duck.doubts


def test_neither_the_order_of_rows_nor_their_files_change_anything(careless_city: list[Record], tmp_path: Path) -> None:
    expected = DUCK.match(careless_city)
    assert DUCK.match(careless_city) == expected
    dealt = careless_city.copy()
    random.Random(3).shuffle(dealt)
    files = [write_records(dealt[i::3], tmp_path / f"{i}.parquet") for i in range(3)]
    assert DUCK.match(*files) == expected
    assert rounded(PLAIN.match(dealt)) == rounded(expected)
