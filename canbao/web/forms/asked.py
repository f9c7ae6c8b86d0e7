"""What is asked before a form is printed."""

from __future__ import annotations

from typing import Any

from django import forms

from canbao.rules.unmasking import MOST_NOTE, Reason


class PrintForm(forms.Form):
    """Hidden by default; in full with a reason."""

    shown = forms.ChoiceField(
        label="表上的号码、地址和电话",
        choices=[("masked", "隐藏一部分（入户核对够用）"), ("full", "打印原文（须说明理由）")],
        initial="masked",
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label="打印原文的理由", required=False, choices=[("", "—"), *((one.value, one.label) for one in Reason)]
    )
    note = forms.CharField(
        label="补充说明", required=False, max_length=MOST_NOTE, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="选“其他”时必填。理由会原样留存，不要写姓名和号码。",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("shown") == "full" and not typed.get("reason"):
            self.add_error("reason", "打印原文须选择一个理由。")
        return typed
