"""What a record key is made of has a version, so that records keep their keys when it changes."""

from __future__ import annotations

from hashlib import sha256

from canbao.bulk.sources import source_map, sources
from canbao.rules.cells import Reading
from canbao.rules.columns import COLUMNS, RULE_OF_KEYS, VERSION, Type, version_of
from canbao.rules.text import FORMS

DIGESTS = {"2026-12-2": "e5f0bbee4c96c9e0"}
# Cells as they are found in keys: plain, damaged, of other writings, fillers.
CELLS = (
    "P000001", "p000001", "p—0001", "０００１２３", "000123", "123", '="P001"', "'P002", "P 003", "500113199001011000", "5.00113E+11",
    "无", "0", "1", "不详", "111111111111111111", "12345", "P-1", "张·三", "张•三", "买买提 艾力", "1-Mar", "2026-03-01", "〃", "110", "企业职工基本养老保险",
)  # fmt: skip


def test_another_rule_of_keys_has_another_version() -> None:
    """Where this fails: raise RULE_OF_KEYS in `rules.columns`, and put the new digest beside it."""
    forms = [(form.name, sorted(form.table.items()), form.steps, form.composed) for form in FORMS]
    ways = [(source, source_map(source).key) for source in sorted(sources())]
    keys = [
        (name, cell, Reading(name).key_part(cell))
        for name, column in sorted(COLUMNS.items())
        if column.type in (Type.KEY, Type.NUMBER, Type.NAME)
        for cell in CELLS
    ]
    found = sha256(repr([forms, ways, keys]).encode()).hexdigest()[:16]
    assert {RULE_OF_KEYS: found}.items() <= DIGESTS.items()


def test_the_version_of_files_is_of_the_rule_of_keys() -> None:
    assert version_of(RULE_OF_KEYS) == VERSION != version_of("2025-1-1")
