"""Long work that somebody asked for: what it is, how far it is, how it ended. No personal data: arguments are numbers and names of folders."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class JobState(models.TextChoices):
    QUEUED = "QUEUED", "排队中"
    RUNNING = "RUNNING", "正在办理"
    DONE = "DONE", "已完成"
    FAILED = "FAILED", "失败"
    CANCELLED = "CANCELLED", "已取消"


class Job(models.Model):
    """One act of one account that takes longer than a page may. attempts: how often it was begun (a worker may be killed)."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("种类", max_length=20)
    label = models.CharField("名称", max_length=200)
    arguments = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=10, choices=JobState, default=JobState.QUEUED)
    stage = models.CharField("步骤", max_length=100, blank=True, default="")
    done = models.BigIntegerField("已办", default=0)
    total = models.BigIntegerField("总量", null=True)
    result = models.JSONField("结果", default=dict)
    message = models.TextField("说明", blank=True, default="")
    requested_by = models.CharField("发起人", max_length=150)
    requested_role = models.CharField("发起岗位", max_length=30)
    requested_office = models.CharField("发起机构", max_length=18)
    requested_at = models.DateTimeField("发起时间")
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    cancel_asked_at = models.DateTimeField("要求取消的时间", null=True)
    heartbeat_at = models.DateTimeField("最近进展", null=True)
    attempts = models.PositiveSmallIntegerField("办理次数", default=0)
    queue_number = models.BigIntegerField("队列编号", null=True)

    class Meta:
        db_table = "job"
        verbose_name = "后台任务"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, state__in=("QUEUED", "RUNNING"))
                | Q(finished_at__isnull=False, state__in=("DONE", "FAILED", "CANCELLED")),
                name="job_finished_at",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["requested_by", "-id"], name="job_of_account"),
            models.Index(fields=["state"], condition=Q(state__in=("QUEUED", "RUNNING")), name="job_unfinished"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"
