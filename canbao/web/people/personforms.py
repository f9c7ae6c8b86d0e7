"""What is asked on a person's file."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from canbao.rules.unmasking import MOST_NOTE, Reason


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date", "min": "1949-10-01"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期写作 2026-11-24。"},
    )  # fmt: skip


class TimesForm(forms.Form):
    """The two times of a file: true on a day, known at the end of a day."""

    on = _day("参保状况日期")
    known = _day("系统记载截至")

    def known_at(self) -> datetime | None:
        return _end_of(self.cleaned_data.get("known"))


class LooksForm(forms.Form):
    """From which day to which."""

    since = _day("自")
    until = _day("至")

    def period(self) -> tuple[datetime | None, datetime | None]:
        given = self.cleaned_data if self.is_valid() else {}
        since = given.get("since")
        start = timezone.make_aware(datetime.combine(since, time())) if since else None
        return start, _end_of(given.get("until"))


class UnmaskForm(forms.Form):
    """Why an item is to be seen in full."""

    reason = forms.ChoiceField(
        label="查看理由", choices=[(one.value, one.label) for one in Reason], widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="补充说明", required=False, max_length=MOST_NOTE, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="选“其他”时必填。理由会原样留存，不要写姓名和号码。",
    )  # fmt: skip


def _end_of(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time())) if day else None
