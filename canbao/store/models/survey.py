"""The household survey: rounds, the line of each person, visits, returned sheets, entries, people found, call-backs (规程第八条)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from canbao.rules.outreach import Willingness
from canbao.rules.survey import TaskState
from canbao.store.models.person import OfficePath


def _pair(table: str, name: str) -> models.CheckConstraint:
    at, by = f"{name}_at", f"{name}_by"
    missing = Q(**{f"{at}__isnull": True, by: ""})
    given = Q(**{f"{at}__isnull": False}) & ~Q(**{by: ""})
    return models.CheckConstraint(condition=missing | given, name=f"{table}_{name}_pair")


class RoundState(models.TextChoices):
    BUILDING = "BUILDING", "正在生成名单"
    OPEN = "OPEN", "进行中"
    CLOSED = "CLOSED", "已结束"
    CANCELLED = "CANCELLED", "已取消"


class SurveyRound(models.Model):
    """Who is visited, until when, for which reasons. office: who opened it; its area is the round's. Nothing about anybody."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("名称", max_length=60)
    office = models.CharField("组织机构", max_length=18, db_collation="C")
    reasons = ArrayField(models.CharField(max_length=20), verbose_name="走访原因")
    asked_items = ArrayField(models.CharField(max_length=20), default=list, verbose_name="信息完整性所查项目")
    since_on = models.DateField("新增起始日期", null=True)
    due_on = models.DateField("完成期限")
    second_percent = models.SmallIntegerField("复录比例", default=5)
    call_percent = models.SmallIntegerField("回访比例", default=3)
    note = models.CharField("说明", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=RoundState, default=RoundState.BUILDING)
    counts = models.JSONField("名单人数", default=dict)
    opened_by = models.CharField("组织人", max_length=150)
    opened_at = models.DateTimeField("组织时间")
    built_at = models.DateTimeField("名单生成时间", null=True)
    closed_by = models.CharField("结束人", max_length=150, blank=True, default="")
    closed_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        db_table = "survey_round"
        verbose_name = "入户调查"
        constraints: ClassVar = [
            _pair("survey_round", "closed"),
            models.CheckConstraint(condition=Q(second_percent__range=(0, 100)), name="round_second_percent"),
            models.CheckConstraint(condition=Q(call_percent__range=(0, 100)), name="round_call_percent"),
        ]

    def __str__(self) -> str:
        return f"round {self.pk}"


class SurveyTask(models.Model):
    """One person in one round. What the visitor needs to find the door stands here as it was when the list was made.

    office_path: who answers for the visit, a village where it is known; held_at: how far down the list has been handed, an office
    on the way to it. person_id is empty for somebody found who is not registered yet. willing, joins_in, reason_until: what the
    last visit that took effect brought (`rules.outreach`).
    """

    id = models.BigAutoField(primary_key=True)
    round_id = models.BigIntegerField("入户调查")
    person_id = models.BigIntegerField("人员", null=True)
    found_id = models.BigIntegerField("新发现", null=True)
    office_path = OfficePath()
    held_at = models.CharField("名单所在机构", max_length=18, db_collation="C")
    name = models.CharField("姓名", max_length=128)
    sex = models.CharField("性别", max_length=1, null=True)
    birth_date = models.DateField("出生日期", null=True)
    address = models.CharField("地址", max_length=300, null=True)
    address_key = models.CharField("地址顺序", max_length=400, db_collation="C")
    household_no = models.CharField("户号", max_length=40, null=True)
    relation_to_head = models.CharField("与户主关系", max_length=40, null=True)
    phone = models.CharField("联系电话", max_length=60, null=True)
    reasons = ArrayField(models.CharField(max_length=20), verbose_name="走访原因")
    must_join = ArrayField(models.CharField(max_length=24), default=list, verbose_name="应参加")
    may_join = ArrayField(models.CharField(max_length=24), default=list, verbose_name="可参加")
    asks = ArrayField(models.CharField(max_length=20), default=list, verbose_name="需采集项目")
    suggestion = models.CharField("建议结论", max_length=12, blank=True, default="")
    suggested_by_list = models.CharField("建议依据", max_length=200, blank=True, default="")
    state = models.CharField("状态", max_length=10, choices=[(s.value, s.label) for s in TaskState], default="PLANNED")
    due_on = models.DateField("期限", null=True)
    dispatched_at = models.DateTimeField("下发时间", null=True)
    outcome = models.CharField("走访结果", max_length=16, blank=True, default="")
    willing = models.CharField(
        "参保意愿", max_length=10, choices=[(w.value, w.label) for w in Willingness], blank=True, default=""
    )
    joins_in = models.DateField("拟参保月份", null=True)
    reason_until = models.DateField("原因有效期", null=True)
    visits = models.SmallIntegerField("走访次数", default=0)
    visited_at = models.DateTimeField("走访时间", null=True)
    handed_in_at = models.DateTimeField("上交时间", null=True)
    form_number = models.CharField("表号", max_length=12, blank=True, default="")
    returned_at = models.DateTimeField("收表时间", null=True)
    entered_at = models.DateTimeField("录入时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    sent_back = models.SmallIntegerField("退回次数", default=0)
    sent_back_reason = models.CharField("退回原因", max_length=200, blank=True, default="")
    second_due = models.BooleanField("待复录", default=False)

    class Meta:
        db_table = "survey_task"
        verbose_name = "走访名单"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round_id", "person_id"], condition=Q(person_id__isnull=False), name="task_once_a_round"
            ),
            models.UniqueConstraint(fields=["found_id"], condition=Q(found_id__isnull=False), name="task_of_found"),
            models.CheckConstraint(
                condition=Q(person_id__isnull=False) | Q(found_id__isnull=False), name="task_is_of_somebody"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["round_id", "office_path", "address_key"], name="task_by_address"),
            models.Index(fields=["office_path", "state"], name="task_of_office"),
            models.Index(fields=["person_id"], name="task_of_person"),
            models.Index(fields=["form_number"], condition=~Q(form_number=""), name="task_by_form"),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"


