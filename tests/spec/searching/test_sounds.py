"""How a name sounds, for those who type letters."""

from __future__ import annotations

from canbao.rules.sounds import sound_of, splits


def test_one_likely_reading_with_the_surname_read_as_a_surname(table):
    for row in table("""
        name       | sound
        张伟       | zw zhang wei
        曾国藩     | zgf zeng guo fan
        单雄信     | sxx shan xiong xin
        覃小明     | qxm qin xiao ming
        解珍       | xz xie zhen
        仇英       | qy qiu ying
        任贤齐     | rxq ren xian qi
        尉迟恭     | ycg yu chi gong
        欧阳修     | oyx ou yang xiu
        吕布       | lb lv bu
        王重阳     | wzy wang zhong yang
        买买提艾力 | mmtal mai mai ti ai li
        张?        |
        JOHN SMITH |
    """):
        assert (sound_of(row["name"]) or "") == row["sound"], row


def test_letters_are_read_as_whole_syllables(table):
    for row in table("""
        typed    | ways
        zhangwei | zhang wei
        xian     | xian, xi an
        xi'an    | xi an
        fangang  | fan gang, fang ang
        lueyi    | lve yi, lv e yi
        zw       |
        zhangw   |
    """):
        assert ", ".join(" ".join(way) for way in splits(row["typed"])) == row["ways"], row


def test_a_long_row_of_letters_does_not_take_long():
    assert splits("xianxianxianxianxianxianxianxianxianxianxianxianxianxian")
    assert splits("a" * 60) and not splits("zzzzzzzzzzzz" * 5)
