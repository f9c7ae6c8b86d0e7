"""What a person declared on the form: occupation, contacts, why not insured. The sources know none of it and never write it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canbao.store.models.dated import Current, Past
from canbao.store.models.person import OfficePath


class DeclaredFacts(models.Model):
    """The back of the form, by its items (`rules.answers`). away_schemes: codes of `AWAY_SCHEMES`, joined by commas."""

    occupation = models.CharField("当前职业", max_length=3, null=True)
    work_in = models.CharField("就业地（区/县）", max_length=100, null=True)
    work_out = models.CharField("就业地（省/自治区/直辖市）", max_length=100, null=True)
    away_schemes = models.CharField("市外参保险种", max_length=20, null=True)
    post_address = models.CharField("通讯地址", max_length=300, null=True)
    post_code = models.CharField("邮政编码", max_length=6, null=True)
    landline = models.CharField("固定电话", max_length=20, null=True)
    qq = models.CharField("QQ号码", max_length=15, null=True)
    email = models.CharField("电子邮箱", max_length=100, null=True)
    reason_not_enrolled = models.CharField("未参保原因", max_length=2, null=True)
    office_path = OfficePath()

    class Meta:
        abstract = True


class Declaration(Current, DeclaredFacts):
    person_id = models.BigIntegerField(primary_key=True)

    class Meta:
        db_table = "declaration"
        verbose_name = "申报"

    def __str__(self) -> str:
        return f"declaration of person {self.person_id}"


class DeclarationHistory(Past, DeclaredFacts):
    person_id = models.BigIntegerField()

    class Meta:
        db_table = "declaration_history"
        verbose_name = "申报历史"
        indexes: ClassVar = [models.Index(fields=["person_id"], name="declaration_history_person")]

    def __str__(self) -> str:
        return f"declaration of person {self.person_id} v{self.version}"
