"""Registration forms that were printed: which sheet was whose."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from canbao.store.models.person import OfficePath


class RegistrationForm(models.Model):
    """One printed sheet. Printing again makes another number: both may come back."""

    id = models.BigAutoField(primary_key=True)
    number = models.CharField("表号", max_length=12, unique=True)
    version = models.SmallIntegerField("版本")
    person_id = models.BigIntegerField("人员", db_index=True)
    person_version = models.IntegerField("登记信息版本")
    masked = models.BooleanField("部分隐藏")
    reason = models.CharField("理由", max_length=200, blank=True)
    printed_by = models.CharField("打印人", max_length=150)
    printed_at = models.DateTimeField("打印时间")
    office_path = OfficePath()

    class Meta:
        db_table = "registration_form"
        verbose_name = "登记表"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(masked=True) | ~Q(reason=""), name="form_in_full_has_reason")
        ]

    def __str__(self) -> str:
        return f"form {self.number}"
