"""What is typed to sign in."""

from __future__ import annotations

from typing import Any

from django import forms


class SignIn(forms.Form):
    name = forms.CharField(
        label="账号", max_length=60, widget=forms.TextInput({"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="密码", max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )


_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "spellcheck": "false"}


class Code(forms.Form):
    code = forms.CharField(label="验证码", max_length=12, widget=forms.TextInput(_CODE))


class RecoveryCode(forms.Form):
    code = forms.CharField(
        label="恢复码", max_length=20, widget=forms.TextInput({"autocomplete": "off", "autofocus": True})
    )


class Proof(forms.Form):
    old = forms.CharField(
        label="当前密码", max_length=128, strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )  # fmt: skip
    code = forms.CharField(
        label="现用手机的验证码或恢复码", max_length=20, widget=forms.TextInput({"autocomplete": "one-time-code"})
    )

    def __init__(self, *args: Any, with_password: bool, with_code: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, asked in (("old", with_password), ("code", with_code)):
            if not asked:
                del self.fields[name]


class ChangePassword(forms.Form):
    old = forms.CharField(
        label="当前密码", max_length=128, strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )  # fmt: skip
    new = forms.CharField(
        label="新密码", max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="再输一次新密码", max_length=128, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", "两次输入的新密码不一致。")
        return given
