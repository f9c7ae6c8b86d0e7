"""The journal of acts and looks: appended to, never changed, sealed in a chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models.expressions import Col

DETAIL_MOST = 50_000  # characters of JSON that the application writes; the database takes twice as many
# An owner of the tables could write times that Python or the Chinese calendar cannot show: such lines are named by a
# verification and are kept away from every other reader.
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class DetailField(models.JSONField):
    """Particulars that can always be read: what is no object, or cannot be parsed, stands under a name of its own."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            read = super().from_db_value(value, expression, connection)
        except (ValueError, RecursionError):
            return {"unreadable": str(value)[:200]}
        is_whole = isinstance(expression, Col)
        return {"value": read} if is_whole and not isinstance(read, dict) else read


class ReadableEntries(models.Manager["JournalEntry"]):
    """Entries whose time can be shown."""

    def get_queryset(self) -> models.QuerySet[JournalEntry]:
        return super().get_queryset().filter(at__range=(FIRST, LAST))


class JournalEntry(models.Model):
    """One act or look. No foreign keys: the journal neither blocks nor follows what happens to its targets.

    The table is partitioned by month and made in SQL (journal.sql); its key in the database is (id, at). id, at, login and backend
    are set by the database; terminal and request are what the program says.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间")
    event = models.CharField("事件", max_length=40)
    account = models.CharField("账户", max_length=150)
    role = models.CharField("岗位", max_length=40)
    office = models.CharField("经办机构", max_length=18)
    area = models.CharField("对象所属机构", max_length=18)
    target_kind = models.CharField("对象类别", max_length=40)
    target_id = models.CharField("对象编号", max_length=100)
    basis = models.TextField("依据", max_length=2000)
    detail = DetailField("明细", default=dict)
    terminal = models.CharField("终端地址", max_length=45)
    request = models.CharField("请求编号", max_length=40)
    login = models.CharField("数据库账户", max_length=63)
    backend = models.IntegerField("数据库会话")

    objects = ReadableEntries()

    class Meta:
        managed = False
        db_table = "journal"
        verbose_name = "日志"

    def __str__(self) -> str:
        return f"journal {self.pk}"


class JournalSeal(models.Model):
    """One link of the chain: what the entries from `from_id` to `to_id` were when it was sealed.

    `leaves` keeps per entry its id (8 bytes) and a shortened digest of its content (16 bytes), so that a check can
    name the entry that was touched; `digest` covers the leaves and the digest before.
    """

    id = models.BigAutoField(primary_key=True)
    from_id = models.BigIntegerField()
    to_id = models.BigIntegerField()
    count = models.IntegerField()
    leaves = models.BinaryField()
    prev_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField("封存时间")

    class Meta:
        db_table = "journal_seal"
        verbose_name = "日志封存"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(count__gt=0) & models.Q(from_id__lte=models.F("to_id")),
                name="journal_seal_range",
            ),
            models.UniqueConstraint(fields=["prev_digest"], name="journal_seal_one_successor"),
        ]

    def __str__(self) -> str:
        return f"seal {self.pk}"
