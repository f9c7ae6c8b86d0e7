"""Registration forms that were printed: which sheet was whose."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from canbao.store.models.person import OfficePath


class RegistrationForm(models.Model):
    """One printed sheet. Printing again makes another number: both may come back."""

    id = models.BigAutoField(primary_key=True)
    number = models.CharField("表号", max_length=12, unique=True)
    version = models.SmallIntegerField("版本")
    person_id = models.BigIntegerField("人员", null=True, db_index=True)  # empty: found at a door, not registered yet
    person_version = models.IntegerField("登记信息版本", null=True)
    masked = models.BooleanField("部分隐藏")
    reason = models.CharField("理由", max_length=200, blank=True)
    printed_by = models.CharField("打印人", max_length=150)
    printed_at = models.DateTimeField("打印时间")
    office_path = OfficePath()
    # A whole village is printed by a job: the sheet belongs to a line of a round, and has a place in the job's files.
    task_id = models.BigIntegerField("名单", null=True, db_index=True)
    job_id = models.BigIntegerField("任务", null=True)
    place = models.IntegerField("顺序", null=True)
    # The text of the letter that a clerk chose against the rules, and why.
    letter = models.CharField("告知文本", max_length=8, blank=True, default="")
    letter_reason = models.CharField("改选理由", max_length=200, blank=True, default="")

    class Meta:
        db_table = "registration_form"
        verbose_name = "登记表"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(masked=True) | ~Q(reason=""), name="form_in_full_has_reason"),
            models.CheckConstraint(condition=Q(letter="") | ~Q(letter_reason=""), name="form_letter_has_reason"),
            models.CheckConstraint(
                condition=Q(person_id__isnull=False) | Q(task_id__isnull=False), name="form_is_of_somebody"
            ),
            models.UniqueConstraint(
                fields=["job_id", "task_id"], condition=Q(job_id__isnull=False), name="form_once_a_job"
            ),
        ]

    def __str__(self) -> str:
        return f"form {self.number}"
