"""What is written down about another system."""

from __future__ import annotations

from django import forms

from canbao.rules.offices import UnknownOffice, office_name
from canbao.rules.purposes import FIELDS, Purpose
from canbao.web.clients.labels import FIELD_LABELS


class ClientForm(forms.Form):
    """All of it must be given: no interface without a paper, a purpose and a limit."""

    name = forms.RegexField(
        r"^[\w\-]{2,40}$", label="接口用户名称", max_length=40, help_text="用于日志，如 tax-bureau。",
        error_messages={"invalid": "只能用汉字、字母、数字、短横线，2 至 40 个字。"},
    )  # fmt: skip
    department = forms.CharField(label="使用单位", max_length=100)
    basis = forms.CharField(
        label="批准文件", max_length=200, help_text="文号或签报编号。没有书面依据不得提供（第十九条）。"
    )
    purposes = forms.MultipleChoiceField(
        label="用途", choices=[(p.value, p.label) for p in Purpose], widget=forms.CheckboxSelectMultiple
    )
    fields_granted = forms.MultipleChoiceField(
        label="可取项目", choices=[(name, FIELD_LABELS[name]) for name in FIELDS], widget=forms.CheckboxSelectMultiple,
        help_text="只勾选用途所必需的。",
    )  # fmt: skip
    office = forms.CharField(label="可查范围（机构代码）", max_length=18, initial="50", help_text="50 为全市。")
    quota = forms.IntegerField(label="每日次数上限", min_value=1, max_value=1_000_000, initial=1000)

    def clean_office(self) -> str:
        path = str(self.cleaned_data["office"]).strip()
        try:
            office_name(path)
        except UnknownOffice:
            raise forms.ValidationError("没有这个机构代码，请在“机构与区划”中查找。") from None
        return path


class ReasonForm(forms.Form):
    reason = forms.CharField(label="停用原因", max_length=200)
