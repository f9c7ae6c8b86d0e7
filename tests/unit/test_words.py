"""The words of the templates."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from canbao.rules.roles import Role
from canbao.web.remarks import Remarks, Strength
from canbao.web.templatetags import words


def test_an_instant_is_written_in_shanghai_time_to_the_minute():
    late = datetime(2026, 11, 23, 17, 50, 7, tzinfo=UTC)
    assert words.minute(late) == "2026-11-24 01:50"
    assert words.second(late) == "2026-11-24 01:50:07"
    assert words.day(late) == "2026-11-24"  # already the next day here
    assert words.day(date(2026, 1, 2)) == "2026-01-02"
    assert words.minute(None) == words.day(None) == "—"


def test_numbers_have_thousands_and_what_is_missing_has_a_dash():
    assert (words.count(1234567), words.count(0), words.count(None)) == ("1,234,567", "0", "—")
    assert (words.dash(""), words.dash(0), words.dash("x")) == ("—", 0, "x")


def test_a_value_of_our_own_is_said_by_its_label():
    assert words.label(Role.TOWN_CLERK) == "镇街经办岗"
    assert words.label("X") == "X"


def test_a_badge_escapes_its_word_and_knows_only_five_tones():
    assert words.badge("<b>", "bad") == '<span class="mark mark-bad">&lt;b&gt;</span>'
    assert 'class="mark mark-plain"' in words.badge("x", '" onclick="')


@pytest.mark.parametrize("name", ["../../../package", "no-such-icon", "a/b"])
def test_an_icon_that_is_none_draws_nothing(name: str):
    assert "<path" not in words.icon(name)


def test_an_icon_is_drawn_and_left_unsaid():
    drawn = words.icon("home", "turn")
    assert drawn.startswith("<svg") and "<path" in drawn
    assert 'aria-hidden="true"' in drawn and 'class="i turn ' in drawn


class Form(Remarks, forms.Form):
    number = forms.CharField(label="号码")
    sure = forms.BooleanField(label="已核对", required=False)


def render(form: Form, field: str) -> str:
    text = '{% include "components/field.html" with field=field %}'
    return Template(text).render(Context({"field": form[field]}))


def test_a_field_says_the_three_strengths_beside_it():
    form = Form({"number": ""})
    form.remark("sure", Strength.LOOK, "上次未核对")
    form.remark("sure", Strength.EXPLAIN, "请说明<理由>")
    must, explain = render(form, "number"), render(form, "sure")
    assert 'class="field is-must"' in must and 'aria-invalid="true"' in must and "is-invalid" in must
    assert 'class="field is-explain"' in explain  # the stronger one colours the field
    assert explain.index("请说明&lt;理由&gt;") < explain.index("上次未核对")
    assert "is-must" not in explain


def test_the_head_of_a_column_turns_the_order_and_goes_back_to_the_first_page():
    def head(query: str) -> dict[str, str]:
        request = RequestFactory().get(f"/x/?{query}")
        return words.sort_head(Context({"request": request}), "born", "出生日期", standard="name")

    assert head("q=a&after=9") == {"text": "出生日期", "more": "", "order": "", "address": "?q=a&sort=born"}
    assert head("sort=born")["order"] == "ascending" and head("sort=born")["address"] == "?sort=-born"
    assert head("sort=-born")["order"] == "descending" and head("sort=-born")["address"] == "?sort=born"