class SurveyVisit(models.Model):
    """One submission from a doorstep. client_id is drawn by the device: the same one sent again is the same visit.

    visited_at is the device's clock and only shown; at is ours and counts. digest: of what was sent, to tell a repeat from a clash.
    withheld: where the line stood when it was no longer with the village (OVER: the round had ended, MOVED: the line had been given
    to another office): kept, without effect then.
    """

    id = models.BigAutoField(primary_key=True)
    client_id = models.UUIDField("提交编号", unique=True)
    receipt = models.CharField("回执号", max_length=16, unique=True)
    digest = models.CharField("内容摘要", max_length=64)
    round_id = models.BigIntegerField("入户调查")
    task_id = models.BigIntegerField("名单", db_index=True)
    office_path = OfficePath()
    outcome = models.CharField("走访结果", max_length=16)
    answers = models.JSONField("采集内容", default=dict)
    outreach = models.JSONField("动员结果", default=dict)  # `rules.outreach.Outreach.kept`
    note = models.CharField("说明", max_length=200, blank=True)
    visited_at = models.DateTimeField("走访时间")
    account = models.CharField("账号", max_length=150)
    at = models.DateTimeField("提交时间")
    withheld = models.CharField("未生效时的状态", max_length=10, blank=True, default="")

    class Meta:
        db_table = "survey_visit"
        verbose_name = "走访"

    def __str__(self) -> str:
        return f"visit {self.pk}"


class SurveyTaskLeft(models.Model):
    """A line was given to another office: that it was this village's before. What still comes from there is kept."""

    id = models.BigAutoField(primary_key=True)
    task_id = models.BigIntegerField("名单", db_index=True)
    round_id = models.BigIntegerField("入户调查")
    office_path = OfficePath()
    left_at = models.DateTimeField("转出时间")

    class Meta:
        db_table = "survey_task_left"
        verbose_name = "转出的走访名单"

    def __str__(self) -> str:
        return f"task {self.task_id} left {self.office_path}"


class FormReturn(models.Model):
    """A sheet that came back to the town. A number comes back once in a round; signer: who signed it (`rules.answers.Signer`).

    stood: where its line stood before, so that a scan can be undone. earlier: the same line's paper before it was sent back,
    oldest first.
    """

    id = models.BigAutoField(primary_key=True)
    form_number = models.CharField("表号", max_length=12, unique=True)
    round_id = models.BigIntegerField("入户调查")
    task_id = models.BigIntegerField("名单", db_index=True)
    office_path = OfficePath()
    signer = models.CharField("签名人", max_length=8, blank=True, default="")
    has_mandate = models.BooleanField("有委托书", default=False)
    stood = models.CharField("收表前状态", max_length=10, blank=True, default="")
    note = models.CharField("说明", max_length=200, blank=True, default="")
    earlier = models.JSONField("此前收回", default=list)
    returned_by = models.CharField("收表人", max_length=150)
    returned_at = models.DateTimeField("收表时间")

    class Meta:
        db_table = "form_return"
        verbose_name = "收回的登记表"
        indexes: ClassVar = [models.Index(fields=["round_id", "office_path"], name="form_return_of_office")]

    def __str__(self) -> str:
        return f"return of form {self.form_number}"


class EntryKind(models.TextChoices):
    FIRST = "FIRST", "录入"
    SECOND = "SECOND", "复录"


