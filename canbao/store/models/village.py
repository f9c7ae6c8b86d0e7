"""Villages of people whom the departments place no nearer than a town: what was learnt, what was decided for whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from canbao.rules.village_choice import AssignmentState
from canbao.store.models.person import OfficePath


class VillageSign(models.Model):
    """What a part of an address stood for: so many people of a village have it, by records that carry a village."""

    pk = models.CompositePrimaryKey("town", "sign", "text", "village")
    town = models.CharField("镇街", max_length=9, db_collation="C")
    sign = models.CharField("类别", max_length=16, db_collation="C")
    text = models.CharField("地址用语", max_length=40, db_collation="C")
    village = models.CharField("村社", max_length=12, db_collation="C")
    people = models.IntegerField("人数")

    class Meta:
        db_table = "village_sign"
        verbose_name = "地址用语"

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


class VillageTrial(models.Model):
    """How often evidence was right about records whose village is known.

    town: 50 for the whole city, as of the last learning of the whole. rule and band name a kind of evidence; with rule "" band is the lead
    of the best village.
    """

    pk = models.CompositePrimaryKey("town", "rule", "band")
    town = models.CharField("镇街", max_length=9, db_collation="C")
    rule = models.CharField("依据", max_length=16, db_collation="C")
    band = models.CharField("档", max_length=8, db_collation="C")
    people = models.IntegerField("人数")
    was_right = models.IntegerField("相符人数")

    class Meta:
        db_table = "village_trial"
        verbose_name = "村社判定检验"

    def __str__(self) -> str:
        return f"{self.town} {self.rule} {self.band}"


class VillageRun(models.Model):
    """One working out of villages. whole: the city was learnt anew; the rest: up to where changes were read (services.villages.changed).

    oldest_open: the oldest transaction that was still writing then; next_open: the next that would begin.
    """

    id = models.BigAutoField(primary_key=True)
    whole = models.BooleanField("全市")
    towns = models.IntegerField("镇街数")
    rule_version = models.CharField("规则版本", max_length=20)
    counts = models.JSONField("计数", default=dict)
    history_mark = models.BigIntegerField("历史记录号")
    enrolment_mark = models.BigIntegerField("参保历史记录号")
    oldest_open = models.BigIntegerField("未完成的最早事务")
    next_open = models.BigIntegerField("下一事务")
    began_at = models.DateTimeField("开始时间")
    run_by = models.CharField("发起人", max_length=150)
    run_at = models.DateTimeField("完成时间")

    class Meta:
        db_table = "village_run"
        verbose_name = "村社判定"

    def __str__(self) -> str:
        return f"village run {self.pk}"


class VillageAssignment(models.Model):
    """The village of one person by rule or by a clerk, and why.

    base_path: the office that the departments' codes name; the assignment ends when they name another. rule: what decided, with how many
    people stood behind it (people, in_village) and how often such answers are right (share). act: the bulk decision it was part of.
    """

    person_id = models.BigIntegerField(primary_key=True)
    base_path = models.CharField("登记到的机构", max_length=18, db_collation="C")
    town = models.CharField("镇街", max_length=9, blank=True, default="", db_collation="C")
    village = models.CharField("村社", max_length=12, blank=True, default="", db_collation="C")
    village_path = models.CharField("村社机构", max_length=18, blank=True, default="", db_collation="C")
    rule = models.CharField("依据", max_length=16)
    people = models.IntegerField("依据人数", default=0)
    in_village = models.IntegerField("其中属该村社", default=0)
    share = models.FloatField("准确率", default=0)
    state = models.CharField("状态", max_length=10, choices=[(state.value, state.label) for state in AssignmentState])
    rule_version = models.CharField("规则版本", max_length=20)
    reason = models.CharField("说明", max_length=200, blank=True, default="")
    act = models.BigIntegerField("成批办理", null=True, db_index=True)
    decided_by = models.CharField("办理人", max_length=150)
    decided_at = models.DateTimeField("办理时间")
    office_path = OfficePath()

    class Meta:
        db_table = "village_assignment"
        verbose_name = "村社判定"
        indexes: ClassVar = [
            models.Index(fields=["office_path", "state", "person_id"], name="village_of_office"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["NONE", "WITHDRAWN"]) | ~Q(village="") & ~Q(village_path=""),
                name="village_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"village of person {self.person_id}"


class VillageAssignmentHistory(models.Model):
    """An assignment that no longer stands: the office of a person who goes back to what was known then is told from it, and a clerk's word
    holds again when the departments name the same office again.

    ended: whether it ended with the office that the departments named (base_path); else another village took its place.
    """

    id = models.BigAutoField(primary_key=True)
    person_id = models.BigIntegerField("人员", db_index=True)
    base_path = models.CharField("登记到的机构", max_length=18, db_collation="C")
    town = models.CharField("镇街", max_length=9, blank=True, default="", db_collation="C")
    village = models.CharField("村社", max_length=12, blank=True, default="", db_collation="C")
    village_path = models.CharField("村社机构", max_length=18, blank=True, default="", db_collation="C")
    rule = models.CharField("依据", max_length=16)
    people = models.IntegerField("依据人数", default=0)
    in_village = models.IntegerField("其中属该村社", default=0)
    share = models.FloatField("准确率", default=0)
    state = models.CharField("状态", max_length=10)
    rule_version = models.CharField("规则版本", max_length=20)
    reason = models.CharField("说明", max_length=200, blank=True, default="")
    act = models.BigIntegerField("成批办理", null=True)
    decided_by = models.CharField("办理人", max_length=150)
    decided_at = models.DateTimeField("办理时间")
    office_path = OfficePath()
    ended = models.BooleanField("随登记机构结束")
    ended_at = models.DateTimeField("结束时间")

    class Meta:
        db_table = "village_assignment_history"
        verbose_name = "村社判定历史"
        indexes: ClassVar = [
            models.Index(
                fields=["town"],
                condition=Q(ended=True, state__in=["CONFIRMED", "CORRECTED", "WITHDRAWN"]),
                name="village_word_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"former village of person {self.person_id}"


class VillageAct(models.Model):
    """One decision of a clerk about several people: confirmed, corrected or withdrawn; undone whole."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("办理", max_length=12)
    people = models.IntegerField("人数")
    office_path = OfficePath()
    decided_by = models.CharField("办理人", max_length=150)
    decided_at = models.DateTimeField("办理时间")
    undone_by = models.CharField("撤销人", max_length=150, blank=True, default="")
    undone_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        db_table = "village_act"
        verbose_name = "村社成批办理"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="") | Q(undone_at__isnull=False) & ~Q(undone_by=""),
                name="village_act_undone_pair",
            )
        ]

    def __str__(self) -> str:
        return f"village act {self.pk}"


