"""Runs of the matching, the conflicts they found, and what clerks decided about them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from canbao.store.models.person import OfficePath


class RunState(models.TextChoices):
    RUNNING = "RUNNING", "运行中"
    APPLIED = "APPLIED", "已入库"
    FAILED = "FAILED", "未完成"
    RETRACTED = "RETRACTED", "已撤销"


class MatchRun(models.Model):
    """One run: what went in, by which rules, what came out. The same inputs give the same output."""

    id = models.BigAutoField(primary_key=True)
    state = models.CharField("状态", max_length=10, choices=RunState)
    rule_version = models.CharField("规则版本", max_length=20)
    engine = models.CharField("引擎", max_length=40)
    inputs = models.JSONField("输入", default=dict)
    counts = models.JSONField("计数", default=dict)
    folder = models.CharField("结果目录", max_length=200, blank=True, default="")
    next_person_id = models.BigIntegerField("下一人员编号", default=1)
    started_by = models.CharField("发起人", max_length=150)
    started_at = models.DateTimeField("开始时间")
    applied_at = models.DateTimeField("入库时间", null=True)
    retracted_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        db_table = "match_run"
        verbose_name = "比对"

    def __str__(self) -> str:
        return f"run {self.pk}"


class CaseState(models.TextChoices):
    OPEN = "OPEN", "待处理"
    DECIDED = "DECIDED", "已处理"
    GONE = "GONE", "已消失"


class MatchCase(models.Model):
    """A conflict that a named office settles. `subject` is the same for the same conflict in every run."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=20)
    subject = models.CharField("标识", max_length=64, unique=True)
    state = models.CharField("状态", max_length=8, choices=CaseState, default=CaseState.OPEN)
    person_ids = ArrayField(models.BigIntegerField(), verbose_name="人员")
    record_keys = ArrayField(models.CharField(max_length=120), verbose_name="记录")
    reason = models.TextField("说明")
    office_path = OfficePath()
    first_run_id = models.BigIntegerField("首次发现")
    last_run_id = models.BigIntegerField("最近发现")

    class Meta:
        db_table = "match_case"
        verbose_name = "比对疑点"
        indexes: ClassVar = [models.Index(fields=["office_path", "state", "kind"], name="match_case_office")]

    def __str__(self) -> str:
        return f"case {self.pk}"


class MatchDecision(models.Model):
    """Two source records are, or are not, of one person: decided by a clerk, obeyed by every later run."""

    id = models.BigAutoField(primary_key=True)
    a_source = models.CharField(max_length=20)
    a_key = models.CharField(max_length=120)
    b_source = models.CharField(max_length=20)
    b_key = models.CharField(max_length=120)
    same = models.BooleanField("同一人")
    reason = models.TextField("理由")
    decided_by = models.CharField("判定人", max_length=150)
    decided_at = models.DateTimeField("判定时间")

    class Meta:
        db_table = "match_decision"
        verbose_name = "人工判定"

    def __str__(self) -> str:
        return f"decision {self.pk}"


class FactDecision(models.Model):
    """A fact set by decision; it wins over the sources until the field's authority reports anew."""

    id = models.BigAutoField(primary_key=True)
    person_id = models.BigIntegerField(db_index=True)
    field = models.CharField("项目", max_length=40)
    value = models.TextField("内容", null=True)
    valid_from = models.DateField("生效日期")
    basis = models.CharField("依据", max_length=80)
    decided_by = models.CharField("办理人", max_length=150)
    decided_at = models.DateTimeField("办理时间")

    class Meta:
        db_table = "fact_decision"
        verbose_name = "变更决定"

    def __str__(self) -> str:
        return f"fact decision {self.pk}"


class PersonMerge(models.Model):
    """Two entries of one person made one; kept so that it can be undone."""

    id = models.BigAutoField(primary_key=True)
    from_person_id = models.BigIntegerField(db_index=True)
    into_person_id = models.BigIntegerField(db_index=True)
    basis = models.CharField("依据", max_length=80)
    merged_by = models.CharField("合并人", max_length=150)
    merged_at = models.DateTimeField("合并时间")
    unmerged_by = models.CharField("拆分人", max_length=150, blank=True, default="")
    unmerged_at = models.DateTimeField("拆分时间", null=True)

    class Meta:
        db_table = "person_merge"
        verbose_name = "合并"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(into_person_id__lt=models.F("from_person_id")), name="merge_into_older"
            ),
            models.CheckConstraint(
                condition=models.Q(unmerged_at__isnull=True, unmerged_by="")
                | models.Q(unmerged_at__isnull=False) & ~models.Q(unmerged_by=""),
                name="merge_unmerged_pair",
            ),
            models.UniqueConstraint(
                fields=["from_person_id"], condition=models.Q(unmerged_at__isnull=True), name="merge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"merge of person {self.from_person_id} into {self.into_person_id}"
