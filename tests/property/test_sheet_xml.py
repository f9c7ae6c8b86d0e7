"""The quick looks at the XML of a sheet find what the expressions they stand for find."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from canbao.outside.reader.formats import sheet_xml

PIECES = (
    b"<row r='1'>", b"</row>", b"</x:row>", b"<row>", b"/row>", b"row>", b"</arow>", b"<c t=\"e\">", b"<c t='e'/>", b"<f>1</f>", b"<x:f/>",
    b"<fx>", b":f", b'"e"', b"<v>#REF!</v>", b"</c>", b"\n", b"a" * 120,
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30).map(b"".join)


@given(texts)
def test_the_last_end_of_a_row_is_found_from_behind(text: bytes) -> None:
    ends = [found.end() for found in sheet_xml._END_OF_ROW.finditer(text)]
    assert sheet_xml._end_of_rows(text) == (ends[-1] if ends else 0)


@given(texts)
def test_no_cell_is_overlooked_by_the_quick_look(text: bytes) -> None:
    assert sheet_xml._is_noticed(text) == (sheet_xml._NOTICED.search(text) is not None)
