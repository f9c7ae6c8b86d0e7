"""Sessions of accounts: listed to their holder and to administrators, ended by either."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models


class SessionManager(BaseSessionManager["Session"]):
    use_in_migrations = False


class Session(AbstractBaseSession):
    """session_key: a digest of the key in the cookie. account_id: null until somebody has signed in with it.
    passed_at: null until both factors were proved.

    An ended session stays until it expires, so that the client that still holds it can be told why.
    """

    account_id = models.BigIntegerField("账号", null=True, db_index=True)
    started_at = models.DateTimeField("开始时间", auto_now_add=True)
    passed_at = models.DateTimeField("通过双因素认证的时间", null=True)
    seen_at = models.DateTimeField("最近活动", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_why = models.CharField("结束原因", max_length=20, blank=True)
    address = models.CharField("终端地址", max_length=45, blank=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)

    objects: ClassVar[SessionManager] = SessionManager()

    class Meta:
        db_table = "session"
        verbose_name = "会话"
