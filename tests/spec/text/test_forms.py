"""What is one text although it was written in two ways. Characters that cannot be seen are written <hexadecimal>."""

from __future__ import annotations

import re

import pytest

from canbao.rules.identity import examine
from canbao.rules.names import NameLevel, compare, name_key
from canbao.rules.searching import parse
from canbao.rules.text import code_form, key_form, name_form, number_form, search_form, text_form


def sent(cell: str) -> str:
    return re.sub("<([0-9A-F]{4,5})>", lambda found: chr(int(found[1], 16)), cell)


def test_what_is_kept_and_printed(table):
    for row in table("""
        written                  | kept             | what
        葛<E0100>明远            | 葛明远           | ideographic variation sequence
        葛<FE00>明远             | 葛明远           | variation selector
        <202A>张<200F>伟<202C>   | 张伟             | bidi controls
        张<200B>伟<FEFF><00AD>   | 张伟             | zero width, byte order mark, soft hyphen
        张<180B>伟<180E>         | 张伟             | Mongolian variation selector, vowel separator
        张<3164>伟<115F>         | 张伟             | Hangul fillers
        张<0000>伟<001F><0085>   | 张伟             | control characters, NUL
        张<3000>伟<00A0>         | 张 伟            | blanks
        <2003>张<2003><2003>伟   | 张 伟            | several are one, none at the ends
        <E863>小宝               | 䶮小宝           | private use of GBK
        <E81A>小宝               | 㑳小宝           | private use of GBK
        <E000>小宝               | <E000>小宝       | private use that nobody can read: kept
        <F951>伟                 | 陋伟             | compatibility ideograph
        <2ED3>青                 | 长青             | radical, as copied from PDF
        <2F70>伟                 | 示伟             | Kangxi radical
        ５号３－２Ａ             | 5号3－2A         | wide letters and digits; signs stay wide
        渝北区（某某路）：５     | 渝北区（某某路）：5 | Chinese punctuation stays
        買買提·艾力             | 買買提·艾力      | traditional characters stay
        '张伟                    | 张伟             | text sign of a spreadsheet
        ="张伟"                  | 张伟             | formula of a spreadsheet
        "张伟"                   | 张伟             | quoted twice
        ="'张伟 "                | 张伟             | both
        "幸福"小区               | "幸福"小区       | quotes of the text itself
        O'Brien                  | O'Brien          | apostrophe of a name
        José                     | José             | marks and case stay
    """):
        assert text_form(sent(row["written"])) == sent(row["kept"]), row["what"]


def test_numbers_in_one_writing(table):
    for row in table("""
        written                     | compared as         | what
        50090119900501011x          | 50090119900501011X  | small x
        50090119900501011Ｘ         | 50090119900501011X  | wide
        50090119820505007Х          | 50090119820505007X  | Cyrillic
        50090119820505007х          | 50090119820505007X  | Cyrillic, small
        50090119820505007Χ          | 50090119820505007X  | Greek
        50090119820505007×          | 50090119820505007X  | times
        50090119820505007✕          | 50090119820505007X  | cross
        50090119820505007＊         | 50090119820505007X  | asterisk
        50090119820505007Ⅹ          | 50090119820505007X  | Roman numeral
        5009011982050500×7          | 5009011982050500×7  | not in the last place
        H1234567×                   | H1234567×           | not in a citizen number
        Н12345678                   | H12345678           | Cyrillic Н
        ЕА1234567                   | EA1234567           | Cyrillic Е, А
        ٥٠٠٩٠١                      | 500901              | Arabic-Indic digits
        ５００９０１                | 500901              | wide digits
        𝟓𝟎𝟎                         | 500                 | mathematical digits
        '500901199005010115         | 500901199005010115  | text sign of a spreadsheet
        ="500901199005010115"       | 500901199005010115  | formula of a spreadsheet
        “500901199005010115”        | 500901199005010115  | curly quotes
        500901199005010115<0009>    | 500901199005010115  | TAB behind
        <00A0>500901<2007>1990<2028>| 5009011990          | blanks of Unicode
        500901<200B>199005<2060>01  | 50090119900501      | zero width
        50090119900501O11l          | 50090119900501O11L  | letters O and l stay: to be proposed, not repaired
        军字第〇〇1234号            | 军字第〇〇1234号    | Chinese characters
        023—6789                    | 023-6789            | dashes
        (853)１２３                 | (853)123            | brackets
    """):
        assert number_form(sent(row["written"])) == row["compared as"], row["what"]


