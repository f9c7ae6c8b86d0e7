"""Journal with its partitions, grants and row security, in SQL."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = [(Path(__file__).parent.parent / name).read_text() for name in ("journal.sql", "roles.sql")]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("store", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            SQL,
            "drop function journal_months_ahead, indexes_aside, indexes_back; drop table journal, index_aside",
        ),
    ]
