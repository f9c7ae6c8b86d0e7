"""What is typed to sign in."""

from __future__ import annotations

from typing import Any

from django import forms

from canbao.services.accounts.recovery import Lost


class SignIn(forms.Form):
    name = forms.CharField(
        label="账号", max_length=60, widget=forms.TextInput({"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="密码", max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def begin_at_password(self) -> None:
        """After a refusal the name stands and the password has to be typed again."""
        del self.fields["name"].widget.attrs["autofocus"]
        self.fields["password"].widget.attrs["autofocus"] = True


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


class Begin(forms.Form):
    """A reset is begun."""

    name = forms.CharField(
        label="账号", max_length=60, widget=forms.TextInput({"autocomplete": "username", "autofocus": True})
    )
    lost = forms.ChoiceField(
        label="需要重置什么", widget=forms.RadioSelect, error_messages={"required": "请选择一项。"},
        choices=[
            (Lost.BOTH, "首次使用，或密码和手机都不能用"), (Lost.PASSWORD, "忘记密码，手机动态口令仍能用"),
            (Lost.FACTOR, "手机丢失或更换，密码仍记得"),
        ],
    )  # fmt: skip


class Finish(forms.Form):
    """A reset that was granted is finished: with_new: a new password is set; with_old, with_code: what was not lost is proved."""

    old = forms.CharField(
        label="当前密码", max_length=128, strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )  # fmt: skip
    code = forms.CharField(
        label="手机验证码或恢复码", max_length=20, widget=forms.TextInput({"autocomplete": "one-time-code"})
    )
    new = forms.CharField(
        label="新密码", max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="再输一次新密码", max_length=128, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, with_old: bool, with_code: bool, with_new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, asked in (("old", with_old), ("code", with_code), ("new", with_new), ("again", with_new)):
            if not asked:
                del self.fields[name]

    def clean(self) -> dict[str, object]:
        return same_twice(self, super().clean() or {})


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
        return same_twice(self, super().clean() or {})


def same_twice(form: forms.Form, given: dict[str, object]) -> dict[str, object]:
    """What was given, with an error beside the second of two new passwords that differ."""
    if given.get("new") and given.get("again") and given["new"] != given["again"]:
        form.add_error("again", "两次输入的新密码不一致。")
    return given
