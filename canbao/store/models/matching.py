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
    OPEN = "OPEN", "待判定"
    SECOND = "SECOND", "待第二人判定"
    ESCALATED = "ESCALATED", "待上级判定"
    DECIDED = "DECIDED", "已判定"
    NOTED = "NOTED", "已转办"
    GONE = "GONE", "已消失"


UNDECIDED = (CaseState.OPEN, CaseState.SECOND, CaseState.ESCALATED)


class MatchCase(models.Model):
    """A conflict that a named office settles. `subject` is the same for the same conflict in every run.

    turn: 0, or the second in which it was set aside: the lists go by turn, then by age. claimed: who has it open just now.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=20)
    subject = models.CharField("标识", max_length=64, unique=True)
    state = models.CharField("状态", max_length=10, choices=CaseState, default=CaseState.OPEN)
    person_ids = ArrayField(models.BigIntegerField(), verbose_name="人员")
    record_keys = ArrayField(models.CharField(max_length=200), verbose_name="记录")
    reason = models.TextField("说明")
    office_path = OfficePath()
    first_run_id = models.BigIntegerField("首次发现")
    last_run_id = models.BigIntegerField("最近发现")
    turn = models.BigIntegerField("次序", default=0)
    note = models.TextField("备注", blank=True, default="")
    claimed_by = models.CharField("正在查看", max_length=150, blank=True, default="")
    claimed_at = models.DateTimeField("查看时间", null=True)

    class Meta:
        db_table = "match_case"
        verbose_name = "比对疑点"
        indexes: ClassVar = [
            models.Index(fields=["office_path", "state", "kind"], name="match_case_office"),
            models.Index(
                fields=["kind", "turn", "id"], condition=models.Q(state__in=UNDECIDED), name="match_case_turn"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(claimed_at__isnull=True, claimed_by="")
                | models.Q(claimed_at__isnull=False) & ~models.Q(claimed_by=""),
                name="case_claimed_pair",
            )
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class MatchCaseRecord(models.Model):
    """A source record of a case as it was when the case was found; `facts` are the fields that are shown."""

    pk = models.CompositePrimaryKey("case_id", "place")
    case_id = models.BigIntegerField("疑点")
    place = models.SmallIntegerField("次序")
    person_id = models.BigIntegerField("人员")
    source = models.CharField("来源", max_length=20)
    record_key = models.CharField("业务系统主键", max_length=180)
    facts = models.JSONField("内容")
    office_path = OfficePath()

    class Meta:
        db_table = "match_case_record"
        verbose_name = "疑点记录"

    def __str__(self) -> str:
        return f"record {self.place} of case {self.case_id}"


class MatchCaseOpinion(models.Model):
    """What one account says of a case: the first, the blind second of the sample, the third of the office above.

    agrees: on a second opinion, whether it was the same as the first.
    """

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField("疑点")
    number = models.SmallIntegerField("第几次")
    account = models.CharField("判定人", max_length=150)
    same = models.BooleanField("同一人", null=True)
    reason = models.TextField("理由")
    at = models.DateTimeField("时间")
    agrees = models.BooleanField("与第一人一致", null=True)
    bulk_id = models.BigIntegerField("成批判定", null=True, db_index=True)
    office_path = OfficePath()

    class Meta:
        db_table = "match_case_opinion"
        verbose_name = "疑点意见"
        indexes: ClassVar = [
            models.Index(fields=["account", "at"], name="case_opinion_account"),
            models.Index(fields=["office_path"], condition=models.Q(agrees__isnull=False), name="case_opinion_agrees"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case_id", "number"], name="case_opinion_number"),
            models.UniqueConstraint(fields=["case_id", "account"], name="case_opinion_once"),
        ]

    def __str__(self) -> str:
        return f"opinion {self.number} on case {self.case_id}"


class BulkState(models.TextChoices):
    SUBMITTED = "SUBMITTED", "待他人确认"
    WORKING = "WORKING", "办理中"
    APPROVED = "APPROVED", "已生效"
    REFUSED = "REFUSED", "不予确认"
    UNDONE = "UNDONE", "已撤销"


class MatchBulk(models.Model):
    """One decision for all cases of one pattern, asked for by one account and confirmed by another."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=20)
    pattern = models.TextField("证据组合")
    same = models.BooleanField("同一人")
    reason = models.TextField("理由")
    state = models.CharField("状态", max_length=10, choices=BulkState, default=BulkState.SUBMITTED)
    last_case_id = models.BigIntegerField("预览时最后一件")
    found = models.IntegerField("预览件数")
    settled = models.IntegerField("已判定", default=0)
    skipped = models.IntegerField("未能判定", default=0)
    office_path = OfficePath()
    asked_by = models.CharField("申请人", max_length=150)
    asked_at = models.DateTimeField("申请时间")
    checked_by = models.CharField("确认人", max_length=150, blank=True, default="")
    checked_at = models.DateTimeField("确认时间", null=True)
    undone_by = models.CharField("撤销人", max_length=150, blank=True, default="")
    undone_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        db_table = "match_bulk"
        verbose_name = "成批判定"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(asked_by=models.F("checked_by")), name="bulk_two_people"),
            models.CheckConstraint(
                condition=models.Q(checked_at__isnull=True, checked_by="")
                | models.Q(checked_at__isnull=False) & ~models.Q(checked_by=""),
                name="bulk_checked_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True, undone_by="")
                | models.Q(undone_at__isnull=False) & ~models.Q(undone_by=""),
                name="bulk_undone_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"bulk decision {self.pk}"


class MatchDecision(models.Model):
    """Two source records are, or are not, of one person: decided by a clerk, obeyed by every later run."""

    id = models.BigAutoField(primary_key=True)
    a_source = models.CharField(max_length=20)
    a_key = models.CharField(max_length=180)
    b_source = models.CharField(max_length=20)
    b_key = models.CharField(max_length=180)
    same = models.BooleanField("同一人")
    reason = models.TextField("理由")
    decided_by = models.CharField("判定人", max_length=150)
    decided_at = models.DateTimeField("判定时间")
    case_id = models.BigIntegerField("疑点", null=True, db_index=True)
    office_path = OfficePath()

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
    office_path = OfficePath()

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
    office_path = OfficePath()

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
