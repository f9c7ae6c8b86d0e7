"""What is asked when an account is made and a post is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from canbao.rules.offices import UnknownOffice, office_full_name
from canbao.rules.roles import NOT_A_POST, Role
from canbao.services.accounts import Wanted
from canbao.web.remarks import Remarks

_POSTS = [role for role in Role if role not in NOT_A_POST]
_DAY = {"type": "date"}


class Chooses(Remarks, forms.Form):
    """A form that chooses an office: `office_text` is searched for, `office` is the path of the one picked."""

    office_text = forms.CharField(label="机构", max_length=60, required=False)
    office = forms.CharField(
        label="机构", max_length=18, error_messages={"required": "请输入机构名称查找，再从列出的机构中选一个。"}
    )

    def clean_office(self) -> str:
        path = str(self.cleaned_data["office"])
        try:
            office_full_name(path)
        except UnknownOffice:
            raise forms.ValidationError("没有这个机构，请重新查找。") from None
        return path

    def refuse(self, field: str, sentence: str) -> None:
        """What the service refused, beside the field it is about."""
        self.add_error(field if field in self.fields else None, sentence)


class AccountForm(Chooses):
    name = forms.CharField(
        label="账号名", min_length=2, max_length=40, help_text="用于登录和日志，一经建立不能改名，也不再给别人使用。"
    )
    real_name = forms.CharField(label="姓名", min_length=2, max_length=60, help_text="实名。一人一个账号，不得共用。")
    staff_number = forms.CharField(
        label="工号",
        max_length=20,
        help_text="单位发给本人的工号，字母和数字。一个工号只能有一个账号，用来保证申请和批准是两个人。",
    )
    field_order = ("name", "real_name", "staff_number", "office")


class FindForm(forms.Form):
    q = forms.CharField(label="账号、姓名、工号或机构", max_length=40, required=False)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), ("on", "启用"), ("off", "停用")],
        widget=forms.Select(attrs={"data-submits": ""}),
    )  # fmt: skip


class PostForm(Chooses):
    role = forms.ChoiceField(
        label="岗位", choices=[(role.value, role.label) for role in _POSTS], widget=forms.RadioSelect,
        error_messages={"required": "请选择岗位。"},
    )  # fmt: skip
    valid_from = forms.DateField(label="开始日期", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    last_day = forms.DateField(
        label="最后一天", required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        help_text="临时岗位填写，含当天；不填表示直至另行调整。",
    )  # fmt: skip
    reason = forms.CharField(label="申请理由", max_length=200, help_text="如任职文件文号、借调说明。")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("last_day") and given.get("valid_from") and given["last_day"] < given["valid_from"]:
            self.add_error("last_day", "最后一天不能早于开始日期。")
        return given

    @property
    def wanted(self) -> Wanted:
        given = self.cleaned_data
        last: date | None = given["last_day"]
        return Wanted(Role(given["role"]), given["office"], given["valid_from"], last and last + timedelta(days=1))


class EndForm(forms.Form):
    valid_from = forms.DateField(
        label="自哪天起不再有此岗位", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        help_text="从这一天起没有权限。须立即停止的，请停用账号。",
    )  # fmt: skip
    reason = forms.CharField(label="申请理由", max_length=200)
