"""A person is a surrogate key with dated facts; numbers and documents are facts of the person (style: Person, facts)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Left

from canbao.store.models.dated import Current, Past


class OfficePath(models.CharField):  # type: ignore[type-arg]
    """The responsible office as a fixed-width path; an area is a range on it, so it sorts by bytes."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__("经办机构", max_length=18, db_collation="C")

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, _, _ = super().deconstruct()
        return name, path, [], {}


class PersonFacts(models.Model):
    """The basic facts of a person. Dates are days; codes are those of `rules.codes`."""

    name = models.CharField("姓名", max_length=128)
    name_key = models.CharField("姓名比对键", max_length=128, db_collation="C")
    name_sound = models.CharField("姓名读音", max_length=400, null=True, db_collation="C")
    former_name = models.CharField("曾用名", max_length=128, null=True)
    sex = models.CharField("性别", max_length=1, null=True)
    birth_date = models.DateField("出生日期", null=True)
    ethnicity = models.CharField("民族", max_length=2, null=True)
    doc_type = models.CharField("证件类型", max_length=2, null=True)
    doc_number = models.CharField("证件号码", max_length=40, null=True)
    number_disputed = models.BooleanField("号码有争议", default=False)
    hukou_type = models.CharField("户口性质", max_length=2, null=True)
    hukou_division = models.CharField("户籍地区划", max_length=12, null=True)
    hukou_address = models.CharField("户籍地址", max_length=300, null=True)
    hukou_status = models.CharField("户籍状态", max_length=10, null=True)
    household_no = models.CharField("户号", max_length=40, null=True)
    relation_to_head = models.CharField("与户主关系", max_length=40, null=True)
    moved_in_on = models.DateField("迁入日期", null=True)
    moved_in_from = models.CharField("迁入来源", max_length=300, null=True)
    home_division = models.CharField("现居住地区划", max_length=12, null=True)
    home_address = models.CharField("现居住地址", max_length=300, null=True)
    residence = models.CharField("居住类型", max_length=10, null=True)
    phone = models.CharField("联系电话", max_length=60, null=True)
    birth_certificate = models.CharField("出生医学证明编号", max_length=40, null=True)
    mother_number = models.CharField("母亲证件号码", max_length=40, null=True)
    death_on = models.DateField("死亡日期", null=True)
    scope = models.CharField("登记范围", max_length=24, null=True)
    gap = models.CharField("参保缺口", max_length=16)
    office_path = OfficePath()

    class Meta:
        abstract = True


class Person(Current, PersonFacts):
    id = models.BigIntegerField(primary_key=True)

    class Meta:
        db_table = "person"
        verbose_name = "人员"
        indexes: ClassVar = [
            models.Index(fields=["doc_number"], name="person_number"),
            models.Index(fields=["office_path", "name_key"], name="person_office_name"),
            models.Index(fields=["name_key"], name="person_name"),
            models.Index(fields=["household_no"], name="person_household"),
            models.Index(fields=["name_sound", "office_path"], name="person_sound"),
            # Where changes of people are looked for, and who has a town in one of his addresses (services.villages).
            BrinIndex(fields=["recorded_at"], name="person_recorded", autosummarize=True),
            models.Index(Left("home_division", 9), name="person_home_town"),
            models.Index(Left("hukou_division", 9), name="person_hukou_town"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class PersonHistory(Past, PersonFacts):
    person_id = models.BigIntegerField()

    class Meta:
        db_table = "person_history"
        verbose_name = "人员历史"
        indexes: ClassVar = [models.Index(fields=["person_id"], name="person_history_person")]

    def __str__(self) -> str:
        return f"person {self.person_id} v{self.version}"


class OfficeRecord(PersonFacts):
    """A person whom an office registered although no list had him: a row of the source `office`, never rewritten.

    A run reads these rows beside the departments' lists. ended: the registration was ended by decision.
    """

    person_id = models.BigIntegerField(primary_key=True)
    valid_from = models.DateField("生效日期")
    basis = models.CharField("依据", max_length=80)
    recorded_by = models.CharField("登记人", max_length=150)
    recorded_at = models.DateTimeField("登记时间")
    ended_by = models.CharField("终结人", max_length=150, blank=True, default="")
    ended_at = models.DateTimeField("终结时间", null=True)

    class Meta:
        db_table = "office_record"
        verbose_name = "经办机构登记"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ended_by=""),
                name="office_record_ended_pair",
            )
        ]

    def __str__(self) -> str:
        return f"office record of person {self.person_id}"


