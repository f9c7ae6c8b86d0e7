"""Real-name accounts, the posts that give them rights for a time, and the requests for posts (规程第十八、二十条)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from canbao.rules.approval import State
from canbao.rules.division import CITY
from canbao.rules.roles import NOT_A_POST, Role
from canbao.rules.staff import PATTERN as STAFF_NUMBER
from canbao.store.models.person import OfficePath

POSTS = [role for role in Role if role not in NOT_A_POST]


class AccountManager(BaseUserManager["Account"]):
    """What Django's authentication asks for; accounts are made by `services.accounts` only."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(name=username)


class Account(AbstractBaseUser):
    """One real person's account. `name` is what is typed to sign in and what the journal keeps; never given twice.

    staff_number: which person it is; one person has one account, so that two accounts are two people.

    office: where the person works, hence who administers the account; rights come from posts alone.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("账号", max_length=60, unique=True)
    real_name = models.CharField("姓名", max_length=60)
    staff_number = models.CharField("工号", max_length=20, unique=True)
    office = models.CharField("所属机构", max_length=18, db_collation="C", default=CITY)
    is_active = models.BooleanField("启用", default=True)
    active_since = models.DateTimeField("启用时间", null=True)
    disabled_by = models.CharField("停用人", max_length=60, blank=True, default="")
    disabled_at = models.DateTimeField("停用时间", null=True)
    disabled_reason = models.CharField("停用原因", max_length=200, blank=True, default="")
    must_change_password = models.BooleanField("须修改密码", default=True)
    password_set_at = models.DateTimeField("密码设置时间", null=True)
    created_by = models.CharField("建立人", max_length=60)
    created_at = models.DateTimeField("建立时间")

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar = ["real_name"]
    objects = AccountManager()

    class Meta:
        db_table = "account"
        verbose_name = "账号"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_active=True, disabled_at__isnull=True, disabled_by="")
                | (Q(is_active=False, disabled_at__isnull=False) & ~Q(disabled_by="")),
                name="account_disabled_pair",
            ),
            models.CheckConstraint(condition=Q(staff_number__regex=STAFF_NUMBER), name="account_staff_number"),
            models.UniqueConstraint(Lower("name"), name="account_name_once_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """An account in a role at an office, from a day to a day (half-open). Asked for by one, granted by another.

    A post called off before it began ends on the day it begins. Triggers (posts.sql) see to it that two posts of one account
    that overlap in time are no excluded pair, that holder, asker and granter are three people with accounts in use, and that a
    post is never prolonged.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="posts", verbose_name="账号")
    role = models.CharField("岗位", max_length=24, choices=[(role.value, role.label) for role in Role])
    office = OfficePath()
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True)
    asked_by = models.CharField("申请人", max_length=60)
    asked_at = models.DateTimeField("申请时间")
    granted_by = models.CharField("批准人", max_length=60)
    granted_at = models.DateTimeField("批准时间")

    class Meta:
        db_table = "post"
        verbose_name = "岗位"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(asked_by=F("granted_by")), name="post_two_people"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="post_period"
            ),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in POSTS]), name="post_role"),
        ]

    def __str__(self) -> str:
        return f"post {self.pk}"


class RequestKind(models.TextChoices):
    GRANT = "GRANT", "授予岗位"
    END = "END", "终止岗位"
    REPLACE = "REPLACE", "调换岗位"
    ENABLE = "ENABLE", "重新启用账号"


class PostRequest(models.Model):
    """What one administrator asks and another grants or refuses; `steps` is the history of `rules.approval`.

    post: what is to end (END, REPLACE). role, office, valid_from: what is to begin (GRANT, REPLACE). valid_to: the end.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("申请事项", max_length=8, choices=RequestKind.choices)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="requests", verbose_name="账号")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="requests", verbose_name="原岗位")
    role = models.CharField("岗位", max_length=24, blank=True, choices=[(role.value, role.label) for role in POSTS])
    office = models.CharField("机构", max_length=18, blank=True, db_collation="C")
    valid_from = models.DateField("起", null=True)
    valid_to = models.DateField("止", null=True)
    reason = models.CharField("申请理由", max_length=200)
    state = models.CharField("状态", max_length=10, choices=[(state.value, state.label) for state in State])
    steps = models.JSONField("经过", default=list)
    asked_by = models.CharField("申请人", max_length=60)
    asked_at = models.DateTimeField("申请时间")
    settled_by = models.CharField("办结人", max_length=60, blank=True, default="")
    settled_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        db_table = "post_request"
        verbose_name = "岗位申请"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(asked_by=F("settled_by")) | Q(state=State.WITHDRAWN), name="post_request_two_people"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by="", state=State.SUBMITTED)
                | (Q(settled_at__isnull=False) & ~Q(settled_by="") & ~Q(state=State.SUBMITTED)),
                name="post_request_settled_pair",
            ),
            models.CheckConstraint(condition=Q(kind__in=RequestKind.values), name="post_request_kind"),
            models.UniqueConstraint(
                fields=["post"], condition=Q(state=State.SUBMITTED), name="post_request_one_open_a_post"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(state=State.SUBMITTED), name="post_request_waiting")
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"
