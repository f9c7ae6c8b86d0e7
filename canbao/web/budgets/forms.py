"""What the holder of an account types to ask for more."""

from __future__ import annotations

from typing import Any

from django import forms

from canbao.rules.budgets import LIFT_HOURS, Budget, budgets_of
from canbao.rules.roles import Role


class AskForm(forms.Form):
    """Which budget, how much more, for how long, and why."""

    budget = forms.ChoiceField(label="额度")
    amount = forms.IntegerField(
        label="增加数量", min_value=1, max_value=1_000_000, help_text="有效期内，每小时和每天的上限各增加这么多。"
    )
    hours = forms.TypedChoiceField(
        label="有效时间", choices=[(hours, f"{hours} 小时") for hours in LIFT_HOURS], coerce=int, initial=8
    )
    reason = forms.CharField(
        label="理由", max_length=200, help_text="写明办理什么业务、有多少人。不要写姓名和号码。",
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *given: Any, role: Role, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["budget"].choices = [(one.value, one.label) for one in budgets_of(role)]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Budget:
        """The budget that was chosen, of a form that is valid."""
        return Budget(self.cleaned_data["budget"])
