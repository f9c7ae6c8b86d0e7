"""What is asked before forms are printed: of one person, and of a village."""

from __future__ import annotations

from typing import Any

from django import forms

from canbao.rules.letters import Kind as LetterKind
from canbao.rules.survey import VisitReason
from canbao.rules.unmasking import MOST_NOTE, Reason
from canbao.services.forms.batch import PER_FILE

_LETTERS = (LetterKind.EMPLOYER, LetterKind.ALONE, LetterKind.PENSION)


class HowForm(forms.Form):
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

    @property
    def masked(self) -> bool:
        return bool(self.cleaned_data["shown"] == "masked")

    @property
    def why(self) -> dict[str, Any]:
        """Reason and note as the services take them."""
        if self.masked:
            return {"reason": None, "note": ""}
        return {"reason": Reason(self.cleaned_data["reason"]), "note": self.cleaned_data["note"]}


class PrintForm(HowForm):
    """Of one person, where the clerk may choose the text of the letter."""

    letter = forms.ChoiceField(
        label="告知内容（三项择一打印）", required=False,
        choices=[("", "按规则选定"), *((kind.value, f"改为：{kind.label}") for kind in _LETTERS)],
    )  # fmt: skip
    letter_reason = forms.CharField(
        label="改选的理由", required=False, max_length=MOST_NOTE, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="与规则不同时必填，至少四个字，随表留存，不要写号码。",
    )  # fmt: skip


class PickForm(forms.Form):
    """Which lines of a round. The offices to choose from are given by the view."""

    office = forms.ChoiceField(label="机构")
    only = forms.ChoiceField(
        label="打印哪些", required=False, choices=[("fresh", "还没有打印过的"), ("all", "全部未交回的")]
    )
    visit = forms.ChoiceField(
        label="走访原因", required=False, choices=[("", "全部"), *((one.value, one.label) for one in VisitReason)]
    )

    def __init__(self, *given: Any, offices: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*given, **more)
        office = self.fields["office"]
        assert isinstance(office, forms.ChoiceField)
        office.choices = offices
        for name in self.fields:
            self.fields[name].widget.attrs["data-submits"] = ""


class BatchForm(HowForm):
    """How the forms of a village are printed."""

    per_file = forms.IntegerField(
        label="每个文件多少份", min_value=10, max_value=500, initial=PER_FILE,
        help_text="10 至 500 份，每份一张纸两面。份数多的文件打开较慢。",
    )  # fmt: skip
    leave_out = forms.BooleanField(
        label="字库缺字的先不打，其余照打（不打的列在目录末尾）", required=False,
        help_text="不勾选时，只要有一个字打不出来，就一份也不打印，并指出是哪一行的哪个字。",
    )  # fmt: skip
