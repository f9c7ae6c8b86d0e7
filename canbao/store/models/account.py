"""Real-name accounts and the posts that give them rights for a time (规程第十八、二十条)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from canbao.rules.roles import Role
from canbao.store.models.person import OfficePath


class AccountManager(BaseUserManager["Account"]):
    """What Django's authentication asks for; accounts are made by `services.accounts` only."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(name=username)


class Account(AbstractBaseUser):
    """One real person's account. `name` is what is typed to sign in and what the journal keeps; never given twice."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("账号", max_length=60, unique=True)
    real_name = models.CharField("姓名", max_length=60)
    is_active = models.BooleanField("启用", default=True)
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

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """An account in a role at an office, from a day to a day (half-open). Asked for by one, granted by another.

    Two posts of one account that overlap in time may not be an excluded pair (`rules.roles.EXCLUDED_PAIRS`): a trigger.
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
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="post_period"
            ),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="post_role"),
        ]

    def __str__(self) -> str:
        return f"post {self.pk}"
