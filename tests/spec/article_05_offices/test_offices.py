"""第五、六条: which office is responsible where, and since when."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

from canbao.rules import division, offices
from canbao.rules.division import load_tree

BEFORE, AFTER = date(2026, 1, 24), date(2026, 1, 25)


def test_how_many_divisions_and_offices_there_are(table):
    for row in table("""
        on         | districts | towns | villages | agencies | town offices | committees
        2023-06-30 | 38        | 1031  | 11270    | 39       | 1031         | 11270
        2026-01-24 | 38        | 1031  | 11270    | 39       | 1031         | 11270
        2026-01-25 | 37        | 1031  | 11270    | 38       | 1031         | 11270
    """):
        on = date.fromisoformat(row["on"])
        levels = Counter(division.level(code).name for code in load_tree().codes(on))
        kinds = Counter(office.kind.name for office in offices.offices() if office.period.contains(on))
        assert [levels["DISTRICT"], levels["TOWN"], levels["VILLAGE"]] == [int(row[k]) for k in list(row)[1:4]], row
        counted = [kinds["AGENCY"], kinds["TOWN_OFFICE"], kinds["VILLAGE_COMMITTEE"]]
        assert counted == [int(row[k]) for k in list(row)[4:]], row


def test_in_2015_there_were_forty_district_agencies():
    on = date(2015, 7, 1)
    agencies = [office for office in offices.offices() if office.kind == "AGENCY" and office.period.contains(on)]
    assert len(agencies) == 40


def test_the_responsible_office_of_a_place_on_a_day(table):
    for row in table("""
        place        | 2015-07-01            | 2026-01-24            | 2026-01-25            | which
        500101001001 | 500101500101001001    | 500101500101001001    | 500101500101001001    | 万州区的一个社区
        500101001000 | 500101500101001       | 500101500101001       | 500101500101001       | 万州区高笋塘街道
        500101       | 500101                | 500101                | 500101                | 万州区
        500105006    | 500105500105006       | 500105500105006       | 500157500105006       | 观音桥街道: 江北区到两江新区
        500112133    | 500112500112133       | 500112500112133       | 500109500112133       | 统景镇: 渝北区到北碚区
        500109006    | 500109500109006       | 500109500109006       | 500157500109006       | 蔡家岗街道: 北碚区到两江新区
        500112007    | 500191500112007       | 500112500112007       | 500157500112007       | 鸳鸯街道: 北部新区、渝北区、两江新区
        500110004    | 500190500110004       | 500190500110004       | 500190500110004       | 万盛街道: 万盛经开区
        500110001    | 500110500110001       | 500110500110001       | 500110500110001       | 古南街道: 綦江区
        500105       | 500105                | 500105                | 500157                | 江北区, ended
        500112       | 500112                | 500112                | 500157                | 渝北区, ended: most of it
        500157       | 50                    | 50                    | 500157                | 两江新区
        500234       | 50                    | 500154                | 500154                | 开县, since 2017 开州区
        500222       | 500110                | 500110                | 500110                | 綦江县, since 2012 綦江区
        500101001999 | 500101500101001       | 500101500101001       | 500101500101001       | a village nobody knows
        500101999    | 500101                | 500101                | 500101                | a town nobody knows
        500999       | 50                    | 50                    | 50                    | a district nobody knows
        510104       | 50                    | 50                    | 50                    | 成都
        50010        | 50                    | 50                    | 50                    | not a code
                     | 50                    | 50                    | 50                    | not known
    """):
        for on in ("2015-07-01", "2026-01-24", "2026-01-25"):
            assert offices.office_path(row["place"], date.fromisoformat(on)) == row[on], (row["which"], on)


def test_an_ended_district_names_the_one_that_took_most_towns_first():
    tree = load_tree()
    assert tree.successors("500112", BEFORE) == ()
    assert tree.successors("500112", AFTER) == ("500157", "500109")


def test_a_town_keeps_its_code_and_changes_its_full_name():
    tree = load_tree()
    assert tree.full_name("500112133000", BEFORE) == "重庆市渝北区统景镇"
    assert tree.full_name("500112133000", AFTER) == "重庆市北碚区统景镇"


def test_forty_seven_towns_change_hands():
    moved = [link for link in load_tree().successions if link.old == link.new]
    taken = Counter(link.new_parent for link in moved)
    assert taken == {"500157": 42, "500109": 5}


def test_the_links_tell_the_same_story_as_the_periods():
    tree = load_tree()
    changed = {link.old: link for link in tree.successions if link.old == link.new}
    versions = list(tree.all_versions())
    reborn = [later for earlier, later in pairwise(versions) if earlier.code == later.code]
    assert {version.code for version in reborn} == set(changed)
    for later in reborn:
        link = changed[later.code]
        assert (later.parent, later.period.start) == (link.new_parent, link.changed_on)
        assert tree.parent(later.code, BEFORE) == link.old_parent
    ended = {version.code for version in versions if version.level is division.Level.DISTRICT and version.period.end}
    assert ended == {link.old for link in tree.successions if link.old != link.new}


def test_the_table_for_set_engines_answers_as_the_rule_does():
    for on in (BEFORE, AFTER):
        paths = dict(offices.office_table(on))
        assert all(paths[code] == offices.office_path(code, on) for code in paths)
        for unknown in ("500101001999", "500101999999", "500112999", "510104"):
            found = next((paths[code] for code in (unknown, unknown[:9], unknown[:6]) if code in paths), division.CITY)
            assert found == offices.office_path(unknown, on)


def test_the_kind_of_a_town_by_its_code(table):
    for row in table("""
        code      | kind
        500101001 | SUBDISTRICT
        500110100 | TOWN
        500101200 | TOWNSHIP
        500101    |
    """):
        assert (division.town_kind(row["code"]) or "") == row["kind"], row


def test_codes_are_folded_to_their_own_length(table):
    for row in table("""
        written      | meant
        500000000000 | 50
        500000       | 50
        5001         | 50
        500101000000 | 500101
        500101000    | 500101
        500101100000 | 500101100
        500101100    | 500101100
        500101001001 | 500101001001
    """):
        assert division.canonical(row["written"]) == row["meant"], row
