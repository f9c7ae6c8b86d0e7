"""Enrolment: a person in a scheme at a place, as the business systems state it; employers beside it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from canbao.store.models.dated import Current, Past
from canbao.store.models.person import OfficePath


class EnrolmentFacts(models.Model):
    """state is one of `rules.enrolment.EnrolmentState`; the two status codes are kept beside it."""

    source = models.CharField("来源", max_length=20)
    state = models.CharField("参保状态", max_length=20)
    enrol_status = models.CharField("个人参保状态", max_length=1, null=True)
    payment_status = models.CharField("个人缴费状态", max_length=1, null=True)
    first_enrolled_on = models.DateField("首次参保日期", null=True)
    spell_from = models.DateField("本次开始", null=True)
    spell_to = models.DateField("本次终止", null=True)
    pension_since = models.DateField("待遇领取年月", null=True)
    capacity = models.CharField("参保身份", max_length=20, null=True)
    employer_no = models.CharField("单位编号", max_length=40, null=True)
    enrolment_division = models.CharField("参保地", max_length=12, null=True)
    office_path = OfficePath()

    class Meta:
        abstract = True


class Enrolment(Current, EnrolmentFacts):
    pk = models.CompositePrimaryKey("person_id", "scheme", "record_key")
    person_id = models.BigIntegerField()
    scheme = models.CharField("险种", max_length=24)
    record_key = models.CharField("业务系统主键", max_length=60)

    class Meta:
        db_table = "enrolment"
        verbose_name = "参保"
        indexes: ClassVar = [BrinIndex(fields=["recorded_at"], name="enrolment_recorded", autosummarize=True)]

    def __str__(self) -> str:
        return f"enrolment of person {self.person_id}"


class EnrolmentHistory(Past, EnrolmentFacts):
    person_id = models.BigIntegerField()
    scheme = models.CharField("险种", max_length=24)
    record_key = models.CharField("业务系统主键", max_length=60)

    class Meta:
        db_table = "enrolment_history"
        verbose_name = "参保历史"
        indexes: ClassVar = [models.Index(fields=["person_id"], name="enrolment_history_person")]

    def __str__(self) -> str:
        return f"enrolment of person {self.person_id} v{self.version}"


class ListedSpellFacts(models.Model):
    """What an explaining list says: since when and until when, with the school or the place as it was sent.

    Of a death from_on is its day; until_on is open where the list has none.
    """

    from_on = models.DateField("起始日期", null=True)
    until_on = models.DateField("终止日期", null=True)
    remark = models.TextField("学校、地点等", null=True)
    office_path = OfficePath()

    class Meta:
        abstract = True


class ListedSpell(Current, ListedSpellFacts):
    """A row of a list that explains why somebody is not insured here, applied to the person it is about."""

    pk = models.CompositePrimaryKey("person_id", "source", "record_key")
    person_id = models.BigIntegerField()
    source = models.CharField("来源", max_length=20)
    record_key = models.CharField("名单主键", max_length=180)

    class Meta:
        db_table = "listed_spell"
        verbose_name = "名单记录"

    def __str__(self) -> str:
        return f"listed spell of person {self.person_id}"


class ListedSpellHistory(Past, ListedSpellFacts):
    person_id = models.BigIntegerField()
    source = models.CharField("来源", max_length=20)
    record_key = models.CharField("名单主键", max_length=180)

    class Meta:
        db_table = "listed_spell_history"
        verbose_name = "名单记录历史"
        indexes: ClassVar = [models.Index(fields=["person_id"], name="listed_spell_person")]

    def __str__(self) -> str:
        return f"listed spell of person {self.person_id} v{self.version}"


class Employer(models.Model):
    """用人单位 as the business systems name it."""

    pk = models.CompositePrimaryKey("source", "employer_no")
    source = models.CharField("来源", max_length=20)
    employer_no = models.CharField("单位编号", max_length=40)
    uscc = models.CharField("统一社会信用代码", max_length=18, null=True)
    name = models.CharField("单位名称", max_length=256, null=True)

    class Meta:
        db_table = "employer"
        verbose_name = "用人单位"

    def __str__(self) -> str:
        return f"employer {self.employer_no}"
