"""When two spellings are one name, and how strongly they agree."""

from __future__ import annotations

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
