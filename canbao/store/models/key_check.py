"""What the register's keys were when it was made."""

from __future__ import annotations

from django.db import models


class KeyCheck(models.Model):
    """The key check value of one key (`store.sealed.check_value`): written once, compared at every start."""

    name = models.CharField("密钥", max_length=40, primary_key=True)
    value = models.CharField("校验值", max_length=64)
    recorded_at = models.DateTimeField("记录时间", auto_now_add=True)

    class Meta:
        db_table = "key_check"
        verbose_name = "密钥校验值"

    def __str__(self) -> str:
        return self.name
