"""The table of mended positions, block borders, headers: no database."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from canbao.bulk.sources import source_map, sources
from canbao.bulk.sources.headers import HeaderRefused, resolve, spelled
from canbao.outside import gb18030
from canbao.outside.files import decoding
from canbao.outside.files.formats import Format
from canbao.rules import codes


def test_every_position_is_what_the_codec_leaves_private_or_reads_by_a_later_table() -> None:
    assert len(gb18030.POSITIONS) > 18 + 6 + 1
    for position in gb18030.POSITIONS:
        assert bytes.fromhex(position.code).decode("gb18030") in (position.private, position.character)
        assert gb18030.mend_text(position.private) == position.character


def test_nothing_else_is_mended() -> None:
    text = "张\ue000\ue805\uf8ff三".encode()
    assert gb18030.mend(text, found=Counter()) == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_character_across_two_blocks_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(decoding, "BLOCK", 7)
    text = "姓名,地址\r\n𠮷野\ue81e,某路\r\n" * 20
    (tmp_path / "in.csv").write_bytes(text.encode(encoding))
    decoded = decoding.decode(decoding.Source(tmp_path / "in.csv", "in.csv", Format.TEXT), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == text.replace("\r\n", "\n").replace("\ue81e", "龴")
    assert decoded.encoding == encoding and decoded.mended == {"龴": 20} and decoded.lost == 0


def test_half_a_character_at_the_end_of_a_name_is_counted_not_swallowed(tmp_path: Path) -> None:
    half = "欧阳".encode("gb18030")[:-1]
    (tmp_path / "in.csv").write_bytes("姓名,性别\n".encode("gb18030") * 50 + half + b",1\n")
    decoded = decoding.decode(decoding.Source(tmp_path / "in.csv", "in.csv", Format.TEXT), tmp_path / "out.csv")
    assert decoded.encoding == "gb18030" and decoded.lost == 1
    assert (tmp_path / "out.csv").read_text().endswith("欧\ufffd,1\n")


def test_every_map_is_whole() -> None:
    assert {"employee", "police", "health", "deaths", "students"} <= sources()
    for source in sources():
        columns = source_map(source)
        spellings = [spelled(text) for column in columns.columns for text in set(map(spelled, column.headers))]
        assert len(spellings) == len(set(spellings)), f"{source}: one heading for two columns"
        assert all(columns.column(part) for way in columns.key for part in way)
        for column in columns.columns:
            assert column.kind != "code" or set(column.mapping(source).values()) <= codes.valid_codes(column.table)


def test_a_column_named_by_its_code_and_by_an_alias_is_refused() -> None:
    header = [column.code for column in source_map("employee").columns]
    assert resolve(header, columns=source_map("employee"), kind="full").unknown == ()
    with pytest.raises(HeaderRefused) as refused:
        resolve([*header, "证件号码"], columns=source_map("employee"), kind="full")
    assert refused.value.code == "HEADER:TWO_COLUMNS"
