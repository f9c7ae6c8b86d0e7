"""The list for the bag: by address, households together, everything in words, phones hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from canbao.rules.roles import Actor, Role
from canbao.services.forms import bag, batch
from canbao.store.models import JournalEntry
from tests.paper import MODULES, bare, words
from tests.worlds import AT, ON, person, survey_round, survey_task, town_offices, village_office

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Path) -> Path:
    settings.CANBAO_HOME = tmp_path
    settings.MODULES = MODULES
    return tmp_path


def _printed(house: Path, *lines: dict[str, Any]) -> bytes:
    village = village_office(town_offices()[0])
    round_, clerk = survey_round(), Actor("li", Role.TOWN_CLERK, village[:15])
    for n, line in enumerate(lines):
        told = {name: line.pop(name) for name in ("name", "home_address", "phone", "household_no") if name in line}
        survey_task(round_, person(950 + n, village, **told), **line)
    job = bag.start(batch.Order(round_.pk, village), actor=clerk, at=AT)
    bag.carry(job, actor=clerk, on=ON, at=AT)
    return (house / "exports" / str(job.pk) / "走访名单.pdf").read_bytes()


def test_households_stand_together_in_the_order_of_the_doors(house: Path) -> None:
    pdf = _printed(
        house,
        {"name": "张一", "home_address": "某村9组1号", "household_no": "a"},
        {"name": "李二", "home_address": "某村1组1号", "household_no": "b"},
        {"name": "李三", "home_address": "某村1组1号", "household_no": "b"},
    )
    text = bare("".join(words(pdf)))
    assert text.index("李二") < text.index("李三") < text.index("张一")
    assert text.index("某村1组1号") < text.index("某村9组1号") < text.index("张一")
    assert text.count("某村1组1号") == 1 and "本户2人" in text and "共3人" in text and "完成期限2026-12-31" in text
    page = pypdfium2.PdfDocument(pdf)[0]
    assert page.get_width() > page.get_height()


def test_a_line_says_in_words_why_what_to_ask_and_what_is_supposed(house: Path) -> None:
    line = {
        "name": "张一", "home_address": "某村1组1号", "phone": "13900000456", "reasons": ["NOT_ENROLLED", "INCOMPLETE"],
        "must_join": ["UNEMPLOYMENT"], "may_join": ["RESIDENT_MEDICAL"], "asks": ["phone", "ethnicity"],
        "suggestion": "STUDENT", "suggested_by_list": "在校学生名单",
    }  # fmt: skip
    text = bare("".join(words(_printed(house, line))))
    for said in ("男", "36", "未参保、信息不完整", "应参加:失业保险", "可参加:城乡居民合作医疗保险", "补采:移动电话、民族",
                 "在校学生(在校学生名单)", "□已核实", "□未遇", "□查无此人", "139****0456"):  # fmt: skip
        assert said in text, said
    assert "13900000456" not in text
    assert JournalEntry.objects.get(event="LIST_PRINTED").detail["rows"] == 1


def test_a_character_no_font_draws_stops_the_list_and_is_named(house: Path) -> None:
    with pytest.raises(bag.LinesNotPrintable) as refused:
        _printed(house, {"name": "张一", "home_address": "某村1组"}, {"name": "张\ue815", "home_address": "某村2组"})
    assert "第 2 行（登记 951）" in refused.value.holes[0].words
    assert not list(house.glob("exports/*/*"))
