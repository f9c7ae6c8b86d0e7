"""Security parameters that were changed, and the passwords an account has used."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canbao.store.models.account import Account


class PolicySetting(models.Model):
    """A parameter of `rules.policy` with another value than its default."""

    name = models.CharField("参数", max_length=40, primary_key=True)
    value = models.IntegerField("值")
    changed_by = models.CharField("修改人", max_length=60)
    changed_at = models.DateTimeField("修改时间")
    reason = models.CharField("理由", max_length=200)

    class Meta:
        db_table = "policy_setting"
        verbose_name = "安全参数"

    def __str__(self) -> str:
        return self.name


class PasswordUsed(models.Model):
    """The hash of a password an account has had."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, verbose_name="账号")
    hash = models.CharField("密码摘要", max_length=200)
    used_at = models.DateTimeField("启用时间")

    class Meta:
        db_table = "password_used"
        verbose_name = "用过的密码"
        indexes: ClassVar = [models.Index(fields=["account", "-used_at"], name="password_used_account")]

    def __str__(self) -> str:
        return f"password of account {self.account_id}"
