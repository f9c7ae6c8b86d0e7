"""What to look for in the journal, and how an alarm is settled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from canbao.services import audit, reference
from canbao.services.audit.console import Check, Filters
from canbao.web.request import today


def _events() -> list[tuple[str, Any]]:
    """Every kind of event, in the groups of the journal."""
    return [("", "全部"), *((group, list(names.items())) for group, names in audit.EVENT_GROUPS.items())]


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class FiltersForm(forms.Form):
    """Every field may stay empty. from_id and to_id come from an alarm, not from the keyboard."""

    account = forms.CharField(label="账号", max_length=150, required=False)
    person = forms.RegexField(
        r"^\d{1,18}$",
        label="人员编号",
        required=False,
        error_messages={"invalid": "请填写系统中的人员编号（数字），不是证件号码。"},
    )
    office = forms.CharField(label="机构", max_length=60, required=False, help_text="名称或编号，含其下级。")
    event = forms.ChoiceField(label="事项", choices=_events, required=False)
    first = _day("起")
    until = _day("止")
    check = forms.ChoiceField(
        choices=[("", ""), *((check.value, check.label) for check in Check)], required=False, widget=forms.HiddenInput
    )
    from_id = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    to_id = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    offices: Sequence[reference.Place] = ()  # that the name typed may mean, where it means several

    def clean_office(self) -> str:
        """The path of the office that was named, by its number or its name."""
        text = str(self.cleaned_data["office"])
        if not text or re.fullmatch(r"50|\d{6}|\d{15}|\d{18}", text):
            return text
        found = [] if text.isdigit() else reference.search(text, tree=reference.Tree.OFFICE, on=today())
        named = [one for one in found if one.name == text] or found
        if not named:
            raise forms.ValidationError("没有找到这个机构。请填写名称中的几个字，或 50、6 位、15 位、18 位的机构编号。")
        if len(named) > 1:
            self.offices = named
            raise forms.ValidationError("名称相近的机构不止一个，请在下面选一个。")
        return named[0].code

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        cleaned = super().clean() or self.cleaned_data
        first, until = cleaned.get("first"), cleaned.get("until")
        if first and until and first > until:
            self.add_error("until", "止日不能早于起日。")
        return cleaned

    def filters(self) -> Filters:
        """What was filled in rightly; a wrong field does not narrow, its error stands beside it."""
        self.is_valid()
        kept = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return Filters(**kept)


class SettleForm(forms.Form):
    note = forms.CharField(
        label="处理意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明核实情况，例如：核对当日申请 40 件，属正常业务。"},
    )
