"""The normal forms of text, on any text whatever: once is enough, and what is only writing changes nothing."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from canbao.rules.identity import clean
from canbao.rules.names import changed_characters, name_key
from canbao.rules.text import FORMS, Form, code_form, key_form, name_form, number_form, search_form, text_form
from canbao.rules.text_tables import Kind, kinds

IGNORABLE = sorted(kinds()[Kind.NOTHING])
BLANKS = [" ", *kinds()[Kind.BLANK]]
COMPARING = (number_form, key_form, code_form, name_form)

# Half of the characters are of the odd kinds, in an order that hides nothing.
ODD = "".join(
    char for form in FORMS for char in (*form.replaced[0][::7], *form.removed[::50], *form.expanded)
) + "ΟХх×＊*'\"=（）()[]<>·。—˙?□□\ue863\ue000\U000f1234 　\t①²ẞßéẛ̣ﾏﾞᄀ각"  # fmt: skip
ANY = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(ODD)), max_size=24)
NUMBERS = st.text(st.sampled_from("0123456789０１９XxＸ×＊*Хχ '　\u200b\ufeff\t=\"无-（"), max_size=22)
TEXTS = st.one_of(ANY, NUMBERS)

each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)


@each_form
def test_nothing_that_a_table_gives_changes_any_more(form: Form) -> None:
    given_ = {char for to in form.table.values() for char in to}
    assert not given_ & set(form.table)
    one, other = form.replaced
    assert len(one) == len(other) == len(form.table) - len(form.removed) - len(form.expanded)


@each_form
@given(text=TEXTS)
def test_twice_is_once(form: Form, text: str) -> None:
    assert form(form(text)) == form(text)


@given(TEXTS)
@example('="王伟"')
@example('=""')
def test_a_key_of_a_name_is_its_own_key(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
    assert name_key(text_form(text)) == name_key(text)


@each_form
@given(text=TEXTS)
def test_what_looks_plain_is_its_own_form(form: Form, text: str) -> None:
    """The short way that sets take: told by the pattern alone."""
    plain = "".join(char for char in text if re.fullmatch(form.plain, char))
    long_way = replace(form)
    long_way.__dict__["_plain"] = re.compile("(?!)")
    assert long_way(plain) == form(plain) == plain
    assert long_way(text) == form(text)


@each_form
@given(text=TEXTS, data=st.data())
def test_what_prints_nothing_changes_nothing(form: Form, text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    sent = text[:place] + data.draw(st.sampled_from(IGNORABLE)) + text[place:]
    assert form(sent) == form(text)
    assert name_key(sent) == name_key(text)


@each_form
@given(text=TEXTS, blank=st.sampled_from(BLANKS))
def test_all_blanks_are_one(form: Form, text: str, blank: str) -> None:
    assert form(text.replace(" ", blank)) == form(text)
    assert form(f"{blank}{text}{blank}{blank}") == form(text)


@given(TEXTS, st.data())
def test_no_blank_counts_in_a_number_or_code(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    sent = text[:place] + data.draw(st.sampled_from(BLANKS)) + text[place:]
    for form in (number_form, key_form, code_form):
        assert form(sent) == form(text)


@given(TEXTS)
def test_width_and_case_change_nothing_in_what_is_compared(text: str) -> None:
    text = "".join(char for char in text if "\u0345" not in unicodedata.normalize("NFD", char))  # ᾳ, in capitals ΑΙ
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else "　" if char == " " else char for char in text)
    for form in COMPARING:
        assert form(wide) == form(text.upper()) == form(text)
    assert search_form(wide) == search_form(text)
    assert name_key(wide) == name_key(text)


@given(st.text(st.sampled_from("张王李葛龍𬭳伟"), min_size=1, max_size=4), st.data())
def test_a_variation_of_a_character_is_the_character(name: str, data: st.DataObject) -> None:
    selectors = "\U000e0100\U000e01ef\ufe00\ufe0f\u180b"
    sent = "".join(char + data.draw(st.sampled_from(["", *selectors])) for char in name)
    assert name_key(sent) == name_key(name)
    assert text_form(sent) == name
    assert search_form(sent) == name


@given(TEXTS)
def test_a_form_can_be_kept(text: str) -> None:
    """No NUL, no half of a pair, nothing that a line or a cell would break at."""
    for form in FORMS:
        kept = form(text + "\0\ud800\n\x1f\ufffe")
        assert kept.encode() and not set(kept) & set(IGNORABLE) and not set(kept) & set(BLANKS[1:])


@given(TEXTS)
def test_a_number_is_cleaned_by_its_form(text: str) -> None:
    assert clean(text) == number_form(text)


def test_sets_find_the_names_that_need_the_rule() -> None:
    changed = set(changed_characters())
    assert set("張偉龍") <= changed and not changed & set("张伟龙")
    assert all(name_key(char) == char for char in map(chr, range(0x4E00, 0xA000)) if char not in changed)


# Keys of names and records are kept from run to run. Anybody who changes what they are made of raises `matching.RULE_VERSION`.
PINNED = {
    "text": "49b8b9ecb7eb321b",
    "search": "7a75e613836ede95",
    "number": "ed4fe9827b51dd06",
    "key": "72b05a82292cd111",
    "code": "371c23b0e75d6318",
    "name": "35dec849ee9328a7",
}


@each_form
def test_the_forms_stay_as_they_are(form: Form) -> None:
    said = json.dumps([sorted(form.table.items()), form.steps, form.plain, form.composed])
    assert hashlib.sha256(said.encode()).hexdigest()[:16] == PINNED[form.name]
