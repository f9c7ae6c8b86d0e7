"""第五条: the village that is responsible, where the departments name only the town."""

from __future__ import annotations

from canbao.rules import village_address, village_choice
from canbao.rules.division import load_tree
from canbao.rules.village_choice import Evidence, Missing, Piece


def test_what_an_address_says_of_its_village(table):
    """大足区中敖镇, however much of it is written."""
    names = village_address.above(load_tree(), "500111103")
    for row in table("""
        address                                              | signs
        重庆市大足区中敖镇中敖社区民生路18号3-1              | NAME中敖 ROAD民生路 DOOR民生路18 SECTION民生路10双
        大足区中敖社区民生路19号                             | NAME中敖 ROAD民生路 DOOR民生路19 SECTION民生路10单
        重庆大足中敖民生路18#                                | PHRASE民生 PHRASE民生路 ROAD民生路 DOOR民生路18 SECTION民生路10双
        大足区中敖镇民生路１８号天骄花园３栋２单元５－１     | PHRASE民生 PHRASE民生路 ROAD民生路 DOOR民生路18 SECTION民生路10双 ESTATE天骄花园 BUILDING天骄花园3
        中敖镇天骄花园3号楼5-1（中敖社区）                   | NAME中敖 ESTATE天骄花园 BUILDING天骄花园3
        中敖镇民生路18号天骄花园                             | PHRASE民生 PHRASE民生路 ROAD民生路 DOOR民生路18 SECTION民生路10双 ESTATE天骄花园
        重庆市大足区中敖镇加福村第三村民小组王家湾12号       | NAME加福 YARD3组王家湾
        大足区 中敖镇 加福村三社王家湾12号                   | NAME加福 YARD3组王家湾
        大足区中敖镇3组                                      |
        大足区中敖镇新村路7号                                | PHRASE新村 PHRASE新村路 ROAD新村路 DOOR新村路7 SECTION新村路0单
        重庆市大足区中敖镇                                   |
                                                             |
    """):
        rest = village_address.below_town(village_address.written_alike(row["address"]), names)
        found = {f"{sign}{text}" for sign, text in village_address.signs(rest)}
        assert found == set(row["signs"].split()), row


def test_the_name_of_a_village_as_addresses_have_it(table):
    for row in table("""
        name                 | core
        中敖社区居民委员会   | 中敖
        加福村村民委员会     | 加福
        加福村民委员会       | 加福
        村                   | 村
        新村社区居民委员会   | 新村
    """):
        assert village_address.core(row["name"]) == row["core"], row


def test_which_village_is_chosen(table):
    """Evidence of one family counts once, of two families twice; by how many half bits of odds the best is ahead."""
    for row in table("""
        evidence                                        | village | ahead | by         | why
        OFFICIAL A .998                                 | A       | 17    | OFFICIAL   | alone
        OFFICIAL A .998, ESTATE A .95                   | A       | 26    | OFFICIAL   | two families agree
        ESTATE A .95, ROAD A .90, DOOR A .97            | A       | 10    | DOOR       | one family: the best of them
        OFFICIAL A .998, OWN_SAME B .997                | A       | 1     | OFFICIAL   | they contradict each other
        ROAD A .40, PHRASE B .30                        | A       | 0     | ROAD       | nothing better than a guess
        ROAD B .9, ROAD A .9                            | A       | 0     | ROAD       | always the same answer
                                                        |         |       |            | no evidence
    """):
        pieces = [
            Piece(Evidence(kind), village, float(share))
            for kind, village, share in (part.split() for part in row["evidence"].split(",") if part.strip())
        ]
        found = village_choice.choose(pieces)
        told = (found.village, str(found.ahead), found.by.value) if found else ("", "", "")
        assert told == (row["village"], row["ahead"], row["by"]), (row, told)


def test_from_which_lead_on_nobody_is_asked(table):
    """people × share right, by lead: 99 % of all that are assigned in a town, and no group below 98 %."""
    for row in table("""
        leads                              | from | why
        40: 100 .999, 20: 50 .997          | 20   | all of them sure
        40: 100 .994, 20: 100 .981         | 40   | together below 99 %: 40 alone is sure
        40: 1000 .999, 20: 50 .985         | 20   | few doubtful beside many sure
        40: 1000 .999, 20: 10 .970         | 40   | a group below 98 % waits for a clerk
        40: 100 .985                       |      | none
        40: 20 .985, 30: 500 .999          | 30   | a longest lead that was wrong once: the many behind it make up for it
        40: 20 .985, 30: 500 .990, 20: 9 .992 |   | nothing makes up for it
        40: 20 .970, 30: 500 .999          |      | nobody below 98 % is taken along
    """):
        steps = {}
        for part in row["leads"].split(","):
            lead, rest = part.split(":")
            people, share = rest.split()
            steps[int(lead)] = (int(people), float(share))
        assert village_choice.cut(steps) == (int(row["from"]) if row["from"] else None), row


def test_a_longer_lead_is_never_worth_less(table):
    assert village_choice.rising({1: (50, 100), 2: (90, 100), 3: (80, 100), 4: (99, 100)}) == {
        1: 50.5 / 101, 2: 170.5 / 201, 3: 170.5 / 201, 4: 99.5 / 101,
    }  # fmt: skip


def test_few_cases_of_a_town_weigh_little(table):
    for row in table("""
        right | people | city | in town
        0     | 0      | .99  | 0.99
        0     | 1      | .99  | 0.96
        300   | 300    | .99  | 1.0
        270   | 300    | .99  | 0.91
    """):
        found = village_choice.in_town(int(row["right"]), int(row["people"]), float(row["city"]))
        assert round(found, 2) == float(row["in town"]), row


def test_the_reasons_a_clerk_reads(table):
    for row in table("""
        rule          | people | in village | reason
        ESTATE        | 212    | 211        | 同一小区 212 人中 211 人属于该村（社区）
        HOUSE         | 3      | 3          | 同户 3 人中 3 人登记在该村（社区）
        HOUSE_SAME    | 2      | 2          | 同户、同门牌 2 人中 2 人登记在该村（社区）
        OWN_SAME      | 0      | 0          | 本人另一处登记的住址门牌相同，已登记在该村（社区）
        OWN_INSURED   | 2      | 2          | 本人 2 条参保登记中 2 条登记在该村（社区）
        OFFICIAL      | 0      | 0          | 地址写明该村（社区）名称
        DOOR          | 12     | 12         | 同一门牌 12 人中 12 人属于该村（社区）
        ROAD          | 1200   | 1100       | 同一道路 1,200 人中 1,100 人属于该村（社区）
        NO_SIGN       | 0      | 0          | 本镇街没有可以对照的登记
    """):
        assert village_choice.reason(row["rule"], int(row["people"]), int(row["in village"])) == row["reason"], row
    rules = [*Evidence, *Missing]
    assert all(village_choice.reason(rule, 1, 1) and village_choice.kind_of_reason(rule) for rule in rules)


def test_bands_by_people_and_share(table):
    for row in table("""
        people | in village | band
        0      | 0          |
        1      | 1          | 0-0
        4      | 4          | 2-0
        9      | 8          | 3-3
        212    | 211        | 6-1
        40     | 10         | 5-5
    """):
        assert village_choice.band(int(row["people"]), int(row["in village"])) == row["band"], row