def test_keys_in_one_writing(table):
    for row in table("""
        written                  | key                       | what
        ="P001"                  | P001                      | formula of a spreadsheet
        'P002                    | P002                      | text sign of a spreadsheet
        'P003<0009>              | P003                      | TAB behind
        p003<3000>               | P003                      | case, blank of Unicode
        50090119830303003x       | 50090119830303003X        | a number in the place of a key
        '50090119840404078X      | 50090119840404078X        | the same in a spreadsheet
        12.50                    | 12.50                     | a point is not a dot of a name
        500901买买提•艾力        | 500901买买提·艾力         | dots between the parts of a name
        500901买买提˙艾力        | 500901买买提·艾力         | the dot of other keyboards
        500901葛<E0100>明远      | 500901葛明远              | variation selector
    """):
        assert key_form(sent(row["written"])) == row["key"], row["what"]


def test_codes_in_one_writing(table):
    for row in table("""
        written              | looked up as
        ０１                 | 01
        '01                  | 01
        ="01"                | 01
        正 常                | 正常
        非农业户口（城镇）   | 非农业户口(城镇)
        hz                   | HZ
    """):
        assert code_form(sent(row["written"])) == row["looked up as"], row


def test_names_in_one_writing(table):
    for row in table("""
        written                       | base
        阿卜杜热合曼。麦麦提          | 阿卜杜热合曼麦麦提
        张 伟                         | 张 伟
        買買提・艾力                  | 买买提 艾力
        张<E000>                      | 张?
        张<FFFD>                      | 张?
        张〓■伟                       | 张??伟
        张伟【大】                    | 张伟(大)
    """):
        assert name_form(sent(row["written"])) == row["base"], row


@pytest.mark.parametrize(
    "written",
    ["买买提·艾力", "买买提•艾力", "买买提・艾力", "买买提．艾力", "买买提.艾力", "买买提‧艾力", "买买提∙艾力", "买买提⋅艾力",
     "买买提●艾力", "买买提﹒艾力", "买买提･艾力", "买买提。艾力", "买买提｡艾力", "买买提—艾力", "买买提——艾力", "买买提-艾力",
     "买买提－艾力", "买买提–艾力", "买买提˙艾力", "买买提 艾力", "买买提_艾力", "买买提'艾力", "買買提·艾力",
     "买买提<E0101>·艾力", "<202B>买买提·艾力<202C>"],
)  # fmt: skip
def test_parts_of_a_name_may_be_divided_by_anything(written: str):
    """The norm is U+00B7; people type what their keyboard has, and 。 or — is never part of a name."""
    assert name_key(sent(written)) == "买买提艾力"


def test_what_cannot_be_seen_makes_no_other_name(table):
    for row in table("""
        one              | other
        葛<E0100>明远    | 葛明远
        <E863>小宝       | 䶮小宝
        <2ED3>青         | 长青
        龙在田<3000>     | 龙在田
        <202D>次仁卓玛   | 次仁卓玛
        <2CB73>小宝      | 𬭳小宝
    """):
        assert compare(name_key(sent(row["one"])), name_key(sent(row["other"]))) is NameLevel.SAME, row


def test_the_search_box_reads_what_it_sees(table):
    for row in table("""
        typed                    | kind   | term
        葛<E0100>明远            | NAME   | 葛明远
        <202D>葛明远<202C>       | NAME   | 葛明远
        <E863>小宝               | NAME   | 䶮小宝
        买买提˙艾力              | NAME   | 买买提艾力
        zhāng wěi                | SOUND  | zw zhang wei
        zha<0304>ng we<030C>i    | SOUND  | zw zhang wei
        ="500901199005010115"    | NUMBER | 500901199005010115
        50090119820505007Х       | NUMBER | 50090119820505007X
    """):
        found = parse(sent(row["typed"]))
        term = "|".join(found.sounds) or found.name or found.numbers[0]
        assert (found.kind, term) == (row["kind"], row["term"]), row


def test_typed_text_keeps_case_and_marks():
    assert search_form("ｌü　Ｂｕ ﬁ（１）") == "lü Bu fi(1)"


def test_a_number_is_valid_however_its_x_is_written():
    for written in "XxХхΧ×✕＊*Ⅹ":
        assert examine("01", f"'50090119820505007{written}").valid, written
    assert not examine("01", "50090119820505OO7X").valid


@pytest.mark.parametrize(
    "cell", ['"' + "'" * 200_000, '"' + '"' * 200_000 + "a", '"a' + "' " * 100_000 + "b", '="' + "=" * 200_000 + "a"]
)
def test_a_cell_of_quotes_is_read_in_one_pass(cell: str):
    assert text_form(cell)  # with a pattern that goes back it would take days