class VillageActBefore(models.Model):
    """The assignment of one person as it stood before a decision about several people: undone, it stands again."""

    pk = models.CompositePrimaryKey("of_act", "person_id")
    of_act = models.BigIntegerField("办理编号")
    person_id = models.BigIntegerField("人员")
    town = models.CharField("镇街", max_length=9, blank=True, default="", db_collation="C")
    village = models.CharField("村社", max_length=12, blank=True, default="", db_collation="C")
    village_path = models.CharField("村社机构", max_length=18, blank=True, default="", db_collation="C")
    rule = models.CharField("依据", max_length=16)
    people = models.IntegerField("依据人数", default=0)
    in_village = models.IntegerField("其中属该村社", default=0)
    state = models.CharField("状态", max_length=10)
    rule_version = models.CharField("规则版本", max_length=20)
    reason = models.CharField("说明", max_length=200, blank=True, default="")
    act = models.BigIntegerField("成批办理", null=True)
    decided_by = models.CharField("办理人", max_length=150)
    decided_at = models.DateTimeField("办理时间")
    office_path = OfficePath()

    class Meta:
        db_table = "village_act_before"
        verbose_name = "办理之前的村社判定"

    def __str__(self) -> str:
        return f"village of person {self.person_id} before act {self.of_act}"