class FormEntry(models.Model):
    """What was typed from one form. A draft is saved while it is typed; done_at: it has been handed over and stands.

    edition counts the savings of a draft: each is based on the one before, or refused. seconds: time at the keys. fates: what became of
    each item (`rules.answers.Fate`). differs: for a second entry, the items that the first had otherwise; settled: which of the two
    was right, by whom and when, by item; unsettled: how many still wait for that.
    """

    id = models.BigAutoField(primary_key=True)
    task_id = models.BigIntegerField("名单")
    round_id = models.BigIntegerField("入户调查")
    turn = models.SmallIntegerField("第几次", default=1)  # after a sending back the form is entered again
    kind = models.CharField("种类", max_length=6, choices=EntryKind, default=EntryKind.FIRST)
    office_path = OfficePath()
    form_number = models.CharField("表号", max_length=12, blank=True, default="")
    answers = models.JSONField("录入内容", default=dict)
    explained = models.JSONField("核实说明", default=dict)
    edition = models.IntegerField("保存次数", default=0)
    seconds = models.IntegerField("用时", default=0)
    fates = models.JSONField("各项去向", default=dict)
    differs = ArrayField(models.CharField(max_length=20), default=list, verbose_name="与首次录入不同的项目")
    settled = models.JSONField("核实结果", default=dict)
    unsettled = models.SmallIntegerField("待核实项目数", default=0)
    entered_by = models.CharField("录入人", max_length=150)
    entered_at = models.DateTimeField("开始时间")
    saved_at = models.DateTimeField("保存时间", null=True)
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        db_table = "form_entry"
        verbose_name = "登记表录入"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task_id", "turn", "kind"], name="entry_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entered_by", "-done_at"], name="entry_of_clerk"),
            models.Index(fields=["round_id", "office_path"], name="entry_of_round"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class FoundState(models.TextChoices):
    PROVISIONAL = "PROVISIONAL", "待镇街登记"
    KNOWN = "KNOWN", "已在登记库"
    RECORDED = "RECORDED", "已登记"
    REFUSED = "REFUSED", "不予登记"


class FoundPerson(models.Model):
    """Somebody met at a door who is on no list: a provisional record until the town registers him, or finds that he is known."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.UUIDField("提交编号", unique=True)
    receipt = models.CharField("回执号", max_length=16, unique=True)
    digest = models.CharField("内容摘要", max_length=64)
    round_id = models.BigIntegerField("入户调查")
    office_path = OfficePath()
    name = models.CharField("姓名", max_length=128)
    sex = models.CharField("性别", max_length=1, null=True)
    birth_date = models.DateField("出生日期", null=True)
    ethnicity = models.CharField("民族", max_length=2, null=True)
    doc_type = models.CharField("证件类型", max_length=2, null=True)
    doc_number = models.CharField("证件号码", max_length=40, null=True)
    hukou_address = models.CharField("户籍地址", max_length=300, null=True)
    home_address = models.CharField("现居住地址", max_length=300, null=True)
    phone = models.CharField("联系电话", max_length=60, null=True)
    note = models.CharField("说明", max_length=200, blank=True, default="")
    alike = models.JSONField("相似人员", default=list)
    state = models.CharField("状态", max_length=12, choices=FoundState, default=FoundState.PROVISIONAL)
    person_id = models.BigIntegerField("人员", null=True, db_index=True)
    found_by = models.CharField("发现人", max_length=150)
    found_at = models.DateTimeField("发现时间")
    settled_by = models.CharField("办理人", max_length=150, blank=True, default="")
    settled_at = models.DateTimeField("办理时间", null=True)
    settled_reason = models.CharField("办理说明", max_length=200, blank=True, default="")

    class Meta:
        db_table = "found_person"
        verbose_name = "新发现人员"
        constraints: ClassVar = [_pair("found_person", "settled")]
        indexes: ClassVar = [
            models.Index(fields=["office_path", "state"], name="found_of_office"),
            models.Index(fields=["doc_number"], name="found_number"),
        ]

    def __str__(self) -> str:
        return f"found person {self.pk}"


class SurveyCall(models.Model):
    """A call-back by the district: what the person says beside what was reported. differs: the items that do not agree."""

    id = models.BigAutoField(primary_key=True)
    task_id = models.BigIntegerField("名单", unique=True)
    round_id = models.BigIntegerField("入户调查")
    office_path = OfficePath()
    reported_by = models.CharField("走访人", max_length=150, blank=True, default="")
    reported_at = models.DateTimeField("走访时间", null=True)
    drawn_by = models.CharField("抽取人", max_length=150)
    drawn_at = models.DateTimeField("抽取时间")
    reached = models.BooleanField("已联系上", null=True)
    differs = ArrayField(models.CharField(max_length=20), default=list, verbose_name="不一致项目")
    note = models.CharField("说明", max_length=200, blank=True, default="")
    called_by = models.CharField("回访人", max_length=150, blank=True, default="")
    called_at = models.DateTimeField("回访时间", null=True)

    class Meta:
        db_table = "survey_call"
        verbose_name = "回访"
        constraints: ClassVar = [
            _pair("survey_call", "called"),
            _pair("survey_call", "reported"),
            models.CheckConstraint(condition=Q(called_by="") | ~Q(called_by=F("reported_by")), name="call_by_another"),
        ]
        indexes: ClassVar = [models.Index(fields=["round_id", "office_path"], name="call_of_office")]

    def __str__(self) -> str:
        return f"call {self.pk}"
