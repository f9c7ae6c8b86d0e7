"""What is asked when a round is opened, changed or closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from canbao.rules.answers import BY_NAME, COMPLETE
from canbao.rules.survey import PLANNED_FOR, VisitReason
from canbao.services.survey.rounds import Wanted

_DAY = {"type": "date"}
_WRONG_DAY = {"invalid": "请写成 2026-12-31 这样的日期。", "required": "请填写日期。"}
_PERCENT = {
    "invalid": "请填写 0 到 100 的整数。", "min_value": "不能小于 0。", "max_value": "不能大于 100。",
    "required": "请填写比例，不需要的填 0。",
}  # fmt: skip

# What the service refuses, beside the field it is about.
REFUSALS = {
    "name": "请填写名称，最多 60 个字。",
    "reasons": "请至少选择一个走访原因，名单据此生成。",
    "due_on": "完成期限不能早于今天。",
    "since_on": "选了“部门交换新增”的，须填写从哪一天起算新增，且不晚于今天。",
    "asked_items": "选了“信息不完整”的，请至少选择一个要查的项目。",
    "note": "请写明说明。",
}


class RoundForm(forms.Form):
    name = forms.CharField(
        label="名称", max_length=60, error_messages={"required": REFUSALS["name"]}, help_text="例如：2026年秋季入户调查",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    reasons = forms.MultipleChoiceField(
        label="走访原因", choices=[(one.value, one.label) for one in PLANNED_FOR],
        error_messages={"required": REFUSALS["reasons"], "invalid_choice": "没有这一种走访原因，请重新选择。"},
    )  # fmt: skip
    asked_items = forms.MultipleChoiceField(
        label="信息完整性所查项目", required=False, choices=[(item, BY_NAME[item].label) for item in COMPLETE],
        error_messages={"invalid_choice": "没有这个项目，请重新选择。"},
    )  # fmt: skip
    since_on = forms.DateField(
        label="新增起始日期", required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), error_messages=_WRONG_DAY,
        help_text="从这一天起首次进入登记库或迁入的，算部门交换新增。",
    )  # fmt: skip
    due_on = forms.DateField(
        label="完成期限", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), error_messages=_WRONG_DAY
    )
    second_percent = forms.IntegerField(
        label="复录比例（%）", min_value=0, max_value=100, initial=5, error_messages=_PERCENT,
        help_text="已录入的登记表中，由另一人再录一遍、核对差错的比例。",
    )  # fmt: skip
    call_percent = forms.IntegerField(
        label="回访比例（%）", min_value=0, max_value=100, initial=3, error_messages=_PERCENT,
        help_text="已走访的人中，由区县电话回访的比例。",
    )  # fmt: skip
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="各级都能看到，请勿写姓名和号码。",
    )

    def refuse(self, field: str) -> None:
        """What the service refused, beside the field it is about."""
        self.add_error(field if field in self.fields else None, REFUSALS.get(field, "请更正。"))

    def wanted(self) -> Wanted:
        given: dict[str, Any] = self.cleaned_data
        return Wanted(
            name=given["name"], reasons=[VisitReason(one) for one in given["reasons"]], due_on=given["due_on"],
            asked_items=given["asked_items"], since_on=given["since_on"], second_percent=given["second_percent"],
            call_percent=given["call_percent"], note=given["note"],
        )  # fmt: skip


def first(on: date) -> dict[str, Any]:
    """What is proposed: the regulation's target groups, the whole record, until a month from now."""
    proposed = [VisitReason.NOT_ENROLLED, VisitReason.LAPSED, VisitReason.MISSING_SCHEME, VisitReason.NEWBORN]
    return {
        "reasons": [one.value for one in proposed], "asked_items": list(COMPLETE), "since_on": on - timedelta(days=30),
        "due_on": on + timedelta(days=30), "second_percent": 5, "call_percent": 3,
    }  # fmt: skip


class DueForm(forms.Form):
    due_on = forms.DateField(
        label="完成期限", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), error_messages=_WRONG_DAY
    )


class CloseForm(forms.Form):
    note = forms.CharField(
        label="结束说明", max_length=200, error_messages={"required": "结束须写明说明，例如：已全部办结。"}
    )
