"""A new password or second factor for somebody who cannot sign in: begun by the holder, asked and granted by two administrators."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from canbao.rules.approval import State
from canbao.store.models.account import Account


class Lost(models.TextChoices):
    """What the holder cannot sign in with any more; both, too, before the first sign-in."""

    PASSWORD = "PASSWORD", "密码"
    FACTOR = "FACTOR", "手机动态口令"
    BOTH = "BOTH", "密码和手机动态口令"


class CredentialReset(models.Model):
    """What a holder asks for at the sign-in page; `steps` is the history of `rules.approval`.

    account: null where a name was typed that no account has, so that both take the same time; nobody can find such a row.
    number: what the holder tells the administrators. secret_digest: of a secret in the holder's browser, the only place where the
    reset can be finished. told_at: when the holder was shown, after signing in, who had a part in it.
    Triggers (resets.sql) see to it that holder, asker and granter are three people with accounts in use.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.CharField("申请编号", max_length=8, unique=True)
    secret_digest = models.CharField("浏览器凭据摘要", max_length=64)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="resets", verbose_name="账号"
    )
    lost = models.CharField("重置内容", max_length=8, choices=Lost.choices)
    state = models.CharField("状态", max_length=10, choices=[(state.value, state.label) for state in State])
    steps = models.JSONField("经过", default=list)
    started_at = models.DateTimeField("发起时间")
    expires_at = models.DateTimeField("失效时间")
    address = models.CharField("发起终端", max_length=45)
    agent = models.CharField("浏览器", max_length=200, blank=True)
    reason = models.CharField("核实情况", max_length=200, blank=True, default="")
    asked_by = models.CharField("申请人", max_length=60, blank=True, default="")
    asked_at = models.DateTimeField("申请时间", null=True)
    settled_by = models.CharField("办结人", max_length=60, blank=True, default="")
    settled_at = models.DateTimeField("办结时间", null=True)
    done_at = models.DateTimeField("本人完成时间", null=True)
    done_address = models.CharField("完成终端", max_length=45, blank=True, default="")
    told_at = models.DateTimeField("告知本人时间", null=True)

    class Meta:
        db_table = "credential_reset"
        verbose_name = "凭据重置"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(asked_by="") | ~Q(asked_by=F("settled_by")) | Q(state=State.WITHDRAWN),
                name="credential_reset_two_people",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=State.DRAFT, asked_by="", asked_at__isnull=True, settled_at__isnull=True, settled_by=""
                )
                | (
                    Q(state=State.SUBMITTED, asked_at__isnull=False, settled_at__isnull=True, settled_by="")
                    & ~Q(asked_by="")
                )
                | (
                    Q(state__in=(State.APPROVED, State.REFUSED, State.WITHDRAWN), asked_at__isnull=False)
                    & Q(settled_at__isnull=False)
                    & ~Q(asked_by="")
                    & ~Q(settled_by="")
                ),
                name="credential_reset_steps",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(state=State.APPROVED), name="credential_reset_done_when_granted"
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(done_at__isnull=False), name="credential_reset_told_when_done"
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=False) | Q(state=State.DRAFT), name="credential_reset_of_somebody"
            ),
            models.CheckConstraint(condition=Q(lost__in=Lost.values), name="credential_reset_lost"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(state=State.SUBMITTED), name="credential_reset_waiting"),
            models.Index(fields=["address", "started_at"], name="credential_reset_address"),
            models.Index(fields=["account", "-done_at"], name="credential_reset_of_account"),
        ]

    def __str__(self) -> str:
        return f"reset {self.pk}"

    @property
    def holder(self) -> Account:
        """Of a reset that an administrator has taken up."""
        assert self.account
        return self.account
