"""What the journal's watch found suspicious, until an audit administrator has settled it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from canbao.rules.alarms import AlarmKind


class AlarmState(models.TextChoices):
    OPEN = "OPEN", "待处理"
    SETTLED = "SETTLED", "已处理"


class Alarm(models.Model):
    """subject: the account, or the terminal's address, that the alarm is about; first_id to last_id: the entries behind it.

    One alarm grows while the same subject goes on; after it was settled only later entries raise another.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("种类", max_length=20)
    subject = models.CharField("账号或终端", max_length=150)
    office = models.CharField("经办机构", max_length=18, db_collation="C")
    count = models.IntegerField("次数")
    first_id = models.BigIntegerField("首条日志")
    last_id = models.BigIntegerField("末条日志")
    from_at = models.DateTimeField("起")
    to_at = models.DateTimeField("止")
    raised_at = models.DateTimeField("发现时间")
    state = models.CharField("状态", max_length=8, choices=AlarmState, default=AlarmState.OPEN)
    note = models.TextField("处理意见", blank=True, default="")
    settled_by = models.CharField("处理人", max_length=150, null=True)
    settled_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        db_table = "alarm"
        verbose_name = "告警"
        indexes: ClassVar = [models.Index(fields=["state", "-to_at"], name="alarm_state")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in AlarmKind]), name="alarm_kind"),
            models.CheckConstraint(
                condition=Q(state="OPEN", settled_by__isnull=True, settled_at__isnull=True)
                | Q(state="SETTLED", settled_by__isnull=False, settled_at__isnull=False),
                name="alarm_settled",
            ),
            models.CheckConstraint(condition=Q(first_id__lte=F("last_id")), name="alarm_range"),
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(state="OPEN"), name="alarm_one_open"),
        ]

    def __str__(self) -> str:
        return f"alarm {self.pk}"


class AlarmPosition(models.Model):
    """Up to when the journal has been watched; one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    scanned_to = models.DateTimeField("已检查至")

    class Meta:
        db_table = "alarm_position"
        verbose_name = "告警检查进度"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="alarm_position_one")]

    def __str__(self) -> str:
        return "alarm position"
