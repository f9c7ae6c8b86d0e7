"""Hidden facts that somebody sees in full for a while."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from canbao.store.models.person import OfficePath


class Unmasking(models.Model):
    """One item of one person, shown to one account, for a reason, until a minute. Appended to, never changed."""

    id = models.BigAutoField(primary_key=True)
    account = models.CharField("账号", max_length=150)
    person_id = models.BigIntegerField("人员")
    field = models.CharField("项目", max_length=40)
    reason = models.CharField("理由", max_length=200)
    at = models.DateTimeField("时间")
    until = models.DateTimeField("至")
    office_path = OfficePath()

    class Meta:
        db_table = "unmasking"
        verbose_name = "查看原文"
        indexes: ClassVar = [models.Index(fields=["person_id", "account", "until"], name="unmasking_person")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="unmasking_period"),
            models.CheckConstraint(condition=~Q(reason=""), name="unmasking_has_reason"),
        ]

    def __str__(self) -> str:
        return f"unmasking {self.pk}"
