"""How much an account has uploaded on a day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class UploadUse(models.Model):
    """Counted before the first byte is read, so that an upload that is broken off counts too. size: bytes."""

    id = models.BigAutoField(primary_key=True)
    account = models.CharField("账号", max_length=60)
    on = models.DateField("日期")
    size = models.BigIntegerField("字节数", default=0)
    uploads = models.IntegerField("次数", default=0)

    class Meta:
        db_table = "upload_use"
        verbose_name = "上传量"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "on"], name="upload_use_once_a_day"),
            models.CheckConstraint(condition=Q(size__gte=0), name="upload_use_size"),
        ]

    def __str__(self) -> str:
        return f"uploads of {self.account}"
