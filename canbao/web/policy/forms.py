"""What the security administrator types."""

from __future__ import annotations

from django import forms


class Change(forms.Form):
    value = forms.IntegerField(label="新值", min_value=-1_000_000, max_value=1_000_000)
    reason = forms.CharField(
        label="理由", max_length=200, help_text="写入日志，不能修改。", widget=forms.TextInput({"autocomplete": "off"})
    )


class SwitchOn(Change):
    value = forms.TypedChoiceField(label="新值", choices=[(1, "是"), (0, "否")], coerce=int)  # type: ignore[assignment]


class Reason(forms.Form):
    reason = forms.CharField(label="理由", max_length=200)
