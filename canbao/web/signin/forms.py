"""What is typed to sign in."""

from __future__ import annotations

from django import forms


class SignIn(forms.Form):
    name = forms.CharField(label="账号", max_length=60)
    password = forms.CharField(label="密码", max_length=128, strip=False, widget=forms.PasswordInput)
