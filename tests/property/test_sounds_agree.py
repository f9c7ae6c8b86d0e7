"""The set engine writes the sound that the rule says, for every name."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from canbao.bulk.engine import DuckEngine
from canbao.bulk.registry import sounding
from canbao.bulk.sqltext import sql
from canbao.rules.names import name_key
from canbao.rules.sounds import DOUBLE_SURNAMES, SURNAMES, sound_of

CHARACTERS = "".join(SURNAMES) + "".join(DOUBLE_SURNAMES) + "张王伟芳明吕绿欧阳買買提艾力𠮷?·AÉ 嘉"


@settings(max_examples=3, deadline=None)
@given(names=st.lists(st.text(CHARACTERS, min_size=1, max_size=8), min_size=200, max_size=400))
def test_the_sound_by_set_is_the_sound_by_rule(tmp_path_factory, names: list[str]) -> None:
    folder: Path = tmp_path_factory.mktemp("sounds")
    keys = [name_key(name) for name in names] + list(SURNAMES) + [pair + "明" for pair in DOUBLE_SURNAMES]
    with DuckEngine(folder, memory_limit="500MB") as engine:
        engine.register("sent", pa.table({"name_key": pa.array(keys, pa.string())}))
        sounding.build(engine, sql("select name_key from sent"), [])
        sounded = sounding.with_sounds(sql("select * from sent"))
        found = dict(engine.rows(sql("select name_key, name_sound from ({sounded})", sounded=sounded)))
    assert found == {key: sound_of(key) for key in keys}
