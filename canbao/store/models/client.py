"""Other systems that may ask the register: each with a purpose, the fields it needs, a quota, and a switch."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from canbao.store.models.person import OfficePath


def _pair(name: str) -> models.CheckConstraint:
    at, by = f"{name}_at", f"{name}_by"
    missing = Q(**{f"{at}__isnull": True, by: ""})
    given = Q(**{f"{at}__isnull": False}) & ~Q(**{by: ""})
    return models.CheckConstraint(condition=missing | given, name=f"api_client_{name}_pair")


class ApiClient(models.Model):
    """Registered by the system administrator, granted by the security administrator. The token is kept as a digest."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("接口用户", max_length=40, unique=True)
    department = models.CharField("使用单位", max_length=100)
    basis = models.CharField("批准文件", max_length=200)
    purposes = ArrayField(models.CharField(max_length=40), verbose_name="用途")
    fields = ArrayField(models.CharField(max_length=40), verbose_name="可取项目")
    office = OfficePath()
    quota = models.IntegerField("每日次数上限")
    token_digest = models.CharField("令牌摘要", max_length=64, blank=True, default="", db_index=True)
    registered_by = models.CharField("登记人", max_length=60)
    registered_at = models.DateTimeField("登记时间")
    granted_by = models.CharField("批准人", max_length=60, blank=True, default="")
    granted_at = models.DateTimeField("批准时间", null=True)
    stopped_by = models.CharField("停用人", max_length=60, blank=True, default="")
    stopped_at = models.DateTimeField("停用时间", null=True)
    stop_reason = models.CharField("停用原因", max_length=200, blank=True, default="")

    class Meta:
        db_table = "api_client"
        verbose_name = "接口用户"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(registered_by=F("granted_by")), name="api_client_two_people"),
            models.CheckConstraint(condition=Q(quota__gt=0), name="api_client_quota"),
            models.CheckConstraint(
                condition=Q(token_digest="") | Q(granted_at__isnull=False), name="api_client_granted"
            ),
            _pair("granted"),
            _pair("stopped"),
        ]

    def __str__(self) -> str:
        return self.name


class ApiUse(models.Model):
    """How often a client asked on a day."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="uses", verbose_name="接口用户")
    on = models.DateField("日期")
    count = models.IntegerField("次数", default=0)

    class Meta:
        db_table = "api_use"
        verbose_name = "接口使用量"
        constraints: ClassVar = [models.UniqueConstraint(fields=["client", "on"], name="api_use_once_a_day")]

    def __str__(self) -> str:
        return f"use of {self.client_id}"
