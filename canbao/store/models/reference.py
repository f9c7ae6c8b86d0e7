"""Divisions, offices and codes in the database: a copy of `canbao.rules.data`, for joins and for those who read SQL.

Only `services.reference` writes these tables. Codes and paths sort as bytes (collation C), so that an area is a range.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canbao.rules.division import Level
from canbao.rules.offices import OfficeKind


def _period_is_real(name: str) -> models.CheckConstraint:
    whole = Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lt=F("valid_to"))
    return models.CheckConstraint(condition=whole, name=name)


def _one_open(name: str, *fields: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=fields, condition=Q(valid_to__isnull=True), name=name)


class Division(models.Model):
    """A division for a period; half-open, an empty end is open."""

    code = models.CharField("区划代码", max_length=12, db_collation="C")
    name = models.CharField("名称", max_length=100)
    level = models.SmallIntegerField("级别", choices=[(level.value, level.name) for level in Level])
    parent = models.CharField("上级代码", max_length=12, db_collation="C", blank=True)
    valid_from = models.DateField("起", null=True)
    valid_to = models.DateField("止", null=True)

    class Meta:
        db_table = "division"
        verbose_name = "行政区划"
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], nulls_distinct=False, name="division_once_a_day"),
            _one_open("division_one_open", "code"),
            _period_is_real("division_period"),
            models.CheckConstraint(condition=Q(level__in=[level.value for level in Level]), name="division_level"),
        ]
        indexes = [models.Index(fields=["parent"], name="division_parent")]

    def __str__(self) -> str:
        return self.code


class DivisionSuccessor(models.Model):
    """What became of an area on a day. A town that only changed hands succeeds itself under another parent."""

    old = models.CharField("原区划", max_length=12, db_collation="C")
    old_parent = models.CharField("原上级", max_length=12, db_collation="C")
    new = models.CharField("现区划", max_length=12, db_collation="C")
    new_parent = models.CharField("现上级", max_length=12, db_collation="C")
    changed_on = models.DateField("变更日期")
    towns = models.IntegerField("涉及镇街数", default=0)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        db_table = "division_successor"
        verbose_name = "区划沿革"
        constraints = [
            models.UniqueConstraint(fields=["old", "new", "changed_on"], name="division_successor_once"),
            models.CheckConstraint(
                condition=~Q(old=F("new")) | ~Q(old_parent=F("new_parent")), name="division_successor_changes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old}-{self.new}"


class Office(models.Model):
    """An office for the time it exists. Its path says where it stands: everything below is path .. path || '~'."""

    path = models.CharField("机构路径", max_length=18, primary_key=True, db_collation="C")
    kind = models.CharField("类别", max_length=20, choices=[(kind.value, kind.name) for kind in OfficeKind])
    name = models.CharField("名称", max_length=100)
    parent = models.CharField("上级机构", max_length=18, db_collation="C", blank=True)
    valid_from = models.DateField("起", null=True)
    valid_to = models.DateField("止", null=True)

    class Meta:
        db_table = "office"
        verbose_name = "经办机构"
        constraints = [
            _period_is_real("office_period"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in OfficeKind]), name="office_kind"),
            models.CheckConstraint(
                condition=Q(path__regex=r"^([0-9]{2}|[0-9]{6}|[0-9]{15}|[0-9]{18})$"), name="office_path_width"
            ),
        ]
        indexes = [models.Index(fields=["parent"], name="office_parent")]

    def __str__(self) -> str:
        return self.path


class OfficeCoverage(models.Model):
    """The office nearest to a division for a period; a division has one at a time."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, db_column="office", related_name="coverages")
    division = models.CharField("区划代码", max_length=12, db_collation="C")
    valid_from = models.DateField("起", null=True)
    valid_to = models.DateField("止", null=True)

    class Meta:
        db_table = "office_coverage"
        verbose_name = "管辖范围"
        constraints = [
            models.UniqueConstraint(
                fields=["division", "valid_from"], nulls_distinct=False, name="office_coverage_one_a_day"
            ),
            _one_open("office_coverage_one_open", "division"),
            _period_is_real("office_coverage_period"),
        ]

    def __str__(self) -> str:
        return f"{self.office_id}/{self.division}"


class CodeEntry(models.Model):
    """A value of a code table."""

    code_table = models.CharField("代码表", max_length=40)
    code = models.CharField("代码", max_length=40, db_collation="C")
    label = models.CharField("名称", max_length=100)
    valid_from = models.DateField("起", null=True)
    valid_to = models.DateField("止", null=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        db_table = "code_entry"
        verbose_name = "代码"
        constraints = [
            models.UniqueConstraint(
                fields=["code_table", "code", "valid_from"], nulls_distinct=False, name="code_entry_once_a_day"
            ),
            _one_open("code_entry_one_open", "code_table", "code"),
            _period_is_real("code_entry_period"),
        ]

    def __str__(self) -> str:
        return f"{self.code_table} {self.code}"


class CodeMapping(models.Model):
    """What a source's raw value means; source '*' stands for all."""

    code_table = models.CharField("代码表", max_length=40)
    source = models.CharField("来源", max_length=40)
    raw = models.CharField("原值", max_length=100)
    code = models.CharField("代码", max_length=40, db_collation="C")

    class Meta:
        db_table = "code_mapping"
        verbose_name = "代码对照"
        constraints = [
            models.UniqueConstraint(fields=["code_table", "source", "raw"], name="code_mapping_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code_table} {self.source} {self.raw}"
