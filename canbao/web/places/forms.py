"""What to show of the trees."""

from __future__ import annotations

from django import forms

from canbao.services.reference import Tree


class PlacesForm(forms.Form):
    tree = forms.ChoiceField(label="查看", choices=[(tree.value, tree.label) for tree in Tree], required=False)
    q = forms.CharField(
        label="名称或代码", max_length=40, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    on = forms.DateField(
        label="截至日期", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ended = forms.BooleanField(label="显示已撤销的", required=False)
