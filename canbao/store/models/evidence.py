"""Files that prove something, and requests to change what the register says on their ground (规程第十二、十九、二十一条)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from canbao.store.models.person import OfficePath


class Evidence(models.Model):
    """One paper: its pages are files kept by the digest of what they say. items: what of the form it proves."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("材料种类", max_length=20)
    archive_class = models.CharField("档案类别", max_length=20)
    keep_years = models.SmallIntegerField("保管期限", null=True)  # empty: for ever
    person_id = models.BigIntegerField("人员", null=True, db_index=True)
    task_id = models.BigIntegerField("名单", null=True, db_index=True)
    form_number = models.CharField("表号", max_length=12, blank=True, default="")
    items = ArrayField(models.CharField(max_length=20), default=list, verbose_name="证明的项目")
    paper_number = models.CharField("材料编号", max_length=60, blank=True, default="")
    issuer = models.CharField("出具单位", max_length=100, blank=True, default="")
    issued_on = models.DateField("出具日期", null=True)
    office_path = OfficePath()
    added_by = models.CharField("收件人", max_length=150)
    added_at = models.DateTimeField("收件时间")
    removed_by = models.CharField("撤下人", max_length=150, blank=True, default="")
    removed_at = models.DateTimeField("撤下时间", null=True)
    removed_reason = models.CharField("撤下原因", max_length=200, blank=True, default="")

    class Meta:
        db_table = "evidence"
        verbose_name = "证明材料"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by="") | Q(removed_at__isnull=False) & ~Q(removed_by=""),
                name="evidence_removed_pair",
            )
        ]

    def __str__(self) -> str:
        return f"evidence {self.pk}"


class EvidenceFile(models.Model):
    """A page or several of a paper: the file lies encrypted under its digest (SM3 of the plain content)."""

    id = models.BigAutoField(primary_key=True)
    evidence_id = models.BigIntegerField("材料", db_index=True)
    place = models.SmallIntegerField("顺序")
    digest = models.CharField("内容摘要", max_length=64)
    media_type = models.CharField("文件类型", max_length=40)
    pages = models.SmallIntegerField("页数")
    size = models.IntegerField("字节数")
    scanned = models.CharField("查毒结果", max_length=12)
    office_path = OfficePath()

    class Meta:
        db_table = "evidence_file"
        verbose_name = "材料文件"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evidence_id", "place"], name="evidence_file_place"),
            models.UniqueConstraint(fields=["evidence_id", "digest"], name="evidence_file_once"),
        ]

    def __str__(self) -> str:
        return f"file {self.place} of evidence {self.evidence_id}"


class ChangeRequest(models.Model):
    """One item that a form says otherwise than the register: it waits for the change procedure, with its evidence.

    stages and steps are those of `rules.approval`; person_version is what the register said when it was asked for. others: what later
    forms say otherwise while it waits, each with after, basis, form_number, by, at.
    """

    id = models.BigAutoField(primary_key=True)
    person_id = models.BigIntegerField("人员", db_index=True)
    person_version = models.IntegerField("登记信息版本")
    item = models.CharField("项目", max_length=20)
    before = models.TextField("登记内容", null=True)
    after = models.TextField("申请内容", null=True)
    basis = models.CharField("依据", max_length=80)
    task_id = models.BigIntegerField("名单", null=True, db_index=True)
    form_number = models.CharField("表号", max_length=12, blank=True, default="")
    evidence_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="证明材料")
    stages = ArrayField(models.CharField(max_length=10), verbose_name="审批环节")
    state = models.CharField("状态", max_length=10)
    steps = models.JSONField("经过", default=list)
    others = models.JSONField("其他申请内容", default=list)
    office_path = OfficePath()
    asked_by = models.CharField("申请录入人", max_length=150)
    asked_at = models.DateTimeField("申请时间")

    class Meta:
        db_table = "change_request"
        verbose_name = "变更申请"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person_id", "item"],
                condition=Q(state__in=("DRAFT", "SUBMITTED", "REVIEWED", "SENT_BACK")),
                name="change_one_open_per_item",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["office_path", "state"], name="change_of_office")]

    def __str__(self) -> str:
        return f"change request {self.pk}"