class DocumentFacts(models.Model):
    """A number a person is or was known by: the valid one, an old or damaged spelling, another document."""

    doc_type = models.CharField("证件类型", max_length=2, null=True)
    sources = models.CharField("来源", max_length=120)
    office_path = OfficePath()

    class Meta:
        abstract = True


class PersonDocument(Current, DocumentFacts):
    pk = models.CompositePrimaryKey("person_id", "number")
    person_id = models.BigIntegerField()
    number = models.CharField("号码", max_length=40)

    class Meta:
        db_table = "person_document"
        verbose_name = "证件"
        indexes: ClassVar = [models.Index(fields=["number"], name="person_document_number")]

    def __str__(self) -> str:
        return f"document of person {self.person_id}"


class PersonDocumentHistory(Past, DocumentFacts):
    person_id = models.BigIntegerField()
    number = models.CharField("号码", max_length=40)

    class Meta:
        db_table = "person_document_history"
        verbose_name = "证件历史"
        indexes: ClassVar = [
            models.Index(fields=["person_id"], name="document_history_person"),
            models.Index(fields=["number"], name="document_history_number"),
        ]

    def __str__(self) -> str:
        return f"document of person {self.person_id} v{self.version}"


class BusinessNumberFacts(models.Model):
    """社保业务编号: an insurance system's own number for a person; several may belong to one person."""

    office_path = OfficePath()

    class Meta:
        abstract = True


class BusinessNumber(Current, BusinessNumberFacts):
    pk = models.CompositePrimaryKey("person_id", "source", "number")
    person_id = models.BigIntegerField()
    source = models.CharField("来源", max_length=20)
    number = models.CharField("业务编号", max_length=40)

    class Meta:
        db_table = "business_number"
        verbose_name = "社保业务编号"
        indexes: ClassVar = [models.Index(fields=["number"], name="business_number_number")]

    def __str__(self) -> str:
        return f"business number of person {self.person_id}"


class BusinessNumberHistory(Past, BusinessNumberFacts):
    person_id = models.BigIntegerField()
    source = models.CharField("来源", max_length=20)
    number = models.CharField("业务编号", max_length=40)

    class Meta:
        db_table = "business_number_history"
        verbose_name = "社保业务编号历史"
        indexes: ClassVar = [models.Index(fields=["person_id"], name="number_history_person")]

    def __str__(self) -> str:
        return f"business number of person {self.person_id} v{self.version}"


class Card(models.Model):
    """社会保障卡: the columns only; cards are worked with in a later capability."""

    id = models.BigAutoField(primary_key=True)
    person_id = models.BigIntegerField(db_index=True)
    card_no = models.CharField("社会保障卡号", max_length=40)
    card_status = models.CharField("社会保障卡状态", max_length=20, null=True)
    card_account = models.CharField("社保卡账号", max_length=40, null=True)
    made = models.BooleanField("是否制卡成功", null=True)
    office_path = OfficePath()

    class Meta:
        db_table = "card"
        verbose_name = "社会保障卡"
        indexes: ClassVar = [models.Index(fields=["card_no"], name="card_number")]

    def __str__(self) -> str:
        return f"card of person {self.person_id}"


class Household(models.Model):
    """户: the police's household, its address and how many registered people share it."""

    household_no = models.CharField("户号", max_length=40, primary_key=True)
    division = models.CharField("户籍地区划", max_length=12, null=True)
    address = models.CharField("户籍地址", max_length=300, null=True)
    members = models.IntegerField("人数")
    office_path = OfficePath()

    class Meta:
        db_table = "household"
        verbose_name = "户"

    def __str__(self) -> str:
        return f"household {self.pk}"
