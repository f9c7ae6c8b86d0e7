"""The invented city: the same bytes every time, the layouts of the departments, a truth that fits."""

import csv
import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stdnum.cn import uscc

from synth import city, delta, exact, insurance, numbers, people, programs, score, shape
from synth.edit import Change

PEOPLE = 5_000
PLAN = city.Plan(PEOPLE, 7, date(2026, 10, 31))
POLICE = "户籍人员编号 公民身份号码 姓名 曾用名 性别 民族 出生日期 户号 与户主关系 户籍区划 户籍地址 户口性质 户籍状态 状态日期 迁入日期 迁入来源"
HEALTH = "居民编号 证件类型 证件号码 出生医学证明编号 母亲证件号码 姓名 性别 出生日期 民族 居住区划 居住地址 联系电话 居住类型 死亡日期"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("city")
    city.generate(PLAN, out=out)
    return out


def rows(folder: Path, source: str) -> list[dict[str, str]]:
    with (folder / source / f"{source}_01.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, quoting=csv.QUOTE_NONE))


def query(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as base:
        return base.execute(sql).fetchall()


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(folder: Path, tmp_path: Path) -> None:
    city.generate(PLAN, out=tmp_path / "same")
    city.generate(city.Plan(PEOPLE, 8, PLAN.as_of), out=tmp_path / "other")
    assert digests(tmp_path / "same") == digests(folder)
    assert digests(tmp_path / "other")["police/police_01.csv"] != digests(folder)["police/police_01.csv"]


def test_leaving_out_sources_does_not_change_the_others(folder: Path, tmp_path: Path) -> None:
    city.generate(PLAN, out=tmp_path, sources=("health",))
    assert digests(tmp_path)["health/health_01.csv"] == digests(folder)["health/health_01.csv"]


def test_headers_are_those_of_the_departments(folder: Path) -> None:
    for source in ("employee", "resident_pension", "resident_medical", "public_pension"):
        assert list(rows(folder, source)[0]) == insurance.COLUMNS
    assert list(rows(folder, "police")[0]) == POLICE.split()
    assert list(rows(folder, "health")[0]) == HEALTH.split()


def test_the_manifest_agrees_with_the_files(folder: Path) -> None:
    for source in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        manifest = json.loads((folder / source / "manifest.json").read_text("utf-8"))
        assert (manifest["source"], manifest["kind"], manifest["as_of"]) == (source, "full", "2026-10-31")
        for file in manifest["files"]:
            data = (folder / source / file["name"]).read_bytes()
            assert data.count(b"\n") - 1 == file["rows"]
            assert hashlib.new("sm3", data).hexdigest() == file["sm3"]


def test_every_row_has_its_truth(folder: Path) -> None:
    truth = pq.read_table(folder / "truth.parquet").to_pylist()
    keys = {source: [row["record_key"] for row in truth if row["source"] == source] for source in shape.SOURCES}
    assert keys["employee"] == [row["AAC001"] + row["AAE140"] for row in rows(folder, "employee")]
    assert keys["police"] == [row["户籍人员编号"] for row in rows(folder, "police")]
    assert keys["health"] == [row["居民编号"] for row in rows(folder, "health")]
    sound = [(row["source"], row["record_key"]) for row in truth if not row["broken"]]
    assert len(set(sound)) == len(sound)
    assert 0.0002 < sum(row["broken"] for row in truth) / len(truth) < 0.003


def block() -> people.People:
    return people.block(PLAN.city, 0)


def test_numbers_are_invented_valid_and_distinct() -> None:
    made = block()
    citizens = made.number.filter(pa.compute.equal(made.document, "01")).drop_null().to_pylist()
    assert {number[:4] for number in citizens} == {"5009"}
    for number in citizens:
        assert (
            "10X98765432"[sum(int(a) * b for a, b in zip(number, numbers.CITIZEN_WEIGHTS, strict=False)) % 11]
            == number[-1]
        )
    shared = int((made.shared >= 0).sum()) // 2
    assert len(set(citizens)) == len(citizens) - shared
    genders = [2 - int(number[16]) % 2 for number in citizens]
    sexes = made.sex[(~made.number.is_null().to_numpy(False)) & (made.document.to_numpy(False) == "01")]
    assert genders == sexes.tolist()


def test_numbers_of_different_blocks_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("people", "papers", "model"):
        monkeypatch.setattr(f"synth.{module}.BLOCK", 1_000)
    several = city.Plan(6_000, 3, PLAN.as_of).city
    made = [people.block(several, which) for which in range(several.blocks)]
    seen = [number for part in made for number in part.number.to_pylist() if number]
    shared = sum(int((part.shared >= 0).sum()) // 2 for part in made)
    assert len(seen) - len(set(seen)) == shared


def test_employers_have_valid_codes(folder: Path) -> None:
    codes = {row["AAB998"] for row in rows(folder, "employee")} - {""}
    assert codes
    assert all(uscc.calc_check_digit(code[:-1]) == code[-1] for code in codes)


def test_twins_share_birthday_and_household_and_stand_side_by_side() -> None:
    made = people.block(city.Plan(60_000, 7, PLAN.as_of).city, 0)
    elder = [int(i) for i in range(len(made) - 1) if made.twin[i] >= 0 and made.twin[i] == made.twin[i + 1]]
    pairs = [(i, i + 1) for i in elder if made.number[i].is_valid and made.number[i + 1].is_valid]
    assert len(pairs) > 20
    together = [made.birth[a] == made.birth[b] and made.household[a] == made.household[b] for a, b in pairs]
    near = [abs(int(str(made.number[a])[14:17]) - int(str(made.number[b])[14:17])) <= 3 for a, b in pairs]
    assert sum(together) >= 0.95 * len(pairs)
    assert sum(near) >= 0.8 * len(pairs)


def test_coverage_is_near_the_city(folder: Path) -> None:
    held: dict[str, set[str]] = {}
    alias = {"150": "170", "380": "390", "391": "390", "120": "110+120", "110": "110+120"}
    for source in insurance.SYSTEM_SCHEMES:
        for row in rows(folder, source):
            if row["AAC008"] in ("1", "2"):
                held.setdefault(alias.get(row["AAE140"], row["AAE140"]), set()).add(row["AAC001"])
    for scheme, target in shape.TARGETS.items():
        assert len(held[scheme]) / PEOPLE * 3400 == pytest.approx(target, rel=0.15), scheme


def test_ages_are_those_of_the_city() -> None:
    age = people.block(city.Plan(60_000, 7, PLAN.as_of).city, 0).age
    assert (age < 16).mean() == pytest.approx(0.158, abs=0.02)
    assert (age >= 60).mean() == pytest.approx(0.222, abs=0.02)


def test_joining_on_the_number_alone_misses_what_it_should(tmp_path: Path) -> None:
    city.generate(city.Plan(30_000, 5, PLAN.as_of, form="parquet"), out=tmp_path, sources=shape.MAIN_SOURCES)
    result = exact.exact_join(tmp_path)
    assert result["recall"] == pytest.approx(0.948, abs=0.006)
    assert result["precision"] == pytest.approx(0.9995, abs=0.0007)
    assert sum(result["missed_by_kind"].values()) == result["missed_pairs"]
    assert sum(result["false_pairs_by_kind"].values()) == result["false_pairs"]


def test_without_errors_the_number_alone_finds_nearly_everybody(tmp_path: Path) -> None:
    city.generate(city.Plan(5_000, 5, PLAN.as_of, errors=0), out=tmp_path, sources=shape.MAIN_SOURCES)
    assert exact.exact_join(tmp_path)["recall"] > 0.995


def test_score_counts_pairs(tmp_path: Path) -> None:
    truth, links = tmp_path / "truth.parquet", tmp_path / "links.csv"
    known = [("a", 1), ("b", 1), ("c", 1), ("d", 2), ("e", 2)]
    pq.write_table(
        pa.table(
            {
                "source": ["police"] * 5,
                "record_key": [key for key, _ in known],
                "true_person_id": [person for _, person in known],
                "errors": ["", "", "wrong_digit", "", ""],
                "broken": [False] * 5,
                **{
                    name: pa.array([None, None, None, 9, 9] if name == "twin" else [None] * 5, pa.int64())
                    for name in ("twin", "alike", "shared")
                },
            }
        ),
        truth,
    )
    links.write_text("source,record_key,person_id,rule,band\npolice,a,P,r,exact\npolice,b,P,r,exact\npolice,c,Q,r,alone\n"
                     "police,d,Q,r,exact\npolice,e,Q,r,exact\n")  # fmt: skip
    result = score.score(links, truth)
    assert (result["true_pairs"], result["linked_pairs"], result["correct_pairs"]) == (4, 4, 2)
    assert result["missed_by_kind"] == {"wrong_digit": 2}
    assert result["false_pairs"] == 2


@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_other_encodings_carry_the_same_rows(folder: Path, tmp_path: Path, encoding: str) -> None:
    city.generate(city.Plan(PEOPLE, 7, PLAN.as_of, encoding=encoding), out=tmp_path, sources=("police",))
    text = (tmp_path / "police" / "police_01.csv").read_bytes().decode(encoding)
    assert text.count("\n") == len(rows(folder, "police")) + 1
    assert text.splitlines()[0].split(",") == POLICE.split()


def test_a_delta_changes_known_rows_and_keeps_the_truth(folder: Path, tmp_path: Path) -> None:
    change = Change(PLAN, date(2026, 11, 30), 500, 1)
    delta.write(change, first=folder, out=tmp_path, sources=shape.SOURCES)
    old = {row["户籍人员编号"]: row for row in rows(folder, "police")}
    new = rows(tmp_path, "police")
    assert {row["op"] for row in new} == {"I", "U"}
    assert all((row["户籍人员编号"] in old) == (row["op"] == "U") for row in new)
    assert any(row["户籍状态"] == "死亡注销" for row in new)
    assert {row["op"] for row in rows(tmp_path, "health")} == {"I", "U", "D"}
    both = f"from '{folder}/truth.parquet' as a join '{tmp_path}/truth.parquet' as b using (source, record_key)"
    assert query(f"select count(*) {both} where a.true_person_id <> b.true_person_id and not a.broken") == [(0,)]


def test_a_newborn_keeps_the_same_new_number_everywhere(folder: Path, tmp_path: Path) -> None:
    delta.write(Change(PLAN, date(2026, 11, 30), 500, 2), first=folder, out=tmp_path, sources=shape.MAIN_SOURCES)
    known = {
        number
        for source, column in (("police", "公民身份号码"), ("health", "证件号码"))
        for number in (row[column] for row in rows(folder, source))
    }
    born = {
        row["公民身份号码"] for row in rows(tmp_path, "police") if row["op"] == "I" and row["出生日期"] > "20251031"
    }
    assert born - known
    in_health = {row["证件号码"] for row in rows(tmp_path, "health") if row["op"] == "U"}
    assert born & in_health


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same city with every kind of damage by programs."""
    out = tmp_path_factory.mktemp("damaged")
    city.generate(replace(PLAN, errors=10.0, damage=programs.KINDS), out=out)
    return out


def test_every_kind_of_damage_is_there_and_in_the_truth(damaged: Path) -> None:
    told = query(f"select distinct unnest(string_split(errors, ';')) from '{damaged}/truth.parquet'")
    assert {kind for kind in programs.KINDS if kind != "blank_rows"} <= {kind for (kind,) in told}


def test_a_row_without_a_mark_is_as_without_damage(tmp_path: Path, folder: Path) -> None:
    city.generate(replace(PLAN, damage=("rounded_number", "filler_birth")), out=tmp_path, sources=("health",))
    before, after = rows(folder, "health"), rows(tmp_path, "health")
    marks = [row["errors"] for row in pq.read_table(tmp_path / "truth.parquet").to_pylist()]
    damaged = [any(kind in mark for kind in ("rounded_number", "filler_birth")) for mark in marks]
    assert [old != new for old, new in zip(before, after, strict=True)] == damaged and 0 < sum(damaged) < len(
        damaged
    ) / 10
    for old, new in zip(before, after, strict=True):
        assert {name for name in old if old[name] != new[name]} <= {"证件号码", "出生日期"}


def test_blank_rows_have_no_truth_and_are_not_announced(tmp_path: Path, folder: Path) -> None:
    city.generate(replace(PLAN, errors=1.0, damage=("blank_rows",)), out=tmp_path, sources=("employee",))
    found = rows(tmp_path, "employee")
    filled = [row for row in found if any(row.values())]
    assert filled == rows(folder, "employee") and len(found) > len(filled)
    (file,) = json.loads((tmp_path / "employee" / "manifest.json").read_text("utf-8"))["files"]
    assert set(file) == {"name", "sm3"}


def test_twins_are_rounded_to_one_number(damaged: Path) -> None:
    ((pairs,),) = query(
        f"select count(*) from (select twin from '{damaged}/truth.parquet' where source = 'police' and errors like '%rounded_twin%'"
        " group by twin having count(distinct true_person_id) = 2)"
    )
    assert pairs


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_city_in_two_byte_characters(tmp_path: Path, folder: Path, encoding: str) -> None:
    city.generate(replace(PLAN, encoding=encoding), out=tmp_path, sources=("deaths",))
    text = (tmp_path / "deaths" / "deaths_01.csv").read_text(encoding)
    assert text == (folder / "deaths" / "deaths_01.csv").read_text("utf-8")
