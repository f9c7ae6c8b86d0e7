"""What is typed on the search screens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from canbao.rules.searching import Reason
from canbao.services.lookup import Place

_QUIET = {"autocomplete": "off", "spellcheck": "false"}


class SearchForm(forms.Form):
    q = forms.CharField(
        label="号码、姓名、拼音或首字母",
        max_length=60,
        required=False,
        widget=forms.TextInput({**_QUIET, "autofocus": True, "type": "search"}),
    )
    town = forms.CharField(
        label="区县、镇街或村社", max_length=40, required=False, widget=forms.TextInput({**_QUIET, "list": "places"})
    )
    born = forms.CharField(
        label="出生年月", max_length=20, required=False, widget=forms.TextInput({**_QUIET, "placeholder": "1980-5"})
    )

    def __init__(self, *args: Any, places: Sequence[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places


class OutsideForm(forms.Form):
    number = forms.CharField(label="证件号码", max_length=40, widget=forms.TextInput(_QUIET))
    name = forms.CharField(label="姓名", max_length=60, widget=forms.TextInput(_QUIET))
    reason = forms.ChoiceField(
        label="查询理由", choices=[("", "请选择"), *((reason.value, reason.label) for reason in Reason)]
    )
    note = forms.CharField(
        label="补充说明", max_length=100, required=False, help_text="选“其他”时必须写明。不要写姓名和号码。"
    )
