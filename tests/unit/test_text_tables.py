"""The frozen tables behind `rules.text` say what Unicode and OpenCC say. Run this file to write them anew.

`python -m tests.unit.test_text_tables` takes the newest Unicode data it can import (the package unicodedata2, else Python's own)
and OpenCC's dictionaries. What is in the tables already never changes, for keys are made with them: only characters that
Unicode has assigned since are added. The tables of private-use characters are derived from the layout of GBK.
"""

from __future__ import annotations

import csv
import io
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import ModuleType

from canbao.rules import text_tables
from canbao.rules.text_tables import Kind

FOLDER = Path(text_tables.__file__).parent / "data"
EVERY = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]

# Default_Ignorable_Code_Point of DerivedCoreProperties.txt, reserved code points included.
IGNORABLE = (
    "00AD 034F 061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFF8"
    " 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)
# Marks set on letters of any script in the blocks made for them; vowel signs of scripts are no such marks.
DIACRITICS = "0300-036F 1AB0-1AFF 1DC0-1DFF 20D0-20FF FE20-FE2F"
BLANK_CONTROLS = "\t\n\v\f\r\x85"
BRAILLE_BLANK = "\u2800"
# Equivalent_Unified_Ideograph of the CJK radicals (EquivalentUnifiedIdeograph.txt): what copying out of PDF makes of characters.
RADICALS = (
    "⺁厂 ⺂乛 ⺃乚 ⺄乙 ⺅亻 ⺆冂 ⺇𠘨 ⺈刀 ⺉刂 ⺊卜 ⺋㔾 ⺌小 ⺍小 ⺎兀 ⺏尣 ⺐尢 ⺑𡯂 ⺒巳 ⺓幺 ⺔彑 ⺕彐 ⺖忄 ⺗心 ⺘扌 ⺙攵 ⺛旡 ⺜日 ⺝月"
    " ⺞歺 ⺠民 ⺡氵 ⺢氺 ⺣灬 ⺤爫 ⺥爫 ⺦丬 ⺧牛 ⺨犭 ⺩王 ⺪𤴔 ⺫目 ⺬示 ⺭礻 ⺮𥫗 ⺯糹 ⺰纟 ⺱罓 ⺲罒 ⺳㓁 ⺴冗 ⺵𦉫 ⺶羊 ⺷𦍌 ⺸𦍋"
    " ⺹耂 ⺺肀 ⺻聿 ⺼肉 ⺽𦥑 ⺾艹 ⺿艹 ⻀艹 ⻁虎 ⻂衤 ⻃覀 ⻄西 ⻅见 ⻆角 ⻇𧢲 ⻈讠 ⻉贝 ⻊𧾷 ⻋车 ⻌辶 ⻍辶 ⻎辶 ⻏邑 ⻐钅 ⻑長 ⻒镸"
    " ⻓长 ⻔门 ⻕𨸏 ⻖阝 ⻗雨 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻞𩙿 ⻟飠 ⻠饣 ⻡𩠐 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐"
    " ⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀"
)


def ranges(text: str) -> set[str]:
    found = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= {chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)}
    return found


@lru_cache(maxsize=1)
def derived(data: ModuleType) -> dict[Kind, dict[str, str]]:
    """What the tables should be by this Unicode data (`unicodedata`, or a module like it)."""
    blanks = {char for char in EVERY if data.category(char) in ("Zs", "Zl", "Zp")} | set(BLANK_CONTROLS + BRAILLE_BLANK)
    nothing = {char for char in EVERY if data.category(char) in ("Cc", "Cf")} | ranges(IGNORABLE)
    nothing |= {chr(code) for code in range(0x110000) if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF}
    nothing -= blanks
    seen = [char for char in EVERY if char not in blanks and char not in nothing]
    found = {
        Kind.NOTHING: dict.fromkeys(sorted(nothing), ""),
        Kind.BLANK: dict.fromkeys(sorted(blanks - {" "}), " "),
        Kind.RADICAL: {pair[0]: pair[1] for pair in RADICALS.split()},
        Kind.CANONICAL: {},
        Kind.COMPATIBLE: {},
        Kind.DIACRITIC: dict.fromkeys(sorted(ranges(DIACRITICS) - nothing), ""),
        Kind.UPPER: {char: upper for char in seen if (upper := _upper(char, data)) != char},
        Kind.DIGIT: {c: str(data.decimal(c)) for c in seen if data.category(c) == "Nd" and not c.isascii()},
        Kind.SIMPLIFIED: simplified(),
    }
    for char in seen:
        if (apart := _apart(char, data)) != char:
            tagged = data.decomposition(char).startswith("<")
            found[Kind.COMPATIBLE if tagged else Kind.CANONICAL][char] = apart
    return found


def _apart(char: str, data: ModuleType) -> str:
    """NFKD, but for Hangul: its syllables stay whole, its letters single, half-width ones become letters."""
    apart: str = data.normalize("NFKD", char)
    if not any(0x1100 <= ord(part) <= 0x11FF for part in apart):
        return apart
    tag, _, narrow = data.decomposition(char).partition(" ")
    return chr(int(narrow, 16)) if tag == "<narrow>" else char


