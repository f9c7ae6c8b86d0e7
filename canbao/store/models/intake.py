"""Deliveries as they came, batches made of them, and the last accepted state of each source."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class DeliveryState(models.TextChoices):
    RECEIVING = "RECEIVING", "接收未完成"
    RECEIVED = "RECEIVED", "已接收"
    REFUSED = "REFUSED", "已拒收"


class BatchStatus(models.TextChoices):
    PREPARED = "PREPARED", "待提交"
    HELD = "HELD", "已拦截"
    COMMITTED = "COMMITTED", "已提交"
    REVERSED = "REVERSED", "已撤销"
    REPLACED = "REPLACED", "已被替代"


def _pair(name: str) -> models.CheckConstraint:
    """Who and when stand together or not at all."""
    at, by = f"{name}_at", f"{name}_by"
    missing = Q(**{f"{at}__isnull": True}) & Q(**{by: ""})
    given = Q(**{f"{at}__isnull": False}) & ~Q(**{by: ""})
    return models.CheckConstraint(condition=missing | given, name=f"batch_{name}_pair")


class Delivery(models.Model):
    """What a department handed in; the same content has the same digest and is one delivery."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField("来源", max_length=40)
    kind = models.CharField("种类", max_length=5)
    as_of = models.DateField("数据日期")
    digest = models.CharField("摘要", max_length=64, unique=True)
    manifest = models.JSONField("清单", default=dict)
    files = models.JSONField("文件", default=list)
    state = models.CharField("状态", max_length=12, choices=DeliveryState)
    refusal = models.TextField("拒收原因", blank=True, default="")
    rows = models.BigIntegerField("行数", default=0)
    received_by = models.CharField("接收人", max_length=150)
    received_at = models.DateTimeField("接收时间")

    class Meta:
        db_table = "delivery"
        verbose_name = "报送"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=("full", "delta")), name="delivery_kind"),
            models.CheckConstraint(
                condition=Q(state="REFUSED") & ~Q(refusal="") | ~Q(state="REFUSED") & Q(refusal=""),
                name="delivery_refusal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Batch(models.Model):
    """A delivery compared with a state: nothing of it counts until a second person commits it."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="batches", verbose_name="报送")
    base = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="successors", verbose_name="比较基准"
    )
    status = models.CharField("状态", max_length=12, choices=BatchStatus)
    counts = models.JSONField("计数", default=dict)
    changed_fields = models.JSONField("变动字段", default=dict)
    by_district = models.JSONField("分区县", default=dict)
    warnings = models.JSONField("提示", default=dict)
    conflicts = models.JSONField("矛盾", default=dict)
    breakers = models.JSONField("拦截原因", default=list)
    prepared_by = models.CharField("准备人", max_length=150)
    prepared_at = models.DateTimeField("准备时间")
    released_first_by = models.CharField("第一放行人", max_length=150, blank=True, default="")
    released_first_at = models.DateTimeField("第一放行时间", null=True)
    released_second_by = models.CharField("第二放行人", max_length=150, blank=True, default="")
    released_second_at = models.DateTimeField("第二放行时间", null=True)
    release_reasons = models.JSONField("放行理由", default=list)
    committed_by = models.CharField("提交人", max_length=150, blank=True, default="")
    committed_at = models.DateTimeField("提交时间", null=True)
    reversed_by = models.CharField("撤销人", max_length=150, blank=True, default="")
    reversed_at = models.DateTimeField("撤销时间", null=True)
    reverse_reason = models.TextField("撤销理由", blank=True, default="")
    state_path = models.CharField("状态文件", max_length=200, blank=True, default="")
    state_digest = models.CharField("状态摘要", max_length=64, blank=True, default="")
    state_rows = models.BigIntegerField("状态行数", default=0)

    class Meta:
        db_table = "batch"
        verbose_name = "批次"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(committed_by=F("prepared_by")), name="batch_two_people"),
            models.CheckConstraint(
                condition=Q(committed_by="") | ~Q(committed_by=F("released_first_by")),
                name="batch_held_three_people",
            ),
            models.CheckConstraint(
                condition=~Q(released_first_by=F("prepared_by")) & ~Q(released_second_by=F("prepared_by")),
                name="batch_released_by_others",
            ),
            models.CheckConstraint(
                condition=Q(released_second_by="") | ~Q(released_second_by=F("released_first_by")),
                name="batch_released_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("COMMITTED", "REVERSED")) | ~Q(committed_by="") & ~Q(state_path=""),
                name="batch_committed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="REVERSED") | ~Q(reversed_by=""), name="batch_reversed_by_somebody"
            ),
            *(_pair(name) for name in ("released_first", "released_second", "committed", "reversed")),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=~Q(status__in=("REVERSED", "REPLACED")),
                name="batch_one_live_per_delivery",
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class SourceState(models.Model):
    """The records of a source that count now."""

    source = models.CharField("来源", max_length=40, primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, verbose_name="批次")
    path = models.CharField("文件", max_length=200, blank=True, default="")
    digest = models.CharField("摘要", max_length=64, blank=True, default="")
    rows = models.BigIntegerField("行数", default=0)
    as_of = models.DateField("数据日期", null=True)

    class Meta:
        db_table = "source_state"
        verbose_name = "来源现状"

    def __str__(self) -> str:
        return f"state of {self.source}"
