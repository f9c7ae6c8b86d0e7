"""Two times on every fact: valid (true in the world) and recorded (known to us).

Current facts stand in a lean table, one row per key. A superseded version moves to the history table of the same
facts with both periods; the current row stands for valid [valid_from, …) and recorded [recorded_at, …).
"""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField
from django.db import models


class Current(models.Model):
    """What is true and known now. `basis` names the act that wrote it (run, decision, form)."""

    version = models.IntegerField("版本", default=1)
    valid_from = models.DateField("生效日期")
    recorded_at = models.DateTimeField("记录时间")
    basis = models.CharField("依据", max_length=80)

    class Meta:
        abstract = True


class Past(models.Model):
    """What was true or known for a time. Rows are closed once and never touched again."""

    history_id = models.BigAutoField(primary_key=True)
    version = models.IntegerField("版本")
    valid = DateRangeField("有效期间")
    recorded = DateTimeRangeField("记录期间")
    basis = models.CharField("依据", max_length=80)
    closed_basis = models.CharField("更替依据", max_length=80, blank=True, default="")

    class Meta:
        abstract = True