def _upper(char: str, data: ModuleType) -> str:
    """As Python says; capitals younger than its Unicode data by their name."""
    if char.upper() != char or data.category(char) != "Ll" or data.decomposition(char):
        return char.upper()
    try:
        capital = str(data.lookup(data.name(char, "").replace("SMALL LETTER", "CAPITAL LETTER", 1)))
    except KeyError:
        return char
    return capital if unicodedata.category(capital) == "Cn" else char


def simplified() -> dict[str, str]:
    """Traditional and regional variant characters to the simplified one, of OpenCC's tables."""
    table: dict[str, str] = {}
    for file in ("TSCharacters.txt", "TWVariantsRev.txt", "HKVariantsRev.txt"):
        text = resources.files("opencc").joinpath("dictionary", file).read_text("utf-8")
        for line in text.splitlines():
            old, _, new = line.partition("\t")
            if len(old) == 1 and new:
                table.setdefault(old, new.split(" ")[0])
    return {old: last for old, new in table.items() if (last := table.get(new, new)) != old}


def private_use() -> Iterator[tuple[str, str]]:
    """(position in GBK, private code point): the cells GBK left empty were given U+E766 to U+E864 in their order."""
    rows = [(lead, range(0x40 if lead >= 0xA8 else 0xA1, 0xFF)) for lead in range(0xA2, 0xAA)]
    code = 0xE766
    for lead, trails in [*rows, (0xD7, range(0xFA, 0xFF)), (0xFE, range(0x50, 0xA1))]:
        for position in (bytes((lead, trail)) for trail in trails if trail != 0x7F):
            try:
                position.decode("gbk")
            except UnicodeDecodeError:
                yield position.hex().upper(), chr(code)
                code += 1


def test_unicode_as_this_python_knows_it_is_in_the_tables() -> None:
    frozen = text_tables.kinds()
    for kind, table in derived(unicodedata).items():
        missing = {char: to for char, to in table.items() if frozen[kind].get(char) != to}
        assert not missing, f"{kind}: {[f'{ord(char):04X}' for char in missing][:9]}"


def test_the_tables_say_nothing_of_characters_this_python_knows_otherwise() -> None:
    wanted = derived(unicodedata)
    for kind in set(wanted) - {Kind.NOTHING, Kind.DIACRITIC}:
        for char in text_tables.kinds()[kind]:
            assert char in wanted[kind] or unicodedata.category(char) == "Cn" or _younger_capital(char), (kind, char)


def _younger_capital(char: str) -> bool:
    """A letter that got its capital after this Python's Unicode."""
    upper = text_tables.kinds()[Kind.UPPER].get(char, "")
    return len(upper) == 1 and unicodedata.category(upper) == "Cn"


def test_private_positions_are_those_of_gbk_and_become_what_gb18030_says() -> None:
    cells = dict(private_use())
    assert cells["FE50"] == "\ue815" and cells["FEA0"] == "\ue864"
    for row in (row for row in text_tables.private_use_rows() if row["position"]):  # others may be added by the bureau
        assert cells[row["position"]] == row["private"], row
        decoded = bytes.fromhex(row["position"]).decode("gb18030")
        assert decoded in (row["private"], row["character"]), row
    known = {row["position"] for row in text_tables.private_use_rows()}
    assigned = {cell for cell, private in cells.items() if bytes.fromhex(cell).decode("gb18030") != private}
    assert assigned <= known, "what GB 18030-2000 had assigned already"


def _written(tables: Mapping[Kind, Mapping[str, str]]) -> str:
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(["kind", "first", "last", "to"])
    for kind, table in tables.items():
        for first, last, to in _runs(sorted(table.items())):
            sheet.writerow([kind, f"{first:04X}", f"{last:04X}" if last > first else "", to])
    return out.getvalue()


def _runs(pairs: list[tuple[str, str]]) -> Iterator[tuple[int, int, str]]:
    """Neighbours that go to nothing, or to neighbours, are one line."""
    while pairs:
        (char, to), size = pairs[0], 1
        while size < len(pairs) and pairs[size] == (_next(char, size), _next(to, size) if len(to) == 1 else ""):
            if len(to) > 1:
                break
            size += 1
        yield ord(char), ord(char) + size - 1, " ".join(f"{ord(part):04X}" for part in to)
        pairs = pairs[size:]


def _next(char: str, size: int) -> str:
    code = ord(char) + size
    return chr(code) if code < 0x110000 else ""


if __name__ == "__main__":
    try:
        import unicodedata2 as newest
    except ImportError:
        newest = unicodedata
    before = text_tables.kinds() if (FOLDER / "text.csv").exists() else {}
    after = {kind: {**table, **before.get(kind, {})} for kind, table in derived(newest).items()}
    (FOLDER / "text.csv").write_text(_written(after), "utf-8")
    sys.stdout.write(f"text.csv: Unicode {newest.unidata_version}\n")
