"""The printed sheet read back: its words, its code, its picture.

When the look is meant to change: `python -m tests.integration.forms.test_sheet` paints the golden pictures anew; look at them.
"""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from canbao.outside.printing import Fonts, MissingFonts, MissingGlyph
from canbao.rules.forms import form_number, is_form_number
from tests.integration.forms.sheets import RARE, sheet
from tests.paper import MODULES, bare, codes, pictures, print_sheets, words

GOLDEN = Path(__file__).parent / "golden"
DOTS = 60
UNASSIGNED, PRIVATE = "\U0003fffd", "\ue815"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


@pytest.fixture(scope="module")
def one(kept: Path) -> bytes:
    return print_sheets([sheet()], kept)


def test_the_words_can_be_read_back(one: bytes) -> None:
    front, back = map(bare, words(one))
    for said in (
        f"张{RARE}",
        "500901198001010012",
        "2300009871",
        "A00987654321",
        "2009-03-01",
        "尊敬的",
        "工伤保险、生育保险。",
    ):
        assert said in front
    assert "打印日期:2026年11月24日" in front
    assert "或:(您已于" not in front and "择一打印" not in front
    assert all(
        said in back for said in ("13900000456", "023—67901234", "人民路社区(村/社区)人民路188号3-4(街/路/巷/门牌号)")
    )


def test_ticked_boxes_are_ticked_and_no_others(one: bytes) -> None:
    back = bare(words(one)[1])
    assert all(
        f"√□{said}" in back or f"□√{said}" in back
        for said in ("1.就业", "市内", "企业职工(含机关事业单位临聘人员)", "无力缴费")
    )
    assert back.count("√") == 4 and back.count("□") == 36


def test_the_code_says_number_and_edition_only(one: bytes) -> None:
    assert codes(one) == [[f"{form_number(2026, 1)}-1"], []]
    assert is_form_number(form_number(2026, 1)) and not is_form_number("260000000011")


def test_many_sheets_are_two_pages_each_with_their_own_code(kept: Path) -> None:
    pdf = print_sheets([sheet(serial, name=f"李{serial}") for serial in range(1, 6)], kept)
    read = codes(pdf)
    assert read[1::2] == [[]] * 5
    assert read[::2] == [[f"{form_number(2026, serial)}-1"] for serial in range(1, 6)]
    assert [f"第{1 + page % 2}页共2页" in bare(text) for page, text in enumerate(words(pdf))] == [True] * 10


def test_what_is_very_long_is_set_smaller_and_stays_on_its_page(kept: Path) -> None:
    long = "某" * 128
    paid = {
        "first": "2009-03-01",
        "state": "暂停享受待遇",
        "capacity": long[:20],
        "employer": long * 2,
        "place": long[:40],
    }
    letter = sheet()["letter"] | dict.fromkeys(("insured", "owed", "may"), "城镇职工基本养老保险、" * 8)
    facts = dict.fromkeys(("name", "doc_type", "hukou_type", "number_employee", "number_resident"), long)
    home = dict.fromkeys(("province", "city", "district", "town", "village", "rest"), long)
    pdf = print_sheets(
        [sheet(insurances=[paid] * 8, letter=letter, hukou=long * 2, office=long, home=home, work_in=long, **facts)],
        kept,
    )
    assert len(words(pdf)) == 2


def test_rare_characters_are_drawn_each_in_its_own_way(one: bytes) -> None:
    """A font without the character would draw the same empty box for each."""
    document = pypdfium2.PdfDocument(one)
    text = document[0].get_textpage()
    found, place = {}, text.search(f"张{RARE[0]}").get_next()[0]
    picture = document[0].render(scale=4).to_pil().convert("L")
    height = document[0].get_height()
    for character in RARE:
        place += 1
        left, bottom, right, top = text.get_charbox(place)
        place += ord(character) > 0xFFFF  # counted as two
        found[character] = picture.crop([int(4 * v) for v in (left, height - top, right, height - bottom)]).tobytes()
    assert len(set(found.values())) == len(RARE)


@pytest.mark.parametrize("character", [UNASSIGNED, PRIVATE, "\u200b"], ids=ascii)
def test_a_character_no_font_draws_stops_the_print_and_is_named(character: str, kept: Path) -> None:
    with pytest.raises(MissingGlyph) as hole:
        print_sheets([sheet(1), sheet(2, hukou=f"某村{character}组")], kept)
    assert (hole.value.character, hole.value.place) == (character, 1)


def test_without_the_packages_nothing_is_printed(tmp_path: Path) -> None:
    with pytest.raises(MissingFonts):
        Fonts(modules=tmp_path, kept=tmp_path).rare_for(["张三"])


def test_all_fonts_are_in_the_file(one: bytes) -> None:
    """A font that is only named would be another one on another machine."""
    assert one.count(b"/FontDescriptor") > 0
    assert one.count(b"/FontFile2") + one.count(b"/FontFile3") >= 2


@pytest.mark.parametrize("page", [0, 1], ids=["front", "back"])
def test_it_looks_as_it_did(page: int, one: bytes) -> None:
    golden = Image.open(GOLDEN / f"{page}.png")
    apart = ImageChops.difference(*(_soft(picture) for picture in (golden, pictures(one, dots=DOTS)[page])))
    assert _worst(apart) < 24, "a part of the page looks different"


def test_a_missing_line_would_be_seen(one: bytes) -> None:
    picture = pictures(one, dots=DOTS)[0]
    changed = picture.copy()
    changed.paste(255, (40, 300, 130, 310))
    assert _worst(ImageChops.difference(_soft(picture), _soft(changed))) > 24


def _soft(picture: Image.Image) -> Image.Image:
    """Another version of the renderer smooths in another way."""
    return picture.convert("L").filter(ImageFilter.GaussianBlur(1.5))


def _worst(apart: Image.Image) -> int:
    """The greatest mean difference of any square of eight dots."""
    return int(apart.resize((apart.width // 8, apart.height // 8), Image.Resampling.BOX).getextrema()[1])


if __name__ == "__main__":
    import tempfile

    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures(print_sheets([sheet()], Path(folder)), dots=DOTS)):
            picture.quantize(16).save(GOLDEN / f"{number}.png", optimize=True)
    print("painted from", MODULES)  # noqa: T201
