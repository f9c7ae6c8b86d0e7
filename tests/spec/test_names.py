"""When two spellings are one name, and how strongly they agree."""

from __future__ import annotations

import random
import re

import pytest

from canbao.rules.names import compare, fills, name_key


def test_what_survives_in_the_form_in_which_names_are_compared(table):
    for row in table("""
        written            | compared as
        张伟               | 张伟
        张 伟              | 张伟
        張偉               | 张伟
        买买提·艾力        | 买买提艾力
        买买提•艾力        | 买买提艾力
        张伟（大）         | 张伟
        张伟2              | 张伟
        李？强             | 李?强
        李□强              | 李?强
        garcía, Maria      | GARCIA MARIA
        ＭＡＲＩＡ　ＧＡＲＣＩＡ | GARCIA MARIA
        O'Brien Pat        | OBRIEN PAT
        张伟(大)2          | 张伟
        张伟2(大)          | 张伟
        张伟【二】         | 张伟
        123                | 123
        (大)               | (大)
        张伟(大)(二)       | 张伟
        张(大)伟           | 张(大)伟
        张(大)伟(二)       | 张
        张伟<离异>2[三]    | 张伟
    """):
        assert name_key(row["written"]) == row["compared as"], row
    assert name_key("张\ue000") == name_key("张\ufffd") == "张?"


def test_how_two_names_agree(table):
    for row in table("""
        one          | other        | agree
        张伟         | 張偉         | SAME
        MARIA GARCIA | Garcia Maria | SAME
        MARIAGARCIA  | Garcia Maria | SAME
        李国强       | 李国墙       | HOMOPHONE
        刘兰         | 牛男         | HOMOPHONE
        张曾         | 章增         | HOMOPHONE
        李国强       | 李?强        | LOST
        李国强       | 李??         | LOST
        欧阳雪       | 欧?雪        | LOST
        李国强       | 李?明        | DIFFERENT
        李国强       | 李国庆       | PART
        李国强       | 李强         | PART
        李强         | 李刚         | DIFFERENT
        余国强       | 佘国强       | PART
        刘           | 刘赟         | LOST
        李国强       | 王国庆       | DIFFERENT
        王芳之子     | 张子轩       | PLACEHOLDER
        王芳之女二   | 王芳         | PLACEHOLDER
        新生儿       | 张子轩       | PLACEHOLDER
        王芳之子     | 王芳之子     | SAME
        GARCIA MARIA | GARCIA MARIA ANA | PART
        GARCIA       | GARCIA MARIA | DIFFERENT
    """):
        a, b = name_key(row["one"]), name_key(row["other"])
        assert compare(a, b) == compare(b, a) == row["agree"], row


def test_a_name_that_lost_characters_is_filled_by_a_whole_one(table):
    for row in table("""
        damaged | whole    | filled
        ?小宝   | 䶮小宝   | yes
        ??小宝  | 䶮小宝   | yes
        李?强   | 李国强   | yes
        李?强   | 李强     | no
        ?小宝   | 䶮小保   | no
        ?小宝   | ?小宝    | no
        张伟    | 张伟     | no
    """):
        assert fills(row["damaged"], row["whole"]) == (row["filled"] == "yes"), row


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("张" + "5001131990010112345" * 500 + "乙", None),
        ("张" + "()" * 5000 + "乙", None),
        ("张" + "([<" * 5000, None),
        ("张" + "(1)2" * 5000, "张"),
    ],
)
def test_a_name_cell_full_of_digits_or_brackets_has_a_key_at_once(written: str, key: str | None) -> None:
    """Tried in every way they can be divided they would take longer than the world stands."""
    assert name_key(written) == (written if key is None else key)


def test_marks_of_lost_characters_without_end_are_compared_at_once() -> None:
    damaged, whole = "?一" * 60, "一" * 100
    assert fills(damaged, "二一" * 60) and not fills(damaged, whole + "二")
    assert compare(damaged, whole + "二") == compare(whole + "二", damaged) == "DIFFERENT"
    assert compare(damaged, whole) == "LOST"


def test_what_stands_behind_a_name_is_cut_as_the_pattern_says() -> None:
    """The pattern that says it shortest, which is no way to work it out."""
    said = re.compile(r"^(.*?[^0-9])(?:\(.*\)|\[.*\]|<.*>|[0-9]+)+$")
    draw = random.Random(16)
    for _ in range(5000):
        text = "".join(draw.choices("张伟1()[]<>", k=draw.randrange(1, 11)))
        assert name_key(text) == said.sub(r"\1", text), text
