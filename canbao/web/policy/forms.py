"""What the security administrator types."""

from __future__ import annotations

from typing import Any

from django import forms

from canbao.rules import policy


class Change(forms.Form):
    """A new value, held against the range at once, so that all that is wrong is said together."""

    value = forms.IntegerField(label="新值", min_value=-1_000_000, max_value=1_000_000)
    reason = forms.CharField(
        label="理由", max_length=200, help_text="写入日志，不能修改。", widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, *given: Any, parameter: policy.Parameter, **more: Any) -> None:
        super().__init__(*given, **more)
        self.parameter = parameter

    def clean_value(self) -> int:
        value, parameter = int(self.cleaned_data["value"]), self.parameter
        try:
            policy.check(parameter.name, value)
        except policy.TooStrict:
            raise forms.ValidationError(
                f"过严将影响正常使用，最严可设为 {parameter.say(parameter.strictest)}。"
            ) from None
        except policy.TooLoose:
            raise forms.ValidationError(f"只能比规定更严，最宽可设为 {parameter.say(parameter.loosest)}。") from None
        return value


class SwitchOn(Change):
    value = forms.TypedChoiceField(label="新值", choices=[(1, "是"), (0, "否")], coerce=int)  # type: ignore[assignment]


class Reason(forms.Form):
    reason = forms.CharField(label="理由", max_length=200)
