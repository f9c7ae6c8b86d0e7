"""Forms that were sent: each is acted on once, however often it arrives."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Submission(models.Model):
    """One form as it was shown, and where its answer led.

    status: of the answer, None while the act is under way; digest: SHA-256 of what was sent; page: the address it was sent to.
    """

    id = models.UUIDField("提交编号", primary_key=True)
    account = models.CharField("账号", max_length=150)
    page = models.CharField("页面", max_length=200)
    digest = models.CharField("内容摘要", max_length=64)
    status = models.SmallIntegerField("应答", null=True)
    location = models.CharField("去向", max_length=500, default="")
    at = models.DateTimeField("时间")

    class Meta:
        db_table = "submission"
        verbose_name = "表单提交"
        indexes: ClassVar = [models.Index(fields=["at"], name="submission_at")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__isnull=True) | Q(status__range=(200, 399)), name="submission_done"
            ),
        ]

    def __str__(self) -> str:
        return f"submission {self.pk}"
